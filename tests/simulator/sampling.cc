#include "tests/simulator/sampling.h"

#include <string>

#include "tests/simulator/json_member.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::ordered_json;

const Rules& ResponseFormatRules() {
  static const auto* const kRules = new Rules{
      {"type", rule::OneOf({"json_object", "json_schema", "grammar", "text"})},
      {"schema", rule::Either(rule::Text(), rule::Object())},
      {"json_schema", rule::Either(rule::Text(), rule::Object())},
      {"grammar", rule::Text()},
  };
  return *kRules;
}

const Rules& StreamOptionsRules() {
  static const auto* const kRules = new Rules{{"include_usage", rule::Bool()}};
  return *kRules;
}

const Rules& ThinkingRules() {
  static const auto* const kRules = new Rules{
      {"type", rule::OneOf({"enabled", "disabled"})},
      {"budget_tokens", rule::Integer(1024, rule::kMaxInteger)},
  };
  return *kRules;
}

bool WantsReasoning(const Json& body, const std::string& model) {
  const Json effort = Get<Json>(body, "reasoning_effort", nullptr);
  if (effort == "none" || effort == false) return false;
  const Json thinking = Get<Json>(body, "thinking", Json::object());
  if (Get<std::string>(thinking, "type", "") == "disabled") return false;
  return IsReasoningModel(model);
}

void ReadLogprobs(const Json& body, GenerationRequest* request) {
  using Logprobs = GenerationRequest::Logprobs;
  const Json logprobs = Get<Json>(body, "logprobs", false);
  if (logprobs.is_boolean()) {
    request->logprobs = logprobs.get<bool>() ? Logprobs::kContent : Logprobs::kNone;
    request->top_logprobs = Get<std::size_t>(body, "top_logprobs", 0);
  } else {
    request->logprobs = Logprobs::kLegacy;
    request->top_logprobs = logprobs.get<std::size_t>();
  }
}

}  // namespace

const Rules& SamplingRules() {
  static const auto* const kRules = new Rules{
      {"model", rule::Text()},
      {"stream", rule::Bool()},
      {"stream_options", rule::Object()},
      {"response_format", rule::Object()},
      {"temperature", rule::Number(0, 2)},
      {"top_k", rule::Integer(0, 100)},
      {"user", rule::Text()},
      {"prompt_cache_key", rule::Text()},
      {"prompt_cache_isolation_key", rule::Text()},
      {"raw_output", rule::Bool()},
      {"perf_metrics_in_response", rule::Bool()},
      {"n", rule::Integer(1, 128)},
      {"service_tier", rule::Text()},
      {"stop", rule::Either(rule::Text(), rule::ArrayOf(rule::Text(), 0, 4))},
      {"max_tokens", rule::Integer(0, rule::kMaxInteger)},
      {"max_completion_tokens", rule::Integer(0, rule::kMaxInteger)},
      {"top_p", rule::Number(0, 1)},
      {"min_p", rule::Number(0, 1)},
      {"typical_p", rule::Number(0, 1)},
      {"frequency_penalty", rule::Number(-2, 2)},
      {"presence_penalty", rule::Number(-2, 2)},
      {"repetition_penalty", rule::Number(0, 2)},
      {"mirostat_target", rule::Number(-1e9, 1e9)},
      {"mirostat_lr", rule::Number(-1e9, 1e9)},
      {"seed", rule::Integer()},
      {"logprobs", rule::Either(rule::Bool(), rule::Integer(0, 5))},
      {"top_logprobs", rule::Integer(0, 5)},
      {"echo", rule::Bool()},
      {"echo_last", rule::Integer()},
      {"ignore_eos", rule::Bool()},
      {"context_length_exceeded_behavior", rule::OneOf({"error", "truncate"})},
      {"logit_bias", rule::Object()},
      {"speculation", rule::Either(rule::Text(), rule::Array())},
      {"prediction", rule::Either(rule::Text(), rule::Object())},
      {"metadata", rule::Object()},
      {"reasoning_effort",
       rule::Either(rule::OneOf({"low", "medium", "high", "xhigh", "max", "none", "adaptive"}),
                    rule::Either(rule::Integer(1, rule::kMaxInteger), rule::Bool()))},
      {"reasoning_history", rule::OneOf({"disabled", "interleaved", "preserved"})},
      {"thinking", rule::Object()},
      {"return_token_ids", rule::Bool()},
  };
  return *kRules;
}

void ValidateSampling(const Json& body, Validator* validator) {
  validator->Nested(body, "response_format", "", ResponseFormatRules(), {"type"});
  validator->Nested(body, "stream_options", "", StreamOptionsRules(), {});
  validator->Nested(body, "thinking", "", ThinkingRules(), {"type"});
  validator->NotTogether(body, "max_tokens", "max_completion_tokens");
  validator->NotTogether(body, "thinking", "reasoning_effort");
}

void ReadSampling(const Json& body, GenerationRequest* request) {
  request->model = body["model"].get<std::string>();
  request->stream = Get<bool>(body, "stream", false);
  const Json options = Get<Json>(body, "stream_options", Json::object());
  if (options.contains("include_usage")) {
    request->include_usage = Get<bool>(options, "include_usage", false);
  }
  request->n = Get<int>(body, "n", 1);
  for (const char* key : {"max_tokens", "max_completion_tokens"}) {
    if (Has(body, key)) request->max_tokens = body[key].get<std::size_t>();
  }
  ReadResponseFormat(Get<Json>(body, "response_format", Json::object()), request);
  request->reasoning = WantsReasoning(body, request->model);
  ReadLogprobs(body, request);
  request->return_token_ids = Get<bool>(body, "return_token_ids", false);
  request->raw_output = Get<bool>(body, "raw_output", false);
  request->perf_metrics = Get<bool>(body, "perf_metrics_in_response", false);
}

void ReadResponseFormat(const Json& format, GenerationRequest* request) {
  const std::string type = Get<std::string>(format, "type", "text");
  request->json_mode = type == "json_object" || type == "json_schema";
  for (const char* key : {"json_schema", "schema"}) {
    Json schema = Get<Json>(format, key, nullptr);
    if (schema.is_string()) {
      schema = Json::parse(schema.get<std::string>(), nullptr, /*allow_exceptions=*/false);
    }
    if (!schema.is_object()) continue;
    request->json_schema = schema.contains("schema") ? schema["schema"] : schema;
    return;
  }
}

}  // namespace fireworks::simulator
