#include "service/telemetry/metrics.h"

#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "prometheus/text_serializer.h"

namespace fireworks::telemetry {
namespace {

// In seconds: a wait lasts `limits.max_wait` (10 s) at most, unless that is set longer.
const Buckets& WaitBuckets() {
  static const auto& bounds = *new Buckets{0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5,
                                           1,     2.5,   5,    10,   30,  60};
  return bounds;
}

}  // namespace

Metrics::Metrics()
    : registry_(std::make_shared<prometheus::Registry>()),
      methods_(registry_.get()),
      generations_(registry_.get()),
      upstream_(registry_.get()),
      process_(registry_.get()),
      active_calls_(AddGauge(registry_.get(), "fireworks_active_calls",
                             "Calls that arrived and have not ended.")),
      active_streams_(AddGauge(registry_.get(), "fireworks_active_streams",
                               "Streams and uploads that have not ended.")),
      errors_(AddCounters(registry_.get(), "fireworks_call_errors_total",
                          "Calls that ended with an error, by reason.")),
      event_overhead_(AddHistogram(registry_.get(), "fireworks_event_overhead_seconds",
                                   "The service's own share of events that are handed on together.",
                                   OverheadBuckets())),
      dropped_metadata_(AddCounter(registry_.get(), "fireworks_dropped_metadata_total",
                                   "Trailing metadata that was illegal or too large.")),
      events_(AddCounter(registry_.get(), "fireworks_stream_events_total",
                         "Stream events handed to callers.")),
      buffered_bytes_(AddGauge(registry_.get(), "fireworks_stream_buffered_bytes",
                               "Messages that wait for slow callers.")),
      paused_streams_(AddGauge(registry_.get(), "fireworks_paused_streams",
                               "Streams that are not read because of slow callers.")),
      backpressure_pauses_(AddCounter(registry_.get(), "fireworks_backpressure_pauses_total",
                                      "Times that a slow caller paused an upstream read.")),
      running_calls_(AddGauge(registry_.get(), "fireworks_running_calls",
                              "Calls that have a place among those that run at a time.")),
      max_running_calls_(AddGauge(registry_.get(), "fireworks_max_running_calls",
                                  "Calls that may run at a time.")),
      waiting_calls_(AddGauge(registry_.get(), "fireworks_waiting_calls",
                              "Calls that wait for others to end before they are sent.")),
      max_waiting_calls_(AddGauge(registry_.get(), "fireworks_max_waiting_calls",
                                  "Calls that may wait.")),
      admission_wait_(AddHistogram(registry_.get(), "fireworks_admission_wait_seconds",
                                   "How long calls waited for a place.", WaitBuckets())),
      refused_identities_(AddCounters(registry_.get(), "fireworks_refused_identities_total",
                                      "Calls that were refused because nobody known made "
                                      "them.")),
      quota_store_shared_(AddGauge(registry_.get(), "fireworks_quota_store_shared",
                                   "1: quotas are counted with other processes; 0: by this one "
                                   "alone.")),
      quota_store_changes_(AddCounter(registry_.get(), "fireworks_quota_store_changes_total",
                                      "Times that the shared store of quotas was found or "
                                      "lost.")),
      quota_local_decisions_(AddCounter(registry_.get(), "fireworks_quota_local_decisions_total",
                                        "Calls that this process decided because the shared "
                                        "store was away.")),
      connections_(AddGauge(registry_.get(), "fireworks_connections",
                            "Connections of callers that are open.")),
      connections_refused_(AddCounters(registry_.get(), "fireworks_connections_refused_total",
                                       "Connections of callers that were closed at once.")),
      connections_over_limit_(connections_refused_.Add({{"why", "limit"}})),
      connections_over_descriptors_(connections_refused_.Add({{"why", "descriptors"}})),
      accept_failures_(AddCounter(registry_.get(), "fireworks_accept_failures_total",
                                  "Times that no connection could be accepted, for want of "
                                  "descriptors or memory.")),
      self_probe_failures_(AddCounter(registry_.get(), "fireworks_self_probe_failures_total",
                                      "Connections of the service to itself that it did not "
                                      "answer.")),
      serving_(AddGauge(registry_.get(), "fireworks_serving", "1 while health says SERVING.")),
      reload_successful_(AddGauges(registry_.get(), "fireworks_reload_successful",
                                   "1: what counts is what the file or address says.")),
      reload_success_time_(AddGauges(registry_.get(), "fireworks_reload_success_timestamp_seconds",
                                     "When that was so last, as Unix time.")),
      reload_failures_(AddCounters(registry_.get(), "fireworks_reload_failures_total",
                                   "Changes of files or keys that could not be taken over.")),
      certificate_expiry_(AddGauge(registry_.get(),
                                   "fireworks_certificate_expiry_timestamp_seconds",
                                   "The end of the certificate's validity, as Unix time.")),
      config_info_(AddGauges(registry_.get(), "fireworks_config_info",
                             "The configuration, by its hash.")),
      build_info_(AddGauges(registry_.get(), "fireworks_build_info",
                            "Versions of the service and its libraries.")),
      dropped_spans_(AddCounter(registry_.get(), "fireworks_dropped_spans_total",
                                "Spans of traces that could not be exported.")),
      dropped_log_lines_(AddCounter(registry_.get(), "fireworks_log_lines_dropped_total",
                                    "Log lines that found no room.")) {
  auto& overhead = AddHistograms(registry_.get(), "fireworks_call_overhead_seconds",
                                 "The service's own share of a call.");
  std::size_t kind = 0;
  for (const char* name : {"unary", "stream", "upload"}) {
    call_overhead_[kind++] = &overhead.Add({{"kind", name}}, OverheadBuckets());
  }
}

void Metrics::CountError(absl::string_view reason, std::uint64_t count) {
  errors_.Add({{"reason", std::string(reason)}}).Increment(static_cast<double>(count));
}

void Metrics::CountRefusedIdentity(absl::string_view why, std::uint64_t count) {
  refused_identities_.Add({{"why", std::string(why)}}).Increment(static_cast<double>(count));
}

void Metrics::SetReload(absl::string_view what, bool successful) {
  const prometheus::Labels labels{{"what", std::string(what)}};
  reload_successful_.Add(labels).Set(successful ? 1 : 0);
  prometheus::Gauge& time = reload_success_time_.Add(labels);
  if (successful) time.Set(absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch()));
}

