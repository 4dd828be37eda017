#include "service/telemetry/families.h"

namespace fireworks::telemetry {

CounterFamily& AddCounters(prometheus::Registry* registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(*registry);
}

GaugeFamily& AddGauges(prometheus::Registry* registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(*registry);
}

HistogramFamily& AddHistograms(prometheus::Registry* registry, const char* name,
                               const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(*registry);
}

prometheus::Counter& AddCounter(prometheus::Registry* registry, const char* name,
                                const char* help) {
  return AddCounters(registry, name, help).Add({});
}

prometheus::Gauge& AddGauge(prometheus::Registry* registry, const char* name, const char* help) {
  return AddGauges(registry, name, help).Add({});
}

prometheus::Histogram& AddHistogram(prometheus::Registry* registry, const char* name,
                                    const char* help, const Buckets& buckets) {
  return AddHistograms(registry, name, help).Add({}, buckets);
}

void RaiseTo(double total, prometheus::Counter* counter) {
  const double more = total - counter->Value();
  if (more > 0) counter->Increment(more);
}

const Buckets& OverheadBuckets() {
  static const auto& bounds =
      *new Buckets{0.000001, 0.000002, 0.000005, 0.00001, 0.00002, 0.00005, 0.0001, 0.0002,
                   0.0005,   0.001,    0.002,    0.005,   0.01,    0.02,    0.05,   0.1,
                   0.2,      0.5,      1};
  return bounds;
}

}  // namespace fireworks::telemetry
