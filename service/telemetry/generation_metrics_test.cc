#include "service/telemetry/generation_metrics.h"

#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace fireworks::telemetry {
namespace {

using Labels = std::map<std::string, std::string>;

class GenerationMetricsTest : public testing::Test {
 protected:
  // The series of `name` by their labels, but for the provider, which is always the same.
  std::map<Labels, prometheus::ClientMetric> Series(const std::string& name) {
    std::map<Labels, prometheus::ClientMetric> all;
    for (const prometheus::MetricFamily& family : registry_.Collect()) {
      if (family.name != name) continue;
      for (const prometheus::ClientMetric& metric : family.metric) {
        Labels labels;
        for (const auto& label : metric.label) labels.emplace(label.name, label.value);
        if (labels.count("gen_ai_provider_name") != 0) {
          EXPECT_EQ(labels["gen_ai_provider_name"], "fireworks");
          labels.erase("gen_ai_provider_name");
        }
        all.emplace(labels, metric);
      }
    }
    return all;
  }

  prometheus::ClientMetric::Histogram Histogram(const std::string& name, const Labels& labels) {
    const auto all = Series(name);
    const auto found = all.find(labels);
    EXPECT_NE(found, all.end()) << name;
    return found == all.end() ? prometheus::ClientMetric::Histogram() : found->second.histogram;
  }

  double Counter(const std::string& name, const Labels& labels) {
    const auto all = Series(name);
    const auto found = all.find(labels);
    return found == all.end() ? -1 : found->second.counter.value;
  }

  std::set<std::string> ValuesOf(const std::string& name, const std::string& label) {
    std::set<std::string> values;
    for (const auto& [labels, metric] : Series(name)) values.insert(labels.at(label));
    return values;
  }

  static Labels Of(const std::string& operation, const std::string& model, Labels more = {}) {
    more.emplace("gen_ai_operation_name", operation);
    more.emplace("gen_ai_request_model", model);
    return more;
  }

  static Generation Answer(absl::string_view model) {
    Generation generation;
    generation.operation = "chat";
    generation.model = model;
    generation.duration = 5;
    return generation;
  }

