#include "service/telemetry/recent_errors.h"

#include <utility>

namespace fireworks::telemetry {

void RecentErrors::Add(Entry entry) {
  std::lock_guard<std::mutex> lock(mutex_);
  ++total_;
  entries_.push_front(std::move(entry));
  if (entries_.size() > capacity_) entries_.pop_back();
}

std::vector<RecentErrors::Entry> RecentErrors::List() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return {entries_.begin(), entries_.end()};
}

std::uint64_t RecentErrors::total() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return total_;
}

}  // namespace fireworks::telemetry
