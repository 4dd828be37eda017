#include "service/access/token_bucket.h"

#include <algorithm>

namespace fireworks::access {

using std::chrono::nanoseconds;

TokenBucket::TokenBucket(std::int64_t per_minute, MonotonicTime now)
    : parts_(Capacity(per_minute)), at_(now) {}

void TokenBucket::Advance(std::int64_t per_minute, MonotonicTime now) {
  const std::int64_t passed =
      std::max<std::int64_t>(0, std::chrono::duration_cast<nanoseconds>(now - at_).count());
  // Each nanosecond gives a 60 billionth of the limit, which is `per_minute` parts.
  // The bounds are of the limit as it is now.
  parts_ = std::clamp(parts_ + Parts{passed} * per_minute,
                      -kMaxDebtMinutes * Capacity(per_minute), Capacity(per_minute));
  at_ = std::max(at_, now);
}

void TokenBucket::Take(std::int64_t units, std::int64_t per_minute) {
  parts_ = std::max(parts_ - kParts * std::max<std::int64_t>(0, units),
                    -kMaxDebtMinutes * Capacity(per_minute));
}

absl::Duration TokenBucket::UntilOne(std::int64_t per_minute) const {
  if (HasOne()) return absl::ZeroDuration();
  const Parts missing = kParts - parts_;
  return absl::Nanoseconds(static_cast<std::int64_t>((missing + per_minute - 1) / per_minute));
}

}  // namespace fireworks::access
