// What becomes of requests to the upstream, and of what they need.
#ifndef FIREWORKS_SERVICE_TELEMETRY_UPSTREAM_METRICS_H_
#define FIREWORKS_SERVICE_TELEMETRY_UPSTREAM_METRICS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/registry.h"
#include "service/telemetry/families.h"

namespace fireworks::telemetry {

// Thread-safe. Words that become labels come from the code, never from a call; counting
// zero makes a series known before there is anything to count.
class UpstreamMetrics {
 public:
  explicit UpstreamMetrics(prometheus::Registry* registry);

  // Ends of exchanges; `end` is one of a fixed set of words.
  void CountEnd(absl::string_view end, std::uint64_t count = 1);
  // All attempts of an exchange together.
  void CountTraffic(int attempts, std::uint64_t bytes_sent, std::uint64_t bytes_received);
  // An answer that its call got to see.
  void CountResponse(int http_status);
  // Values that did not fit the contract; `kind` is one of a fixed set of words.
  void CountDrift(absl::string_view kind, std::uint64_t count);
  // What happened to an upstream key; one of a fixed set of words.
  void CountKeyEvent(absl::string_view what, std::uint64_t count = 1);
  // Whether new requests have a key of `label` that upstream has not refused.
  void SetKeyUsable(const std::string& label, bool usable);
  // The state of the breaker: 0 closed, 1 half-open, 2 open, and totals so far.
  void SetCircuitBreaker(int state, std::uint64_t opened, std::uint64_t shed);

  // A loop's state, and its total of connections so far.
  struct LoopState {
    std::size_t open_connections = 0;
    std::size_t busy_connections = 0;  // those of them that carry an exchange
    std::size_t running_exchanges = 0;
    std::uint64_t opened_connections = 0;
  };
  // `loop` counts from 0. One thread at a time.
  void SetLoop(std::size_t loop, const LoopState& state);

 private:
  static constexpr std::size_t kStatuses = 600;

  CounterFamily& exchanges_;
  CounterFamily& responses_;
  prometheus::Counter& attempts_;
  prometheus::Counter& retries_;
  prometheus::Gauge& breaker_state_;
  prometheus::Counter& breaker_opened_;
  prometheus::Counter& breaker_shed_;
  GaugeFamily& connections_;
  CounterFamily& connections_opened_;
  GaugeFamily& running_exchanges_;
  prometheus::Counter& bytes_sent_;
  prometheus::Counter& bytes_received_;
  CounterFamily& drift_;
  GaugeFamily& key_usable_;
  CounterFamily& key_events_;
  std::array<std::atomic<prometheus::Counter*>, kStatuses> by_status_{};
};

}  // namespace fireworks::telemetry

#endif  // FIREWORKS_SERVICE_TELEMETRY_UPSTREAM_METRICS_H_
