#include "service/telemetry/local_histogram.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace fireworks::telemetry {

void LocalHistogram::Observe(std::chrono::nanoseconds duration) {
  // Most events take a few microseconds: the first bounds are the likely ones.
  const auto* bound =
      std::find_if(kOverheadBounds.begin(), kOverheadBounds.end(),
                   [&](std::int64_t nanoseconds) { return duration.count() <= nanoseconds; });
  ++counts_[static_cast<std::size_t>(bound - kOverheadBounds.begin())];
  sum_ += duration;
}

void LocalHistogram::AddTo(prometheus::Histogram* total) {
  const std::vector<double> counts(counts_.begin(), counts_.end());
  total->ObserveMultiple(counts, std::chrono::duration<double>(sum_).count());
  *this = LocalHistogram();
}

}  // namespace fireworks::telemetry
