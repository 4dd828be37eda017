#include "service/telemetry/local_histogram.h"

#include <algorithm>
#include <vector>

#include "service/telemetry/families.h"

namespace fireworks::telemetry {
namespace {

using Nanoseconds = std::array<std::int64_t, 19>;

// OverheadBuckets in whole nanoseconds.
const Nanoseconds& Bounds() {
  static const Nanoseconds bounds = [] {
    Nanoseconds made{};
    const Buckets& seconds = OverheadBuckets();
    for (std::size_t i = 0; i < made.size(); ++i) {
      made[i] = static_cast<std::int64_t>(seconds[i] * 1e9 + 0.5);
    }
    return made;
  }();
  return bounds;
}

}  // namespace

void LocalHistogram::Observe(std::chrono::nanoseconds duration) {
  const Nanoseconds& bounds = Bounds();
  // Most events take a few microseconds: the first bounds are the likely ones.
  const auto bound = std::find_if(bounds.begin(), bounds.end(), [&](std::int64_t nanoseconds) {
    return duration.count() <= nanoseconds;
  });
  ++counts_[static_cast<std::size_t>(bound - bounds.begin())];
  sum_ += duration;
}

void LocalHistogram::AddTo(prometheus::Histogram* total) {
  const std::vector<double> counts(counts_.begin(), counts_.end());
  total->ObserveMultiple(counts, std::chrono::duration<double>(sum_).count());
  *this = LocalHistogram();
}

}  // namespace fireworks::telemetry
