#include "service/access/admission.h"

#include <algorithm>
#include <utility>

namespace fireworks::access {

Admission::Entry Admission::Enter(const std::string& caller, std::function<void()> admitted) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (running_ < options_.max_running) {
    ++running_;
    return {Answer::kAdmitted, 0};
  }
  if (waiting_ >= options_.max_waiting) return {Answer::kRefused, 0};
  ++waiting_;
  std::deque<Waiter>& line = by_caller_[caller];
  if (line.empty()) turns_.push_back(caller);
  line.push_back({++last_ticket_, std::move(admitted)});
  return {Answer::kWaiting, last_ticket_};
}

bool Admission::Withdraw(const std::string& caller, Ticket ticket) {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto line = by_caller_.find(caller);
  if (line == by_caller_.end()) return false;
  std::deque<Waiter>& waiters = line->second;
  const auto waiter = std::find_if(waiters.begin(), waiters.end(),
                                   [ticket](const Waiter& w) { return w.ticket == ticket; });
  if (waiter == waiters.end()) return false;
  waiters.erase(waiter);
  --waiting_;
  if (waiters.empty()) {
    by_caller_.erase(line);
    turns_.erase(std::find(turns_.begin(), turns_.end(), caller));
  }
  return true;
}

absl::optional<Admission::Waiter> Admission::NextLocked() {
  if (turns_.empty()) return absl::nullopt;
  std::string caller = std::move(turns_.front());
  turns_.pop_front();
  const auto line = by_caller_.find(caller);
  Waiter waiter = std::move(line->second.front());
  line->second.pop_front();
  --waiting_;
  if (line->second.empty()) {
    by_caller_.erase(line);
  } else {
    turns_.push_back(std::move(caller));
  }
  return waiter;
}

void Admission::Leave() {
  absl::optional<Waiter> next;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    next = NextLocked();
    // The place changes hands, or is free.
    if (!next) --running_;
  }
  // Outside of the lock: it may enter or leave again.
  if (next) next->admitted();
}

std::size_t Admission::running() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return running_;
}

std::size_t Admission::waiting() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return waiting_;
}

}  // namespace fireworks::access
