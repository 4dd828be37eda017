// What models generate, after OpenTelemetry's conventions for generative AI, and who
// pays for it.
#ifndef FIREWORKS_SERVICE_TELEMETRY_GENERATION_METRICS_H_
#define FIREWORKS_SERVICE_TELEMETRY_GENERATION_METRICS_H_

#include <cstdint>
#include <mutex>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "prometheus/counter.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"
#include "service/telemetry/bounded_labels.h"
#include "service/telemetry/families.h"

namespace fireworks::telemetry {

// Token counts as upstream told them.
struct TokenCounts {
  absl::optional<std::int64_t> input;
  absl::optional<std::int64_t> output;
  absl::optional<std::int64_t> cached;  // a part of input
};

// A call to a model, at its end. Times are in seconds.
struct Generation {
  absl::string_view operation;  // gen_ai.operation.name: one of few words
  absl::string_view model;
  absl::string_view error_type;  // one of few words; empty: success
  double duration = 0;
  absl::optional<double> upstream_duration;  // when there was an upstream request
  absl::optional<double> time_to_first_event;
  absl::optional<double> time_of_last_event;  // as time_to_first_event
  TokenCounts tokens;
};

// Thread-safe. Labels of models and callers are bounded: see BoundedLabels.
class GenerationMetrics {
 public:
  // Room for models that nobody named, and for callers.
  static constexpr std::size_t kMaxModels = 100;
  static constexpr std::size_t kMaxCallers = 100;

  explicit GenerationMetrics(prometheus::Registry* registry);

  // `model` has a label of its own from now on; others get one when a call to them
  // succeeds.
  void NameModel(absl::string_view model) { models_.Name(model); }

  void Count(const Generation& generation);

  // A call of `caller`, who is known, ended.
  void CountCaller(absl::string_view caller, const TokenCounts& tokens);

 private:
  // Of one operation, model and error type; looked up once per call.
  struct Series {
    prometheus::Histogram* request_duration = nullptr;
    prometheus::Histogram* operation_duration = nullptr;
    prometheus::Histogram* input_tokens = nullptr;
    prometheus::Histogram* output_tokens = nullptr;
    prometheus::Histogram* first_token = nullptr;
    prometheus::Histogram* per_output_token = nullptr;
  };
  struct CallerSeries {
    prometheus::Counter* calls = nullptr;
    prometheus::Counter* input = nullptr;
    prometheus::Counter* output = nullptr;
    prometheus::Counter* cached = nullptr;
  };

  Series SeriesOf(absl::string_view operation, const std::string& model, absl::string_view error);
  Series MakeSeries(absl::string_view operation, const std::string& model,
                    absl::string_view error);
  CallerSeries SeriesOfCaller(const std::string& caller);

  BoundedLabels models_{kMaxModels};
  BoundedLabels callers_{kMaxCallers};
  HistogramFamily& token_usage_;
  HistogramFamily& request_durations_;
  HistogramFamily& first_tokens_;
  HistogramFamily& per_output_token_;
  HistogramFamily& operation_durations_;
  CounterFamily& caller_tokens_;
  CounterFamily& caller_calls_;
  std::mutex mutex_;
  absl::flat_hash_map<std::string, Series> series_;                 // guarded by mutex_
  absl::flat_hash_map<std::string, CallerSeries> series_of_caller_;  // guarded by mutex_
};

}  // namespace fireworks::telemetry

#endif  // FIREWORKS_SERVICE_TELEMETRY_GENERATION_METRICS_H_
