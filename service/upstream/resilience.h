// What the exchanges of a client share in order to repeat what failed and to spare
// an upstream that is down.
#ifndef FIREWORKS_SERVICE_UPSTREAM_RESILIENCE_H_
#define FIREWORKS_SERVICE_UPSTREAM_RESILIENCE_H_

#include <optional>

#include "service/upstream/circuit_breaker.h"
#include "service/upstream/retry_budget.h"
#include "service/upstream/retry_policy.h"

namespace fireworks::upstream {

// Thread-safe.
struct Resilience {
  // Unset: nothing is repeated; nothing is shed.
  Resilience(const std::optional<RetryPolicy>& retry,
             const std::optional<CircuitBreakerOptions>& circuit_breaker, const NowFunction& now)
      : policy(retry.value_or(Once())),
        budget(policy.budget_share, policy.budget_floor, now) {
    if (circuit_breaker) breaker.emplace(*circuit_breaker, now);
  }

  const RetryPolicy policy;
  RetryBudget budget;
  std::optional<CircuitBreaker> breaker;

 private:
  static RetryPolicy Once() {
    RetryPolicy policy;
    policy.max_attempts = 1;
    return policy;
  }
};

}  // namespace fireworks::upstream

#endif  // FIREWORKS_SERVICE_UPSTREAM_RESILIENCE_H_
