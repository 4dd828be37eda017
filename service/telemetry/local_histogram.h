// A histogram of one call: plain counters, until they are added to a metric.
#ifndef FIREWORKS_SERVICE_TELEMETRY_LOCAL_HISTOGRAM_H_
#define FIREWORKS_SERVICE_TELEMETRY_LOCAL_HISTOGRAM_H_

#include <array>
#include <chrono>
#include <cstdint>

#include "prometheus/histogram.h"
#include "service/telemetry/families.h"

namespace fireworks::telemetry {

// Counts durations in the buckets of kOverheadBounds, a few nanoseconds each and without
// a lock, so that it can be done for each event of a stream. Thread-compatible.
class LocalHistogram {
 public:
  void Observe(std::chrono::nanoseconds duration);

  // Adds all to `total`, which has those buckets, and forgets it.
  void AddTo(prometheus::Histogram* total);

 private:
  std::array<std::uint32_t, kOverheadBounds.size() + 1> counts_{};
  std::chrono::nanoseconds sum_{0};
};

}  // namespace fireworks::telemetry

#endif  // FIREWORKS_SERVICE_TELEMETRY_LOCAL_HISTOGRAM_H_
