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
  static const auto& bounds = *new Buckets([] {
    Buckets made;
    for (const std::int64_t nanoseconds : kOverheadBounds) {
      made.push_back(static_cast<double>(nanoseconds) / 1e9);
    }
    return made;
  }());
  return bounds;
}

}  // namespace fireworks::telemetry
