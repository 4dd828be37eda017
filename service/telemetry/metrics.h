// The process's metrics, in Prometheus form. docs/metrics.md lists them.
#ifndef FIREWORKS_SERVICE_TELEMETRY_METRICS_H_
#define FIREWORKS_SERVICE_TELEMETRY_METRICS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"
#include "service/telemetry/families.h"
#include "service/telemetry/generation_metrics.h"
#include "service/telemetry/method_metrics.h"
#include "service/telemetry/process_metrics.h"
#include "service/telemetry/upstream_metrics.h"

namespace fireworks::telemetry {

// All metrics. Thread-safe, but for what says otherwise. Label sets are bounded: methods
// of the contract, gRPC statuses, the fixed words of the code, and BoundedLabels. Each
// metric has a series from the start; counting zero makes a labelled one known.
class Metrics {
 public:
  Metrics();

  // The metrics of `method`, "package.Service/Method" as in gRPC's A66. Call
  // once per method at start-up; the result lives as long as this.
  MethodMetrics* AddMethod(const std::string& method) { return methods_.AddMethod(method); }
  MethodMetrics& unknown_methods() { return methods_.unknown_methods(); }

  UpstreamMetrics& upstream() { return upstream_; }
  GenerationMetrics& generations() { return generations_; }
  ProcessMetrics& process() { return process_; }

  // Calls that ended with an error; `reason` is a name of errors.v1.ErrorReason.
  void CountError(absl::string_view reason, std::uint64_t count = 1);
  // Calls of nobody that is known; `why` is one of a fixed set of texts.
  void CountRefusedIdentity(absl::string_view why, std::uint64_t count = 1);

  // Kinds of calls, as they are told apart where that says much of their overhead.
  enum class CallKind { kUnary, kStream, kUpload };
  prometheus::Histogram& call_overhead(CallKind kind) {
    return *call_overhead_[static_cast<std::size_t>(kind)];
  }
  // Has OverheadBuckets.
  prometheus::Histogram& event_overhead() { return event_overhead_; }

  // Whether what counts of `what`, one of a fixed set of words, is what its file or
  // address says; and failures to take that over.
  void SetReload(absl::string_view what, bool successful);
  void CountReloadFailure(absl::string_view what, std::uint64_t count = 1);

  // For the start: what runs here, each once.
  void SetBuild(const std::string& version, const std::string& grpc_version,
                const std::string& curl_version);
  void SetConfigHash(const std::string& hash);

  // Whether quotas are counted together with other processes.
  void SetQuotaStoreShared(bool shared);

  // All below is for one thread, which looks at the state of the process now and then.

  // Callers' connections: those that are open, and totals so far: refused because there
  // were too many, or too few descriptors left, and failures to accept any.
  void SetConnections(std::size_t open, std::uint64_t over_limit, std::uint64_t over_descriptors,
                      std::uint64_t failures);
  // Messages that wait for slow callers, and streams that are paused because of them.
  void SetBackpressure(std::size_t buffered_bytes, std::size_t paused_streams);
  // Calls that have a place; and limits, which do not change.
  void SetRunningCalls(std::size_t running) { running_calls_.Set(static_cast<double>(running)); }
  void SetCallLimits(std::size_t max_running, std::size_t max_waiting);
  // A total so far.
  void SetDroppedLogLines(std::uint64_t dropped);

  prometheus::Gauge& active_calls() { return active_calls_; }
  prometheus::Gauge& active_streams() { return active_streams_; }
  prometheus::Gauge& waiting_calls() { return waiting_calls_; }
  prometheus::Histogram& admission_wait() { return admission_wait_; }
  prometheus::Counter& events() { return events_; }
  prometheus::Counter& backpressure_pauses() { return backpressure_pauses_; }
  prometheus::Counter& dropped_metadata() { return dropped_metadata_; }
  prometheus::Counter& quota_local_decisions() { return quota_local_decisions_; }
  prometheus::Counter& self_probe_failures() { return self_probe_failures_; }
  // What health says.
  prometheus::Gauge& serving() { return serving_; }
  // 0 without TLS.
  prometheus::Gauge& certificate_expiry() { return certificate_expiry_; }

  // All of them, in Prometheus's text format 0.0.4.
  std::string Text() const;

  const std::shared_ptr<prometheus::Registry>& registry() const { return registry_; }

 private:
  const std::shared_ptr<prometheus::Registry> registry_;
  ServerCallMetrics methods_;
  GenerationMetrics generations_;
  UpstreamMetrics upstream_;
  ProcessMetrics process_;
  prometheus::Gauge& active_calls_;
  prometheus::Gauge& active_streams_;
  CounterFamily& errors_;
  prometheus::Histogram* call_overhead_[3];
  prometheus::Histogram& event_overhead_;
  prometheus::Counter& dropped_metadata_;
  prometheus::Counter& events_;
  prometheus::Gauge& buffered_bytes_;
  prometheus::Gauge& paused_streams_;
  prometheus::Counter& backpressure_pauses_;
  prometheus::Gauge& running_calls_;
  prometheus::Gauge& max_running_calls_;
  prometheus::Gauge& waiting_calls_;
  prometheus::Gauge& max_waiting_calls_;
  prometheus::Histogram& admission_wait_;
  CounterFamily& refused_identities_;
  prometheus::Gauge& quota_store_shared_;
  prometheus::Counter& quota_store_changes_;
  prometheus::Counter& quota_local_decisions_;
  prometheus::Gauge& connections_;
  CounterFamily& connections_refused_;
  prometheus::Counter& connections_over_limit_;
  prometheus::Counter& connections_over_descriptors_;
  prometheus::Counter& accept_failures_;
  prometheus::Counter& self_probe_failures_;
  prometheus::Gauge& serving_;
  GaugeFamily& reload_successful_;
  GaugeFamily& reload_success_time_;
  CounterFamily& reload_failures_;
  prometheus::Gauge& certificate_expiry_;
  GaugeFamily& config_info_;
  GaugeFamily& build_info_;
  prometheus::Counter& dropped_log_lines_;
};

}  // namespace fireworks::telemetry

#endif  // FIREWORKS_SERVICE_TELEMETRY_METRICS_H_
