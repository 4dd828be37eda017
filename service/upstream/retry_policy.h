// When a request is sent again, and how long after the failure. Pure: what it says
// follows from its arguments. docs/upstream.md has the table and the reasons.
#ifndef FIREWORKS_SERVICE_UPSTREAM_RETRY_POLICY_H_
#define FIREWORKS_SERVICE_UPSTREAM_RETRY_POLICY_H_

#include <chrono>
#include <functional>

#include "absl/status/status.h"
#include "service/upstream/exchange.h"

namespace fireworks::upstream {

struct RetryPolicy {
  // Of an exchange, the first one included.
  int max_attempts = 3;
  // The wait after the n-th attempt is random, evenly between zero and
  // initial_backoff * multiplier^(n-1), but at most max_backoff ("full jitter": a
  // crowd that failed together comes back spread out).
  std::chrono::milliseconds initial_backoff{500};
  double multiplier = 2;
  std::chrono::milliseconds max_backoff{8000};
  // When upstream asks for a longer wait than this, nothing is repeated: the
  // caller, who is told of the delay, can do better than to wait in silence.
  std::chrono::milliseconds max_retry_after{30000};
  // Of the calls of the last ten seconds, the share that may be repeated, and how
  // many may be whatever their share: see RetryBudget.
  double budget_share = 0.1;
  int budget_floor = 10;
  // Evenly distributed over [0, 1); thread-safe. Null: a generator per thread.
  std::function<double()> random;
};

// INVALID_ARGUMENT when a number is unusable.
absl::Status CheckRetryPolicy(const RetryPolicy& policy);

// Whether two runs of the request are as good as one.
bool IsIdempotent(const Request& request);

// Whether the client may repeat the request at all.
bool IsRepeatable(const Request& request);

// How an attempt failed.
struct Failure {
  End end = End::kComplete;
  // Of the answer; 0 when no head came.
  int status = 0;
  // The answer is a stream of events: what it said has been handed on.
  bool streaming = false;
};

// Whether sending the request again after `failure` is safe and makes sense.
bool SafeToRepeat(bool idempotent, const Failure& failure);

// The wait after `attempts` attempts have failed (1 or more), without what
// upstream asked for.
std::chrono::milliseconds Backoff(const RetryPolicy& policy, int attempts);

}  // namespace fireworks::upstream

#endif  // FIREWORKS_SERVICE_UPSTREAM_RETRY_POLICY_H_
