#include "service/telemetry/method_metrics.h"

#include <iterator>
#include <utility>

#include "service/telemetry/bounded_labels.h"

namespace fireworks::telemetry {
namespace {

// gRFC A66's latency bounds in seconds, and three more for long streams.
const Buckets& DurationBuckets() {
  static const auto& bounds = *new Buckets{
      0,     0.00001, 0.00005, 0.0001, 0.0003, 0.0006, 0.0008, 0.001, 0.002, 0.003, 0.004,
      0.005, 0.006,   0.008,   0.01,   0.013,  0.016,  0.02,   0.025, 0.03,  0.04,  0.05,
      0.065, 0.08,    0.1,     0.13,   0.16,   0.2,    0.25,   0.3,   0.4,   0.5,   0.65,
      0.8,   1,       2,       5,      10,     20,     50,     100,   200,   400,   900};
  return bounds;
}

// gRFC A66's size bounds in bytes.
const Buckets& SizeBuckets() {
  static const auto& bounds =
      *new Buckets{0,       1024,    2048,     4096,     16384,     65536,     262144,
                   1048576, 4194304, 16777216, 67108864, 268435456, 1073741824, 4294967296};
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
constexpr int kUnimplementedStatus = 12;

int KnownStatus(int status) {
  const bool known = status >= 0 && status < static_cast<int>(std::size(kStatusNames));
  return known ? status : kUnknownStatus;
}

}  // namespace

absl::string_view StatusName(int status) { return kStatusNames[KnownStatus(status)]; }

MethodMetrics::MethodMetrics(std::string method, prometheus::Counter* started,
                             const Families* families)
    : method_(std::move(method)), started_(started), families_(families) {}

const MethodMetrics::Histograms& MethodMetrics::HistogramsOf(int status) {
  status = KnownStatus(status);
  Histograms& histograms = by_status_[static_cast<std::size_t>(status)];
  // The last one that is stored, so that who sees it sees all.
  if (histograms.received.load(std::memory_order_acquire) == nullptr) {
    // Family::Add returns the same histogram for the same labels, so that a
    // race here is harmless.
    const prometheus::Labels labels{{"grpc_method", method_},
                                    {"grpc_status", kStatusNames[status]}};
    histograms.duration.store(&families_->durations.Add(labels, DurationBuckets()),
                              std::memory_order_release);
    histograms.sent.store(&families_->sent.Add(labels, SizeBuckets()), std::memory_order_release);
    histograms.received.store(&families_->received.Add(labels, SizeBuckets()),
                              std::memory_order_release);
  }
  return histograms;
}

void MethodMetrics::Finished(const FinishedCall& call) {
  const Histograms& histograms = HistogramsOf(call.status);
  histograms.duration.load(std::memory_order_acquire)->Observe(call.seconds);
  histograms.sent.load(std::memory_order_acquire)->Observe(static_cast<double>(call.sent_bytes));
  histograms.received.load(std::memory_order_acquire)
      ->Observe(static_cast<double>(call.received_bytes));
}

ServerCallMetrics::ServerCallMetrics(prometheus::Registry* registry)
    : started_(AddCounters(registry, "grpc_server_call_started_total",
                           "Calls that reached the service.")),
      families_{AddHistograms(registry, "grpc_server_call_duration_seconds",
                              "From a call's arrival to its end."),
                AddHistograms(registry, "grpc_server_call_sent_total_compressed_message_size_bytes",
                              "Messages sent, all of a call together."),
                AddHistograms(registry, "grpc_server_call_rcvd_total_compressed_message_size_bytes",
                              "Messages received, all of a call together.")},
      unknown_methods_(AddMethod(kOtherLabel)) {
  unknown_methods_->Prepare(kUnimplementedStatus);
}

MethodMetrics* ServerCallMetrics::AddMethod(const std::string& method) {
  return &methods_.emplace_back(method, &started_.Add({{"grpc_method", method}}), &families_);
}

}  // namespace fireworks::telemetry
