#include "service/server/deadline_margin.h"

#include <algorithm>

namespace fireworks::server {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

// For the answer's own way, and for a thread to take it up.
constexpr milliseconds kWay{50};

// By how much the deadline may have been rounded up. Clients on gRPC's C core (C++,
// Python, Ruby, PHP, C#) send three digits at most: 10 ms from one second on, 100 ms
// from ten, and so on, then whole hours of which they also keep three digits. That is
// never more than a hundredth. Go, Java and Node send more digits.
nanoseconds Rounding(nanoseconds remaining) {
  // Below that the way's twentieth covers the millisecond that it is.
  if (remaining < seconds(1)) return nanoseconds(0);
  // Minutes, and not decades of seconds, are what is rounded here.
  if (remaining >= hours(24)) return remaining / 100;
  nanoseconds step = milliseconds(10);
  for (nanoseconds decade = seconds(10); remaining >= decade; decade *= 10) step *= 10;
  return step;
}

}  // namespace

nanoseconds DeadlineMargin(nanoseconds remaining) {
  return std::min<nanoseconds>(kWay, remaining / 20) + Rounding(remaining);
}

}  // namespace fireworks::server
