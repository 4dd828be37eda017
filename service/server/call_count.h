// Metrics of what calls come across, by the words that they are labelled with.
#ifndef FIREWORKS_SERVICE_SERVER_CALL_COUNT_H_
#define FIREWORKS_SERVICE_SERVER_CALL_COUNT_H_

#include "service/json/decode.h"
#include "service/telemetry/metrics.h"

namespace fireworks::server {

// The label of the key that comes from the environment, where there are no key files.
inline constexpr char kOnlyKeyLabel[] = "environment";

void CountDrift(const json::Drift& drift, telemetry::UpstreamMetrics* metrics);

// Makes known what may be counted, so that it is served from the start, at zero.
void PrepareCounters(telemetry::Metrics* metrics);

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_CALL_COUNT_H_
