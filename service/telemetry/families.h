// Short words for prometheus-cpp's builders, and buckets that several metrics share.
#ifndef FIREWORKS_SERVICE_TELEMETRY_FAMILIES_H_
#define FIREWORKS_SERVICE_TELEMETRY_FAMILIES_H_

#include <array>
#include <cstdint>

#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"

namespace fireworks::telemetry {

using CounterFamily = prometheus::Family<prometheus::Counter>;
using GaugeFamily = prometheus::Family<prometheus::Gauge>;
using HistogramFamily = prometheus::Family<prometheus::Histogram>;
using Buckets = prometheus::Histogram::BucketBoundaries;

// Families for labelled metrics. A family without a series is not served: whoever
// adds one gives it a series at once.
CounterFamily& AddCounters(prometheus::Registry* registry, const char* name, const char* help);
GaugeFamily& AddGauges(prometheus::Registry* registry, const char* name, const char* help);
HistogramFamily& AddHistograms(prometheus::Registry* registry, const char* name, const char* help);

// Metrics without labels.
prometheus::Counter& AddCounter(prometheus::Registry* registry, const char* name,
                                const char* help);
prometheus::Gauge& AddGauge(prometheus::Registry* registry, const char* name, const char* help);
prometheus::Histogram& AddHistogram(prometheus::Registry* registry, const char* name,
                                    const char* help, const Buckets& buckets);

// Brings a counter up to a total that is kept elsewhere. One thread at a time for each
// counter.
void RaiseTo(double total, prometheus::Counter* counter);

// Bounds for the service's own share of a call or event, in nanoseconds: 1 µs to 1 s.
inline constexpr std::array<std::int64_t, 19> kOverheadBounds{
    1'000,     2'000,     5'000,      10'000,     20'000,     50'000,      100'000,
    200'000,   500'000,   1'000'000,  2'000'000,  5'000'000,  10'000'000,  20'000'000,
    50'000'000, 100'000'000, 200'000'000, 500'000'000, 1'000'000'000};

// The same in seconds.
const Buckets& OverheadBuckets();

}  // namespace fireworks::telemetry

#endif  // FIREWORKS_SERVICE_TELEMETRY_FAMILIES_H_
