// Bounds how many requests a client repeats, so that retries never multiply the
// load of an upstream that is failing already.
#ifndef FIREWORKS_SERVICE_UPSTREAM_RETRY_BUDGET_H_
#define FIREWORKS_SERVICE_UPSTREAM_RETRY_BUDGET_H_

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <utility>

#include "service/upstream/sliding_window.h"

namespace fireworks::upstream {

// What Clock::now is, or in tests something else.
using NowFunction = std::function<Clock::time_point()>;

// Thread-safe. A window rather than a bucket of tokens: a bucket that has run dry
// fills with calls only, so that a client with few calls would be left without the
// floor for hours.
class RetryBudget {
 public:
  // In any ten seconds at most `floor` retries, or `share` of the calls if that is
  // more.
  RetryBudget(double share, int floor, NowFunction now)
      : share_(share), floor_(static_cast<std::uint64_t>(floor)), now_(std::move(now)) {}

  RetryBudget(const RetryBudget&) = delete;
  RetryBudget& operator=(const RetryBudget&) = delete;

  // A call begins, which is not a retry.
  void CountCall() {
    std::lock_guard<std::mutex> lock(mutex_);
    window_.Add(now_(), {1, 0});
  }

  // False: no retry now. Else it has been counted.
  bool TakeRetry() {
    std::lock_guard<std::mutex> lock(mutex_);
    const Clock::time_point now = now_();
    const auto [calls, retries] = window_.Sum(now);
    const auto shared = static_cast<std::uint64_t>(share_ * static_cast<double>(calls));
    if (retries >= std::max(floor_, shared)) return false;
    window_.Add(now, {0, 1});
    return true;
  }

 private:
  const double share_;
  const std::uint64_t floor_;
  const NowFunction now_;

  std::mutex mutex_;
  // Guarded by mutex_. `all` are calls, `marked` are retries.
  SlidingWindow window_{std::chrono::seconds(10)};
};

}  // namespace fireworks::upstream

#endif  // FIREWORKS_SERVICE_UPSTREAM_RETRY_BUDGET_H_
