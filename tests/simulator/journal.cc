#include "tests/simulator/journal.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace fireworks::simulator {
namespace {

constexpr std::size_t kMaxClosedRecords = 10'000;
constexpr std::size_t kMaxBodyBytes = 1 << 20;

Headers Redacted(const Headers& headers) {
  Headers redacted = headers;
  for (auto& [name, value] : redacted) {
    if (absl::EqualsIgnoreCase(name, "authorization") ||
        absl::EqualsIgnoreCase(name, "x-api-key")) {
      value = "present";
    }
  }
  return redacted;
}

}  // namespace

absl::string_view RequestStateName(RequestState state) {
  switch (state) {
    case RequestState::kOpen:
      return "open";
    case RequestState::kFinished:
      return "finished";
    case RequestState::kClientClosed:
      return "client_closed";
    case RequestState::kAborted:
      return "aborted";
  }
  return "";
}

std::optional<RequestState> ParseRequestState(absl::string_view name) {
  for (RequestState state : {RequestState::kOpen, RequestState::kFinished,
                             RequestState::kClientClosed, RequestState::kAborted}) {
    if (RequestStateName(state) == name) return state;
  }
  return std::nullopt;
}

Journal::RecordPtr Journal::Open(const HttpRequest& request, Waker waker) {
  auto record = std::make_shared<Record>();
  SeenRequest& seen = record->seen_;
  seen.method = request.method;
  seen.target = request.target;
  seen.headers = Redacted(request.headers);
  seen.body = request.body.substr(0, kMaxBodyBytes);
  seen.body_bytes = request.body.size();
  record->waker_ = std::move(waker);

  std::unique_lock<std::mutex> lock(mutex_);
  seen.id = next_id_++;
  const absl::string_view given = FindHeader(request.headers, "x-request-id");
  seen.request_id = given.empty() ? absl::StrCat("simulated-", seen.id) : std::string(given);
  open_.emplace(seen.id, record);
  newest_by_request_id_[seen.request_id] = record;
  ++stats_.requests;
  if (!given.empty() && !request_ids_.insert(seen.request_id).second) {
    ++stats_.repeated_request_ids;
  }
  Notify(std::move(lock));
  return record;
}

void Journal::AddSent(const RecordPtr& record, std::size_t bytes, std::size_t events) {
  std::unique_lock<std::mutex> lock(mutex_);
  record->seen_.bytes_sent += bytes;
  record->seen_.events_sent += events;
  stats_.bytes_sent += bytes;
  stats_.events_sent += events;
  Notify(std::move(lock));
}

bool Journal::TakeCredit(const RecordPtr& record) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (record->credits_ == 0) return false;
  --record->credits_;
  return true;
}

void Journal::Close(const RecordPtr& record, RequestState state) {
  std::unique_lock<std::mutex> lock(mutex_);
  record->seen_.state = state;
  record->waker_ = nullptr;
  if (open_.erase(record->id()) == 1) closed_.emplace(record->id(), record);
  if (closed_.size() > kMaxClosedRecords) {
    const RecordPtr dropped = closed_.begin()->second;
    closed_.erase(closed_.begin());
    const auto newest = newest_by_request_id_.find(dropped->request_id());
    if (newest != newest_by_request_id_.end() && newest->second == dropped) {
      newest_by_request_id_.erase(newest);
    }
  }
  Notify(std::move(lock));
}

std::vector<SeenRequest> Journal::List() const {
  std::vector<SeenRequest> requests;
  std::lock_guard<std::mutex> lock(mutex_);
  for (const Records* records : {&closed_, &open_}) {
    for (const auto& [id, record] : *records) requests.push_back(record->seen_);
  }
  std::sort(requests.begin(), requests.end(),
            [](const SeenRequest& a, const SeenRequest& b) { return a.id < b.id; });
  return requests;
}

std::optional<SeenRequest> Journal::Find(absl::string_view request_id) const {
  std::lock_guard<std::mutex> lock(mutex_);
  const RecordPtr record = FindLocked(request_id);
  if (record == nullptr) return std::nullopt;
  return record->seen_;
}

std::optional<SeenRequest> Journal::WaitFor(absl::string_view request_id,
                                            const Condition& condition,
                                            absl::Duration timeout) const {
  const auto deadline = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(timeout);
  std::unique_lock<std::mutex> lock(mutex_);
  RecordPtr record;
  const bool met = changed_.wait_until(lock, deadline, [&] {
    record = FindLocked(request_id);
    return record != nullptr && condition(record->seen_);
  });
  if (!met) return std::nullopt;
  return record->seen_;
}

bool Journal::Release(absl::string_view request_id, std::size_t events) {
  Waker waker;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    const RecordPtr record = FindLocked(request_id);
    if (record == nullptr) return false;
    record->credits_ += events;
    waker = record->waker_;
  }
  if (waker) waker();
  return true;
}

std::uint64_t Journal::Observe(Waker observer) {
  std::lock_guard<std::mutex> lock(mutex_);
  observers_.emplace(next_observer_, std::move(observer));
  return next_observer_++;
}

void Journal::Unobserve(std::uint64_t observer) {
  std::lock_guard<std::mutex> lock(mutex_);
  observers_.erase(observer);
}

void Journal::Clear() {
  std::unique_lock<std::mutex> lock(mutex_);
  open_.clear();
  closed_.clear();
  newest_by_request_id_.clear();
  request_ids_.clear();
  stats_ = {};
  Notify(std::move(lock));
}

JournalStats Journal::stats() const {
  std::lock_guard<std::mutex> lock(mutex_);
  JournalStats stats = stats_;
  stats.open_requests = open_.size();
  return stats;
}

Journal::RecordPtr Journal::FindLocked(absl::string_view request_id) const {
  const auto found = newest_by_request_id_.find(request_id);
  return found == newest_by_request_id_.end() ? nullptr : found->second;
}

void Journal::Notify(std::unique_lock<std::mutex> lock) {
  const std::map<std::uint64_t, Waker> observers = observers_;
  lock.unlock();
  changed_.notify_all();
  for (const auto& [id, observer] : observers) observer();
}

}  // namespace fireworks::simulator
