#include "service/telemetry/upstream_metrics.h"

#include <algorithm>

namespace fireworks::telemetry {

UpstreamMetrics::UpstreamMetrics(prometheus::Registry* registry)
    : exchanges_(AddCounters(registry, "fireworks_upstream_exchanges_total",
                             "Upstream exchanges by how they ended, retries included in one.")),
      responses_(AddCounters(registry, "fireworks_upstream_responses_total",
                             "HTTP statuses of answers that calls got to see.")),
      attempts_(AddCounter(registry, "fireworks_upstream_attempts_total",
                           "HTTP requests that were begun.")),
      retries_(AddCounter(registry, "fireworks_upstream_retries_total",
                          "Requests that were sent again after a failure.")),
      breaker_state_(AddGauge(registry, "fireworks_circuit_breaker_state",
                              "0: calls are sent; 1: some are, as probes; 2: none is.")),
      breaker_opened_(AddCounter(registry, "fireworks_circuit_breaker_opened_total",
                                 "Times that too many failures stopped all calls.")),
      breaker_shed_(AddCounter(registry, "fireworks_circuit_breaker_shed_total",
                               "Calls that were not sent because of that.")),
      connections_(AddGauges(registry, "fireworks_upstream_connections",
                             "Open connections to upstream.")),
      connections_opened_(AddCounters(registry, "fireworks_upstream_connections_opened_total",
                                      "Connections to upstream that were begun.")),
      running_exchanges_(AddGauges(registry, "fireworks_upstream_running_exchanges",
                                   "Exchanges that run, or wait for their next attempt.")),
      bytes_sent_(AddCounter(registry, "fireworks_upstream_sent_bytes_total",
                             "Bytes sent to upstream.")),
      bytes_received_(AddCounter(registry, "fireworks_upstream_received_bytes_total",
                                 "Bytes received from upstream.")),
      drift_(AddCounters(registry, "fireworks_contract_drift_total",
                         "Values from upstream that did not fit the contract and were kept as "
                         "JSON.")),
      key_usable_(AddGauges(registry, "fireworks_upstream_key_usable",
                            "1: new requests have a key that upstream has not refused.")),
      key_events_(AddCounters(registry, "fireworks_upstream_key_events_total",
                              "What happened to upstream keys: replaced, refused, ...")) {
  // A counter's first increase is seen only if it was there before.
  for (const char* status : {"200", "401", "403", "404", "429", "500", "502", "503", "504"}) {
    responses_.Add({{"http_status", status}});
  }
}

void UpstreamMetrics::CountEnd(absl::string_view end, std::uint64_t count) {
  exchanges_.Add({{"end", std::string(end)}}).Increment(static_cast<double>(count));
}

void UpstreamMetrics::CountTraffic(int attempts, std::uint64_t bytes_sent,
                                   std::uint64_t bytes_received) {
  attempts_.Increment(attempts);
  if (attempts > 1) retries_.Increment(attempts - 1);
  bytes_sent_.Increment(static_cast<double>(bytes_sent));
  bytes_received_.Increment(static_cast<double>(bytes_received));
}

void UpstreamMetrics::CountResponse(int http_status) {
  if (http_status < 0 || http_status >= static_cast<int>(kStatuses)) http_status = 0;
  std::atomic<prometheus::Counter*>& slot = by_status_[static_cast<std::size_t>(http_status)];
  prometheus::Counter* counter = slot.load(std::memory_order_acquire);
  if (counter == nullptr) {
    // The same one for the same labels, so that a race here is harmless.
    counter = &responses_.Add({{"http_status", std::to_string(http_status)}});
    slot.store(counter, std::memory_order_release);
  }
  counter->Increment();
}

void UpstreamMetrics::CountDrift(absl::string_view kind, std::uint64_t count) {
  drift_.Add({{"kind", std::string(kind)}}).Increment(static_cast<double>(count));
}

void UpstreamMetrics::CountKeyEvent(absl::string_view what, std::uint64_t count) {
  key_events_.Add({{"what", std::string(what)}}).Increment(static_cast<double>(count));
}

void UpstreamMetrics::SetKeyUsable(const std::string& label, bool usable) {
  key_usable_.Add({{"label", label}}).Set(usable ? 1 : 0);
}

void UpstreamMetrics::SetCircuitBreaker(int state, std::uint64_t opened, std::uint64_t shed) {
  breaker_state_.Set(state);
  RaiseTo(static_cast<double>(opened), &breaker_opened_);
  RaiseTo(static_cast<double>(shed), &breaker_shed_);
}

void UpstreamMetrics::SetLoop(std::size_t loop, const LoopState& state) {
  const std::string number = std::to_string(loop);
  const std::size_t busy = std::min(state.busy_connections, state.open_connections);
  connections_.Add({{"loop", number}, {"state", "busy"}}).Set(static_cast<double>(busy));
  connections_.Add({{"loop", number}, {"state", "idle"}})
      .Set(static_cast<double>(state.open_connections - busy));
  running_exchanges_.Add({{"loop", number}}).Set(static_cast<double>(state.running_exchanges));
  RaiseTo(static_cast<double>(state.opened_connections),
          &connections_opened_.Add({{"loop", number}}));
}

}  // namespace fireworks::telemetry
