// What ValidateChatRequest refuses.
#include "tests/simulator/chat_request.h"
#include "tests/simulator/sampling.h"
#include "tests/simulator/validation.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::ordered_json;

const Rules& RequestRules() {
  static const auto* const kRules = [] {
    auto* rules = new Rules(SamplingRules());
    rules->insert({
        {"messages", rule::Array(1)},
        {"tools", rule::Array()},
        {"tool_choice",
         rule::Either(rule::OneOf({"auto", "none", "any", "required"}), rule::Object())},
        {"prompt_cache_max_len", rule::Integer()},
        {"include_routing_matrix", rule::Bool()},
        {"functions", rule::Array()},
        {"function_call", rule::Either(rule::Text(), rule::Object())},
        {"prompt_truncate_len", rule::Integer()},
        {"parallel_tool_calls", rule::Bool()},
        {"safe_tokenization", rule::Bool()},
    });
    return rules;
  }();
  return *kRules;
}

const Rules& MessageRules() {
  static const auto* const kRules = new Rules{
      {"role", rule::OneOf({"system", "developer", "user", "assistant", "tool"})},
      {"content", rule::Either(rule::Text(), rule::Array())},
      {"reasoning_content", rule::Text()},
      {"tool_calls", rule::Array()},
      {"tool_call_id", rule::Text()},
  };
  return *kRules;
}

const Rules& PartRules() {
  static const auto* const kRules = new Rules{
      {"type", rule::OneOf({"text", "image_url", "video_url", "audio_url"})},
      {"text", rule::Text()},
      {"image_url", rule::Object()},
      {"video_url", rule::Object()},
      {"audio_url", rule::Object()},
  };
  return *kRules;
}

const Rules& ToolRules() {
  static const auto* const kRules = new Rules{
      {"type", rule::OneOf({"function"})},
      {"function", rule::Object()},
  };
  return *kRules;
}

const Rules& FunctionRules() {
  static const auto* const kRules = new Rules{
      {"name", rule::Text()},
      {"description", rule::Text()},
      {"parameters", rule::Object()},
      {"strict", rule::Bool()},
  };
  return *kRules;
}

}  // namespace

std::vector<std::string> ValidateChatRequest(const Json& body, bool lax) {
  Validator validator(lax);
  validator.Fields(body, "", RequestRules(), {"model", "messages"});
  validator.Each(body, "messages", "", [&](const Json& message, const std::string& at) {
    validator.Fields(message, at, MessageRules(), {"role"});
    validator.Each(message, "content", at, [&](const Json& part, const std::string& part_at) {
      validator.Fields(part, part_at, PartRules(), {"type"});
    });
  });
  validator.Each(body, "tools", "", [&](const Json& tool, const std::string& at) {
    validator.Fields(tool, at, ToolRules(), {"type"});
    validator.Nested(tool, "function", at, FunctionRules(), {"name"});
  });
  ValidateSampling(body, &validator);
  return validator.TakeRefusals();
}

}  // namespace fireworks::simulator
