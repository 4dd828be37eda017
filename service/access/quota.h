// How much each caller may use: streams at a time, calls and tokens per minute.
#ifndef FIREWORKS_SERVICE_ACCESS_QUOTA_H_
#define FIREWORKS_SERVICE_ACCESS_QUOTA_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace fireworks::access {

// Zero stands for no limit. A value.
struct QuotaLimits {
  std::int64_t concurrent_streams = 0;
  std::int64_t requests_per_minute = 0;
  std::int64_t tokens_per_minute = 0;

  // Whether nothing is limited.
  bool empty() const {
    return concurrent_streams == 0 && requests_per_minute == 0 && tokens_per_minute == 0;
  }
};

// One call that counts.
struct QuotaCall {
  std::string key;  // whose quota: Decision::quota_key
  QuotaLimits limits;
  bool stream = false;  // whether it counts as one
};

// Why a call must not start.
struct QuotaRefusal {
  enum class Limit { kConcurrentStreams, kRequestsPerMinute, kTokensPerMinute };

  Limit limit = Limit::kConcurrentStreams;
  std::int64_t allowed = 0;
  // When to try again. Of streams, whose end nobody knows, a guess.
  absl::Duration retry_after;
};

// RESOURCE_EXHAUSTED, in words for the caller.
absl::Status ToStatus(const QuotaRefusal& refusal);

// Counts use, in this process or in a place that several share. The answer comes by a
// callback, because a store elsewhere must not make a call's thread wait. Thread-safe.
class QuotaStore {
 public:
  virtual ~QuotaStore() = default;

  // Nothing: the call may start, and Release must follow.
  using Answer = std::function<void(absl::optional<QuotaRefusal>)>;

  // Asks whether the call may start, and if so counts it. `answer` is called exactly
  // once: before this returns, or later on a thread of the store's. It must not block.
  // A refused call has taken nothing.
  virtual void Acquire(const QuotaCall& call, Answer answer) = 0;

  // The call has ended and has used `tokens`, of its prompt and its answer. They are
  // charged whether the quota has them or not; who owes tokens starts nothing until
  // they are paid.
  virtual void Release(const QuotaCall& call, std::int64_t tokens) = 0;
};

}  // namespace fireworks::access

#endif  // FIREWORKS_SERVICE_ACCESS_QUOTA_H_
