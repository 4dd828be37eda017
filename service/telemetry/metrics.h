// The process's metrics, in Prometheus form. docs/operations.md lists them.
#ifndef FIREWORKS_SERVICE_TELEMETRY_METRICS_H_
#define FIREWORKS_SERVICE_TELEMETRY_METRICS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "prometheus/counter.h"
#include "prometheus/exposer.h"
#include "prometheus/family.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"

namespace fireworks::telemetry {

// The name of a gRPC status code, such as "DEADLINE_EXCEEDED"; "UNKNOWN" for
// numbers that are none.
absl::string_view StatusName(int status);

// The metrics of one RPC method. Thread-safe; label look-ups happen once per
// method and status, not per call.
class MethodMetrics {
 public:
  MethodMetrics(std::string method, prometheus::Counter* started,
                prometheus::Family<prometheus::Histogram>* durations);

  void Started() { started_->Increment(); }
  // `status` is a gRPC status code, 0 to 16; anything else counts as UNKNOWN.
  void Finished(int status, double seconds);

 private:
  const std::string method_;
  prometheus::Counter* const started_;
  prometheus::Family<prometheus::Histogram>* const durations_;
  std::array<std::atomic<prometheus::Histogram*>, 17> by_status_{};
};

// All metrics. Thread-safe. Label sets are bounded: methods of the contract,
// gRPC statuses, and the fixed words of this code.
class Metrics {
 public:
  Metrics();

  // The metrics of `method`, "package.Service/Method" as in gRPC's A66. Call
  // once per method at start-up; the result lives as long as this.
  MethodMetrics* AddMethod(const std::string& method);

  // Ends of upstream exchanges; `end` is one of a fixed set of words.
  void CountExchange(absl::string_view end, std::uint64_t bytes_sent, std::uint64_t bytes_received);
  // Values that did not fit the contract; `kind` is one of a fixed set of words.
  void CountDrift(absl::string_view kind, std::uint64_t count);

  // Calls that ended with an error; `reason` is a name of errors.v1.ErrorReason.
  void CountError(absl::string_view reason);
  // Calls of nobody that is known; `why` is one of a fixed set of texts.
  void CountRefusedIdentity(absl::string_view why);
  // A file or address whose new content could not be taken over; `what` is one of a
  // fixed set of words.
  void CountReloadFailure(absl::string_view what);
  // What happened to an upstream key; one of a fixed set of words.
  void CountKeyEvent(absl::string_view what);
  // The state of the breaker: 0 closed, 1 half-open, 2 open, and totals so far.
  void SetCircuitBreaker(int state, std::uint64_t opened, std::uint64_t shed);

  // Spans that could not be exported, so far.
  void SetDroppedSpans(std::uint64_t total);

  // Whether quotas are counted together with other processes.
  void SetQuotaStoreShared(bool shared);

  // Callers' connections: those that are open, and totals so far: refused because there
  // were too many, or too few descriptors left, and failures to accept any.
  void SetConnections(std::size_t open, std::uint64_t over_limit, std::uint64_t over_descriptors,
                      std::uint64_t failures);

  prometheus::Gauge& active_calls() { return *active_calls_; }
  prometheus::Gauge& waiting_calls() { return *waiting_calls_; }
  prometheus::Counter& upstream_retries() { return *upstream_retries_; }
  prometheus::Counter& events() { return *events_; }
  prometheus::Counter& backpressure_pauses() { return *backpressure_pauses_; }
  prometheus::Counter& dropped_metadata() { return *dropped_metadata_; }
  prometheus::Counter& quota_local_decisions() { return *quota_local_decisions_; }
  prometheus::Counter& self_probe_failures() { return *self_probe_failures_; }

  // Serves `/metrics` on `address`. UNAVAILABLE when the address is taken.
  absl::Status Serve(const std::string& address);
  // The port of Serve; 0 when not serving.
  int port() const { return port_; }

  const std::shared_ptr<prometheus::Registry>& registry() const { return registry_; }

 private:
  std::shared_ptr<prometheus::Registry> registry_;
  prometheus::Family<prometheus::Counter>& started_;
  prometheus::Family<prometheus::Histogram>& durations_;
  prometheus::Family<prometheus::Counter>& exchanges_;
  prometheus::Family<prometheus::Counter>& drift_;
  prometheus::Family<prometheus::Counter>& errors_;
  prometheus::Family<prometheus::Counter>& refused_identities_;
  prometheus::Family<prometheus::Counter>& reload_failures_;
  prometheus::Family<prometheus::Counter>& key_events_;
  prometheus::Counter* bytes_sent_;
  prometheus::Counter* bytes_received_;
  prometheus::Gauge* active_calls_;
  prometheus::Gauge* waiting_calls_;
  prometheus::Counter* upstream_retries_;
  prometheus::Gauge* breaker_state_;
  prometheus::Counter* breaker_opened_;
  prometheus::Counter* breaker_shed_;
  prometheus::Counter* events_;
  prometheus::Counter* backpressure_pauses_;
  prometheus::Counter* dropped_metadata_;
  prometheus::Gauge* quota_store_shared_;
  prometheus::Counter* quota_store_changes_;
  prometheus::Counter* quota_local_decisions_;
  prometheus::Gauge* connections_;
  prometheus::Counter* accept_failures_;
  prometheus::Counter* self_probe_failures_;
  prometheus::Counter* dropped_spans_;
  prometheus::Counter* connections_over_limit_ = nullptr;
  prometheus::Counter* connections_over_descriptors_ = nullptr;
  std::deque<MethodMetrics> methods_;
  int port_ = 0;
  std::unique_ptr<prometheus::Exposer> exposer_;
};

}  // namespace fireworks::telemetry

#endif  // FIREWORKS_SERVICE_TELEMETRY_METRICS_H_
