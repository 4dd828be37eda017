// What the kernel knows of this process, by the names that all exporters use.
#ifndef FIREWORKS_SERVICE_TELEMETRY_PROCESS_METRICS_H_
#define FIREWORKS_SERVICE_TELEMETRY_PROCESS_METRICS_H_

#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/registry.h"

namespace fireworks::telemetry {

class ProcessMetrics {
 public:
  // Reads all once.
  explicit ProcessMetrics(prometheus::Registry* registry);

  // Reads /proc again, which takes up to a few milliseconds with many open files. What
  // can't be read stays as it was. One thread at a time.
  void Refresh();

 private:
  prometheus::Counter& cpu_seconds_;
  prometheus::Gauge& resident_bytes_;
  prometheus::Gauge& virtual_bytes_;
  prometheus::Gauge& open_fds_;
  prometheus::Gauge& max_fds_;
  prometheus::Gauge& start_time_;
};

}  // namespace fireworks::telemetry

#endif  // FIREWORKS_SERVICE_TELEMETRY_PROCESS_METRICS_H_
