// A bucket that fills evenly and may be emptied below its bottom.
#ifndef FIREWORKS_SERVICE_ACCESS_TOKEN_BUCKET_H_
#define FIREWORKS_SERVICE_ACCESS_TOKEN_BUCKET_H_

#include <chrono>
#include <cstdint>

#include "absl/time/time.h"

namespace fireworks::access {

using MonotonicTime = std::chrono::steady_clock::time_point;

// Holds what a limit per minute leaves. It is full after a minute without use, and
// never more than that. Counts in whole parts, of which 60 billion make a unit (a
// billionth of a second of a limit of 1 gives one), so that no rounding adds up. The
// limit is a parameter: it may change between calls. A value; not thread-safe.
class TokenBucket {
 public:
  // Debts are forgiven beyond what so many minutes pay: one absurd report must not
  // lock a caller out for days.
  static constexpr int kMaxDebtMinutes = 60;

  // Full.
  TokenBucket(std::int64_t per_minute, MonotonicTime now);

  // Lets time pass; to be called before all that follows. `per_minute` is above 0.
  void Advance(std::int64_t per_minute, MonotonicTime now);

  // Whether there is a whole unit.
  bool HasOne() const { return parts_ >= kParts; }

  // Takes units, there or not.
  void Take(std::int64_t units, std::int64_t per_minute);

  // Until HasOne.
  absl::Duration UntilOne(std::int64_t per_minute) const;

  // Whether it is as if it had never been used.
  bool IsFull(std::int64_t per_minute) const { return parts_ >= Capacity(per_minute); }

 private:
  __extension__ using Parts = __int128;
  static constexpr Parts kParts = 60'000'000'000;

  static Parts Capacity(std::int64_t per_minute) { return kParts * per_minute; }

  Parts parts_;
  MonotonicTime at_;
};

}  // namespace fireworks::access

#endif  // FIREWORKS_SERVICE_ACCESS_TOKEN_BUCKET_H_
