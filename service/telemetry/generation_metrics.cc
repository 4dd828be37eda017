#include "service/telemetry/generation_metrics.h"

#include "absl/strings/str_cat.h"

namespace fireworks::telemetry {
namespace {

constexpr char kProvider[] = "fireworks";

// The bounds that OpenTelemetry's conventions advise; times in seconds.
const Buckets& TokenBuckets() {
  static const auto& bounds = *new Buckets{1,     4,      16,      64,      256,      1024,    4096,
                                           16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864};
  return bounds;
}

const Buckets& DurationBuckets() {
  static const auto& bounds = *new Buckets{0.01, 0.02, 0.04, 0.08,  0.16,  0.32,  0.64,
                                           1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92};
  return bounds;
}

// With five more for models that start slowly.
const Buckets& FirstTokenBuckets() {
  static const auto& bounds =
      *new Buckets{0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75,
                   1,     2.5,   5,    7.5,  10,   15,   20,   30,  45,   60};
  return bounds;
}

const Buckets& PerTokenBuckets() {
  static const auto& bounds =
      *new Buckets{0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5};
  return bounds;
}

template <typename Metric>
void Observe(const absl::optional<std::int64_t>& tokens, Metric* metric) {
  if (tokens && *tokens >= 0) metric->Observe(static_cast<double>(*tokens));
}

void Add(const absl::optional<std::int64_t>& tokens, prometheus::Counter* counter) {
  if (tokens && *tokens > 0) counter->Increment(static_cast<double>(*tokens));
}

}  // namespace

GenerationMetrics::GenerationMetrics(prometheus::Registry* registry)
    : token_usage_(AddHistograms(registry, "gen_ai_client_token_usage", "Tokens of a call.")),
      request_durations_(AddHistograms(registry, "gen_ai_server_request_duration_seconds",
                                       "From a call's arrival to its end.")),
      first_tokens_(AddHistograms(registry, "gen_ai_server_time_to_first_token_seconds",
                                  "From a stream's arrival to its first event.")),
      per_output_token_(AddHistograms(registry, "gen_ai_server_time_per_output_token_seconds",
                                      "Between the tokens of a stream, on average.")),
      operation_durations_(AddHistograms(registry, "gen_ai_client_operation_duration_seconds",
                                         "From the upstream request's start to its end.")),
      caller_tokens_(AddCounters(registry, "fireworks_caller_tokens_total",
                                 "Tokens by caller.")),
      caller_calls_(AddCounters(registry, "fireworks_caller_calls_total",
                                "Calls that ended, by caller.")) {
  SeriesOf("chat", kOtherLabel, "");
  SeriesOfCaller(kOtherLabel);
}

GenerationMetrics::Series GenerationMetrics::MakeSeries(absl::string_view operation,
                                                        const std::string& model,
                                                        absl::string_view error) {
  const prometheus::Labels labels{{"gen_ai_operation_name", std::string(operation)},
                                  {"gen_ai_provider_name", kProvider},
                                  {"gen_ai_request_model", model}};
  const auto with = [&labels](const char* name, absl::string_view value) {
    prometheus::Labels more = labels;
    more.emplace(name, std::string(value));
    return more;
  };
  Series series;
  series.request_duration = &request_durations_.Add(with("error_type", error), DurationBuckets());
  series.operation_duration =
      &operation_durations_.Add(with("error_type", error), DurationBuckets());
  series.input_tokens = &token_usage_.Add(with("gen_ai_token_type", "input"), TokenBuckets());
  series.output_tokens = &token_usage_.Add(with("gen_ai_token_type", "output"), TokenBuckets());
  series.first_token = &first_tokens_.Add(labels, FirstTokenBuckets());
  series.per_output_token = &per_output_token_.Add(labels, PerTokenBuckets());
  return series;
}

GenerationMetrics::Series GenerationMetrics::SeriesOf(absl::string_view operation,
                                                      const std::string& model,
                                                      absl::string_view error) {
  const std::string key = absl::StrCat(operation, "\n", error, "\n", model);
  std::lock_guard<std::mutex> lock(mutex_);
  const auto known = series_.find(key);
  if (known != series_.end()) return known->second;
  return series_.emplace(key, MakeSeries(operation, model, error)).first->second;
}

void GenerationMetrics::Count(const Generation& generation) {
  const std::string model =
      models_.LabelOf(generation.model, /*admit=*/generation.error_type.empty());
  const Series series = SeriesOf(generation.operation, model, generation.error_type);
  series.request_duration->Observe(generation.duration);
  if (generation.upstream_duration) {
    series.operation_duration->Observe(*generation.upstream_duration);
  }
  Observe(generation.tokens.input, series.input_tokens);
  Observe(generation.tokens.output, series.output_tokens);
  if (!generation.time_to_first_event) return;
  series.first_token->Observe(*generation.time_to_first_event);
  // The first event may bring no token, or several: with the whole stream's tokens the
  // difference does not matter.
  const std::int64_t tokens = generation.tokens.output.value_or(0);
  if (tokens < 2 || !generation.time_of_last_event) return;
  series.per_output_token->Observe(
      (*generation.time_of_last_event - *generation.time_to_first_event) /
      static_cast<double>(tokens - 1));
}

GenerationMetrics::CallerSeries GenerationMetrics::SeriesOfCaller(const std::string& caller) {
  std::lock_guard<std::mutex> lock(mutex_);
  CallerSeries& series = series_of_caller_[caller];
  if (series.calls == nullptr) {
    const auto tokens = [&](const char* type) {
      return &caller_tokens_.Add({{"caller", caller}, {"type", type}});
    };
    series = {&caller_calls_.Add({{"caller", caller}}), tokens("input"), tokens("output"),
              tokens("cached")};
  }
  return series;
}

void GenerationMetrics::CountCaller(absl::string_view caller, const TokenCounts& tokens) {
  const CallerSeries series = SeriesOfCaller(callers_.LabelOf(caller, /*admit=*/true));
  series.calls->Increment();
  Add(tokens.input, series.input);
  Add(tokens.output, series.output);
  Add(tokens.cached, series.cached);
}

}  // namespace fireworks::telemetry
