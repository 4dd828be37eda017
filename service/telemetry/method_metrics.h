// The metrics of gRPC's proposal A66 (server side), by method.
#ifndef FIREWORKS_SERVICE_TELEMETRY_METHOD_METRICS_H_
#define FIREWORKS_SERVICE_TELEMETRY_METHOD_METRICS_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <string>

#include "absl/strings/string_view.h"
#include "prometheus/counter.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"
#include "service/telemetry/families.h"

namespace fireworks::telemetry {

// The name of a gRPC status code, such as "DEADLINE_EXCEEDED"; "UNKNOWN" for
// numbers that are none.
absl::string_view StatusName(int status);

// What a call that ended was.
struct FinishedCall {
  int status = 0;  // a gRPC status code, 0 to 16; anything else counts as UNKNOWN
  double seconds = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t received_bytes = 0;
};

// The metrics of one RPC method. Thread-safe; label look-ups happen once per
// method and status, not per call.
class MethodMetrics {
 public:
  // Histograms by method and status.
  struct Families {
    HistogramFamily& durations;
    HistogramFamily& sent;
    HistogramFamily& received;
  };

  // `started` and `families` outlive this.
  MethodMetrics(std::string method, prometheus::Counter* started, const Families* families);

  void Started() { started_->Increment(); }
  void Finished(const FinishedCall& call);

  // Makes the series of `status`, before there is a call of it.
  void Prepare(int status) { HistogramsOf(status); }

 private:
  struct Histograms {
    std::atomic<prometheus::Histogram*> duration{nullptr};
    std::atomic<prometheus::Histogram*> sent{nullptr};
    std::atomic<prometheus::Histogram*> received{nullptr};
  };

  const Histograms& HistogramsOf(int status);

  const std::string method_;
  prometheus::Counter* const started_;
  const Families* const families_;
  std::array<Histograms, 17> by_status_;
};

// All methods. AddMethod is for the start, on one thread; the rest is thread-safe.
class ServerCallMetrics {
 public:
  explicit ServerCallMetrics(prometheus::Registry* registry);

  // The metrics of `method`, "package.Service/Method". Lives as long as this.
  MethodMetrics* AddMethod(const std::string& method);

  // Of methods that are not served; labelled `other`.
  MethodMetrics& unknown_methods() { return *unknown_methods_; }

 private:
  CounterFamily& started_;
  const MethodMetrics::Families families_;
  std::deque<MethodMetrics> methods_;
  MethodMetrics* const unknown_methods_;
};

}  // namespace fireworks::telemetry

#endif  // FIREWORKS_SERVICE_TELEMETRY_METHOD_METRICS_H_