void Metrics::CountReloadFailure(absl::string_view what, std::uint64_t count) {
  reload_failures_.Add({{"what", std::string(what)}}).Increment(static_cast<double>(count));
}

void Metrics::SetBuild(const std::string& version, const std::string& grpc_version,
                       const std::string& curl_version) {
  build_info_
      .Add({{"version", version}, {"grpc_version", grpc_version}, {"curl_version", curl_version}})
      .Set(1);
}

void Metrics::SetConfigHash(const std::string& hash) {
  config_info_.Add({{"hash", hash}}).Set(1);
}

void Metrics::SetDroppedSpans(std::uint64_t total) {
  RaiseTo(static_cast<double>(total), &dropped_spans_);
}

void Metrics::SetQuotaStoreShared(bool shared) {
  quota_store_shared_.Set(shared ? 1 : 0);
  quota_store_changes_.Increment();
}

void Metrics::SetConnections(std::size_t open, std::uint64_t over_limit,
                             std::uint64_t over_descriptors, std::uint64_t failures) {
  connections_.Set(static_cast<double>(open));
  RaiseTo(static_cast<double>(over_limit), &connections_over_limit_);
  RaiseTo(static_cast<double>(over_descriptors), &connections_over_descriptors_);
  RaiseTo(static_cast<double>(failures), &accept_failures_);
}

void Metrics::SetBackpressure(std::size_t buffered_bytes, std::size_t paused_streams) {
  buffered_bytes_.Set(static_cast<double>(buffered_bytes));
  paused_streams_.Set(static_cast<double>(paused_streams));
}

void Metrics::SetCallLimits(std::size_t max_running, std::size_t max_waiting) {
  max_running_calls_.Set(static_cast<double>(max_running));
  max_waiting_calls_.Set(static_cast<double>(max_waiting));
}

void Metrics::SetDroppedLogLines(std::uint64_t dropped) {
  RaiseTo(static_cast<double>(dropped), &dropped_log_lines_);
}

std::string Metrics::Text() const {
  return prometheus::TextSerializer().Serialize(registry_->Collect());
}

}  // namespace fireworks::telemetry
