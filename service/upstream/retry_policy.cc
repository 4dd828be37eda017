#include "service/upstream/retry_policy.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "absl/strings/string_view.h"

namespace fireworks::upstream {
namespace {

// RFC 9110 §9.2.2.
constexpr absl::string_view kIdempotentMethods[] = {"GET",   "HEAD", "OPTIONS",
                                                    "TRACE", "PUT",  "DELETE"};

bool IsIdempotentMethod(absl::string_view method) {
  const auto* end = std::end(kIdempotentMethods);
  return std::find(std::begin(kIdempotentMethods), end, method) != end;
}

double DefaultRandom() {
  thread_local std::mt19937_64 generator{std::random_device()()};
  return std::uniform_real_distribution<double>(0, 1)(generator);
}

// With 429 and 503 upstream says that it has not taken the request on; the others
// may come of a gateway whose backend has.
bool IsPassingFailure(bool idempotent, int status) {
  switch (status) {
    case 429:
    case 503:
      return true;
    case 408:
    case 500:
    case 502:
    case 504:
      return idempotent;
    default:
      return false;
  }
}

}  // namespace

absl::Status CheckRetryPolicy(const RetryPolicy& policy) {
  if (policy.max_attempts < 1) {
    return absl::InvalidArgumentError("retry.max_attempts: must be at least 1");
  }
  if (policy.initial_backoff.count() < 0 || policy.max_backoff < policy.initial_backoff) {
    return absl::InvalidArgumentError(
        "retry.initial_backoff: must not be negative, nor above max_backoff");
  }
  if (!(policy.multiplier >= 1)) {
    return absl::InvalidArgumentError("retry.multiplier: must be at least 1");
  }
  if (policy.max_retry_after.count() < 0) {
    return absl::InvalidArgumentError("retry.max_retry_after: must not be negative");
  }
  if (!(policy.budget_share >= 0 && policy.budget_share <= 1)) {
    return absl::InvalidArgumentError("retry.budget_share: must be from 0 to 1");
  }
  if (policy.budget_floor < 0) {
    return absl::InvalidArgumentError("retry.budget_floor: must not be negative");
  }
  return absl::OkStatus();
}

bool IsIdempotent(const Request& request) {
  switch (request.retry_class) {
    case RetryClass::kIdempotent:
      return true;
    case RetryClass::kNonIdempotent:
      return false;
    case RetryClass::kByMethod:
    case RetryClass::kNever:
      break;
  }
  return IsIdempotentMethod(request.method);
}

bool IsRepeatable(const Request& request) {
  return request.retry_class != RetryClass::kNever && !request.more_body;
}

bool SafeToRepeat(bool idempotent, const Failure& failure) {
  switch (failure.end) {
    case End::kCancelled:
    case End::kDeadline:
      return false;
    case End::kShed:
    case End::kConnectFailed:
    case End::kConnectTimeout:
      return true;
    case End::kReset:
      // Of a collected answer nothing has been handed on before its end.
      if (failure.status == 0 || failure.status / 100 == 2) return idempotent && !failure.streaming;
      break;
    default:
      break;
  }
  return IsPassingFailure(idempotent, failure.status);
}

std::chrono::milliseconds Backoff(const RetryPolicy& policy, int attempts) {
  const double cap = static_cast<double>(policy.max_backoff.count());
  const double grown = static_cast<double>(policy.initial_backoff.count()) *
                       std::pow(policy.multiplier, attempts - 1);
  const double random = policy.random ? policy.random() : DefaultRandom();
  return std::chrono::milliseconds(
      static_cast<std::chrono::milliseconds::rep>(random * std::min(cap, grown)));
}

}  // namespace fireworks::upstream
