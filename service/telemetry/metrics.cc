#include "service/telemetry/metrics.h"

#include <exception>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"

namespace fireworks::telemetry {
namespace {

// gRFC A66's latency bounds in seconds, and three more for long streams.
const prometheus::Histogram::BucketBoundaries& DurationBuckets() {
  static const auto& bounds = *new prometheus::Histogram::BucketBoundaries{
      0.00001, 0.00005, 0.0001, 0.0003, 0.0006, 0.0008, 0.001, 0.002, 0.003, 0.004, 0.005,
      0.006,   0.008,   0.01,   0.013,  0.016,  0.02,   0.025, 0.03,  0.04,  0.05,  0.065,
      0.08,    0.1,     0.13,   0.16,   0.2,    0.25,   0.3,   0.4,   0.5,   0.65,  0.8,
      1,       2,       5,      10,     20,     50,     100,   200,   400,   900};
  return bounds;
}

// gRPC's status names as A66 writes them.
constexpr const char* kStatusNames[] = {
    "OK",          "CANCELLED",        "UNKNOWN",           "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED", "NOT_FOUND",  "ALREADY_EXISTS",    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE",
    "UNIMPLEMENTED", "INTERNAL",       "UNAVAILABLE",       "DATA_LOSS",
    "UNAUTHENTICATED"};

constexpr int kUnknownStatus = 2;

bool IsStatus(int status) {
  return status >= 0 && status < static_cast<int>(std::size(kStatusNames));
}

prometheus::Counter& AddCounter(prometheus::Registry& registry, const char* name,
                                const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

prometheus::Gauge& AddGauge(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

// Brings a counter up to a total that is kept elsewhere.
void RaiseTo(std::uint64_t total, prometheus::Counter* counter) {
  const double more = static_cast<double>(total) - counter->Value();
  if (more > 0) counter->Increment(more);
}

}  // namespace

absl::string_view StatusName(int status) {
  return kStatusNames[IsStatus(status) ? status : kUnknownStatus];
}

MethodMetrics::MethodMetrics(std::string method, prometheus::Counter* started,
                             prometheus::Family<prometheus::Histogram>* durations)
    : method_(std::move(method)), started_(started), durations_(durations) {}

void MethodMetrics::Finished(int status, double seconds) {
  if (!IsStatus(status)) status = kUnknownStatus;
  prometheus::Histogram* histogram = by_status_[status].load(std::memory_order_acquire);
  if (histogram == nullptr) {
    // Family::Add returns the same histogram for the same labels, so that a
    // race here is harmless.
    histogram = &durations_->Add(
        {{"grpc_method", method_}, {"grpc_status", kStatusNames[status]}}, DurationBuckets());
    by_status_[status].store(histogram, std::memory_order_release);
  }
  histogram->Observe(seconds);
}

Metrics::Metrics()
    : registry_(std::make_shared<prometheus::Registry>()),
      started_(prometheus::BuildCounter()
                   .Name("grpc_server_call_started_total")
                   .Help("Calls that reached the service.")
                   .Register(*registry_)),
      durations_(prometheus::BuildHistogram()
                     .Name("grpc_server_call_duration_seconds")
                     .Help("From a call's start to its status.")
                     .Register(*registry_)),
      exchanges_(prometheus::BuildCounter()
                     .Name("fireworks_upstream_exchanges_total")
                     .Help("Upstream exchanges by how they ended.")
                     .Register(*registry_)),
      drift_(prometheus::BuildCounter()
                 .Name("fireworks_contract_drift_total")
                 .Help("Values from upstream that did not fit the contract and were kept as JSON.")
                 .Register(*registry_)),
      errors_(prometheus::BuildCounter()
                  .Name("fireworks_call_errors_total")
                  .Help("Calls that ended with an error, by reason.")
                  .Register(*registry_)),
      refused_identities_(prometheus::BuildCounter()
                              .Name("fireworks_refused_identities_total")
                              .Help("Calls that were refused because nobody known made them.")
                              .Register(*registry_)),
      reload_failures_(prometheus::BuildCounter()
                           .Name("fireworks_reload_failures_total")
                           .Help("Changes of policy or identity that could not be taken over.")
                           .Register(*registry_)),
      key_events_(prometheus::BuildCounter()
                      .Name("fireworks_upstream_key_events_total")
                      .Help("What happened to upstream keys: replaced, refused, ...")
                      .Register(*registry_)),
      bytes_sent_(&AddCounter(*registry_, "fireworks_upstream_sent_bytes_total",
                              "Bytes sent to upstream.")),
      bytes_received_(&AddCounter(*registry_, "fireworks_upstream_received_bytes_total",
                                  "Bytes received from upstream.")),
      active_calls_(&AddGauge(*registry_, "fireworks_active_calls", "Calls that are running.")),
      waiting_calls_(&AddGauge(*registry_, "fireworks_waiting_calls",
                               "Calls that wait for others to end before they are sent.")),
      upstream_retries_(&AddCounter(*registry_, "fireworks_upstream_retries_total",
                                    "Requests that were sent again after a failure.")),
      breaker_state_(&AddGauge(*registry_, "fireworks_circuit_breaker_state",
                               "0: calls are sent; 1: some are, as probes; 2: none is.")),
      breaker_opened_(&AddCounter(*registry_, "fireworks_circuit_breaker_opened_total",
                                  "Times that too many failures stopped all calls.")),
      breaker_shed_(&AddCounter(*registry_, "fireworks_circuit_breaker_shed_total",
                                "Calls that were not sent because of that.")),
      events_(&AddCounter(*registry_, "fireworks_stream_events_total",
                          "Stream events handed to callers.")),
      backpressure_pauses_(&AddCounter(*registry_, "fireworks_backpressure_pauses_total",
                                       "Times that a slow caller paused an upstream read.")),
      dropped_metadata_(&AddCounter(*registry_, "fireworks_dropped_metadata_total",
                                    "Trailing metadata entries that were illegal or too large.")),
      quota_store_shared_(
          &AddGauge(*registry_, "fireworks_quota_store_shared",
                    "1: quotas are counted with other processes; 0: by this one alone.")),
      quota_store_changes_(&AddCounter(*registry_, "fireworks_quota_store_changes_total",
                                       "Times that the shared store of quotas was found or lost.")),
      quota_local_decisions_(
          &AddCounter(*registry_, "fireworks_quota_local_decisions_total",
                      "Calls that this process decided because the shared store was away.")),
      connections_(&AddGauge(*registry_, "fireworks_connections",
                             "Connections of callers that are open.")),
      accept_failures_(&AddCounter(*registry_, "fireworks_accept_failures_total",
                                   "Times that no connection could be accepted, for want of "
                                   "descriptors or memory.")),
      self_probe_failures_(&AddCounter(*registry_, "fireworks_self_probe_failures_total",
                                       "Connections of the service to itself that it did not "
                                       "answer.")),
      dropped_spans_(&AddCounter(*registry_, "fireworks_dropped_spans_total",
                                 "Spans of traces that could not be exported.")) {
  auto& refused = prometheus::BuildCounter()
                      .Name("fireworks_connections_refused_total")
                      .Help("Connections of callers that were closed at once.")
                      .Register(*registry_);
  connections_over_limit_ = &refused.Add({{"why", "limit"}});
  connections_over_descriptors_ = &refused.Add({{"why", "descriptors"}});
}

MethodMetrics* Metrics::AddMethod(const std::string& method) {
  methods_.emplace_back(method, &started_.Add({{"grpc_method", method}}), &durations_);
  return &methods_.back();
}

void Metrics::CountExchange(absl::string_view end, std::uint64_t bytes_sent,
                            std::uint64_t bytes_received) {
  exchanges_.Add({{"end", std::string(end)}}).Increment();
  bytes_sent_->Increment(static_cast<double>(bytes_sent));
  bytes_received_->Increment(static_cast<double>(bytes_received));
}

void Metrics::CountDrift(absl::string_view kind, std::uint64_t count) {
  if (count == 0) return;
  drift_.Add({{"kind", std::string(kind)}}).Increment(static_cast<double>(count));
}

void Metrics::CountError(absl::string_view reason) {
  errors_.Add({{"reason", std::string(reason)}}).Increment();
}

void Metrics::CountRefusedIdentity(absl::string_view why) {
  refused_identities_.Add({{"why", std::string(why)}}).Increment();
}

void Metrics::CountReloadFailure(absl::string_view what) {
  reload_failures_.Add({{"what", std::string(what)}}).Increment();
}

void Metrics::CountKeyEvent(absl::string_view what) {
  key_events_.Add({{"what", std::string(what)}}).Increment();
}

void Metrics::SetCircuitBreaker(int state, std::uint64_t opened, std::uint64_t shed) {
  breaker_state_->Set(state);
  RaiseTo(opened, breaker_opened_);
  RaiseTo(shed, breaker_shed_);
}

void Metrics::SetDroppedSpans(std::uint64_t total) { RaiseTo(total, dropped_spans_); }

void Metrics::SetQuotaStoreShared(bool shared) {
  quota_store_shared_->Set(shared ? 1 : 0);
  quota_store_changes_->Increment();
}

void Metrics::SetConnections(std::size_t open, std::uint64_t over_limit,
                             std::uint64_t over_descriptors, std::uint64_t failures) {
  connections_->Set(static_cast<double>(open));
  RaiseTo(over_limit, connections_over_limit_);
  RaiseTo(over_descriptors, connections_over_descriptors_);
  RaiseTo(failures, accept_failures_);
}

absl::Status Metrics::Serve(const std::string& address) {
  try {
    exposer_ = std::make_unique<prometheus::Exposer>(address, /*num_threads=*/1);
  } catch (const std::exception& error) {
    return absl::UnavailableError(
        absl::StrCat("cannot serve metrics on ", address, ": ", error.what()));
  }
  exposer_->RegisterCollectable(registry_);
  const auto ports = exposer_->GetListeningPorts();
  port_ = ports.empty() ? 0 : ports.front();
  return absl::OkStatus();
}

}  // namespace fireworks::telemetry
