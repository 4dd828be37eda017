// What an answer says of when, and whether, to come back.
#ifndef FIREWORKS_SERVICE_UPSTREAM_RETRY_AFTER_H_
#define FIREWORKS_SERVICE_UPSTREAM_RETRY_AFTER_H_

#include <chrono>
#include <optional>

#include "absl/time/time.h"
#include "service/upstream/exchange.h"

namespace fireworks::upstream {

// From `retry-after-ms` (milliseconds), else `retry-after` (RFC 9110 §10.2.3:
// seconds, or a date, which counts from the answer's own `date` if there is one,
// else from `now`). Fractions are taken, a date in the past is zero, and beyond 24 h
// is 24 h. Empty when absent or neither: a negative number is neither, and to take it
// for "at once" would answer overload with more load.
std::optional<std::chrono::milliseconds> RetryAfter(const ResponseHead& head, absl::Time now);

// `x-should-retry: false`.
bool ForbidsRetry(const ResponseHead& head);

}  // namespace fireworks::upstream

#endif  // FIREWORKS_SERVICE_UPSTREAM_RETRY_AFTER_H_