  prometheus::Registry registry_;
  GenerationMetrics metrics_{&registry_};
};

TEST_F(GenerationMetricsTest, AStreamIsObservedOnce) {
  Generation generation = Answer("m");
  generation.upstream_duration = 4.5;
  generation.time_to_first_event = 1;
  generation.time_of_last_event = 4;
  generation.tokens.input = 100;
  generation.tokens.output = 7;
  metrics_.Count(generation);

  const Labels labels = Of("chat", "m");
  const Labels fine = Of("chat", "m", {{"error_type", ""}});
  EXPECT_EQ(Histogram("gen_ai_server_request_duration_seconds", fine).sample_sum, 5);
  EXPECT_EQ(Histogram("gen_ai_client_operation_duration_seconds", fine).sample_sum, 4.5);
  EXPECT_EQ(Histogram("gen_ai_server_time_to_first_token_seconds", labels).sample_sum, 1);
  const auto per_token = Histogram("gen_ai_server_time_per_output_token_seconds", labels);
  EXPECT_EQ(per_token.sample_count, 1u);
  EXPECT_DOUBLE_EQ(per_token.sample_sum, 0.5);  // 3 s, 6 tokens after the first
  const auto usage = [&](const char* type) {
    return Histogram("gen_ai_client_token_usage",
                     Of("chat", "m", {{"gen_ai_token_type", type}}));
  };
  EXPECT_EQ(usage("input").sample_sum, 100);
  EXPECT_EQ(usage("output").sample_sum, 7);
}

TEST_F(GenerationMetricsTest, WhatIsNotKnownIsNotObserved) {
  Generation generation = Answer("m");
  metrics_.Count(generation);
  generation.time_to_first_event = 1;
  generation.time_of_last_event = 1;
  generation.tokens.output = 1;  // One token: there is no time between tokens.
  metrics_.Count(generation);
  const Labels labels = Of("chat", "m");
  EXPECT_EQ(Histogram("gen_ai_client_operation_duration_seconds",
                      Of("chat", "m", {{"error_type", ""}}))
                .sample_count,
            0u);
  EXPECT_EQ(Histogram("gen_ai_server_time_to_first_token_seconds", labels).sample_count, 1u);
  EXPECT_EQ(Histogram("gen_ai_server_time_per_output_token_seconds", labels).sample_count, 0u);
}

TEST_F(GenerationMetricsTest, ErrorsAreToldApartAndGiveNoModelALabel) {
  metrics_.NameModel("named");
  for (const char* model : {"named", "made-up"}) {
    Generation generation = Answer(model);
    generation.error_type = "NOT_FOUND";
    metrics_.Count(generation);
  }
  for (const char* model : {"named", "other"}) {
    EXPECT_EQ(Histogram("gen_ai_server_request_duration_seconds",
                        Of("chat", model, {{"error_type", "NOT_FOUND"}}))
                  .sample_count,
              1u);
  }
}

TEST_F(GenerationMetricsTest, AThousandModelsThatAnswerHaveAHundredLabels) {
  for (int i = 0; i < 1000; ++i) metrics_.Count(Answer(absl::StrCat("made-up-", i)));
  metrics_.Count(Answer("made-up-99"));   // has its label
  metrics_.Count(Answer("made-up-100"));  // came too late
  metrics_.NameModel("late");
  metrics_.Count(Answer("late"));
  for (const char* name :
       {"gen_ai_client_token_usage", "gen_ai_server_request_duration_seconds",
        "gen_ai_server_time_to_first_token_seconds",
        "gen_ai_server_time_per_output_token_seconds",
        "gen_ai_client_operation_duration_seconds"}) {
    const auto models = ValuesOf(name, "gen_ai_request_model");
    EXPECT_EQ(models.size(), GenerationMetrics::kMaxModels + 2) << name;  // other, late
    EXPECT_EQ(models.count("late"), 1u);
  }
  const auto count = [&](const std::string& model) {
    return Histogram("gen_ai_server_request_duration_seconds",
                     Of("chat", model, {{"error_type", ""}}))
        .sample_count;
  };
  EXPECT_EQ(count("made-up-99"), 2u);
  EXPECT_EQ(count("other"), 901u);
}

TEST_F(GenerationMetricsTest, AThousandCallersHaveAHundredLabels) {
  TokenCounts tokens;
  tokens.input = 10;
  tokens.output = 2;
  tokens.cached = 4;
  std::vector<std::thread> threads;
  for (int part = 0; part < 4; ++part) {
    threads.emplace_back([&, part] {
      for (int i = part * 250; i < (part + 1) * 250; ++i) {
        metrics_.CountCaller(absl::StrCat("caller-", i), tokens);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(ValuesOf("fireworks_caller_calls_total", "caller").size(),
            GenerationMetrics::kMaxCallers + 1);
  EXPECT_EQ(ValuesOf("fireworks_caller_tokens_total", "caller").size(),
            GenerationMetrics::kMaxCallers + 1);
  EXPECT_EQ(Counter("fireworks_caller_calls_total", {{"caller", "other"}}), 900);
  const auto of_other = [&](const char* type) {
    return Counter("fireworks_caller_tokens_total", {{"caller", "other"}, {"type", type}});
  };
  EXPECT_EQ(of_other("input"), 9000);
  EXPECT_EQ(of_other("output"), 1800);
  EXPECT_EQ(of_other("cached"), 3600);
}

TEST_F(GenerationMetricsTest, AnEndlessNameIsNoLabel) {
  metrics_.Count(Answer(std::string(100'000, 'x')));
  metrics_.Count(Answer(""));
  EXPECT_EQ(ValuesOf("gen_ai_client_token_usage", "gen_ai_request_model"),
            std::set<std::string>{"other"});
}

}  // namespace
}  // namespace fireworks::telemetry
