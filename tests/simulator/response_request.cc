#include "tests/simulator/response_request.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/simulator/json_member.h"
#include "tests/simulator/sampling.h"
#include "tests/simulator/validation.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::ordered_json;

const Rules& RequestRules() {
  static const auto* const kRules = new Rules{
      {"model", rule::Text()},
      {"input", rule::Either(rule::Text(), rule::ArrayOf(rule::Object(), 1))},
      {"previous_response_id", rule::Text()},
      {"instructions", rule::Text()},
      {"max_output_tokens", rule::Integer(1, rule::kMaxInteger)},
      {"max_tool_calls", rule::Integer(1, rule::kMaxInteger)},
      {"metadata", rule::Object()},
      {"parallel_tool_calls", rule::Bool()},
      {"reasoning", rule::Object()},
      {"store", rule::Bool()},
      {"stream", rule::Bool()},
      {"temperature", rule::Number(0, 2)},
      {"text", rule::Object()},
      // A function by name is refused.
      {"tool_choice", rule::OneOf({"auto", "none", "required"})},
      {"tools", rule::ArrayOf(rule::Object())},
      {"top_p", rule::Number(0, 1)},
      {"truncation", rule::OneOf({"auto", "disabled"})},
      {"user", rule::Text()},
  };
  return *kRules;
}

// The text of an input item: its content, or the result of a call.
std::string TextOf(const Json& item) {
  if (item.contains("output") && item["output"].is_string()) {
    return item["output"].get<std::string>();
  }
  const Json content = Get<Json>(item, "content", "");
  if (content.is_string()) return content.get<std::string>();
  std::string text;
  for (const Json& part : content) absl::StrAppend(&text, Get<std::string>(part, "text", ""));
  return text;
}

bool IsCallOutput(const Json& input) {
  return input.is_array() &&
         Get<std::string>(input.back(), "type", "message") == "function_call_output";
}

// A model that has seen a tool's result answers in words. Only functions are
// called: others run at the upstream, unseen.
void ReadTools(const Json& body, GenerationRequest* request) {
  const auto choice = Get<std::string>(body, "tool_choice", "auto");
  if (choice == "none" || (choice == "auto" && IsCallOutput(body["input"]))) return;
  std::vector<GenerationRequest::Tool> tools;
  for (const Json& tool : Get<Json>(body, "tools", Json::array())) {
    const auto name = Get<std::string>(tool, "name", "");
    if (tool["type"] != "function" || name.empty()) continue;
    tools.push_back({name, Get<Json>(tool, "parameters", Json::object())});
  }
  request->CallTools(std::move(tools), "", Get<bool>(body, "parallel_tool_calls", true));
}

// In the order of the wire.
Json Settings(const Json& body) {
  const auto given = [&body](const char* key, Json otherwise) {
    return Get<Json>(body, key, std::move(otherwise));
  };
  return {{"instructions", given("instructions", nullptr)},
          {"metadata", given("metadata", Json::object())},
          {"model", body["model"]},
          {"parallel_tool_calls", given("parallel_tool_calls", true)},
          {"temperature", given("temperature", 1.0)},
          {"tool_choice", given("tool_choice", "auto")},
          {"tools", given("tools", Json::array())},
          {"top_p", given("top_p", 1.0)},
          {"max_output_tokens", given("max_output_tokens", nullptr)},
          {"max_tool_calls", given("max_tool_calls", nullptr)},
          {"previous_response_id", given("previous_response_id", nullptr)},
          {"reasoning", given("reasoning", nullptr)},
          {"text", given("text", nullptr)},
          {"truncation", given("truncation", "disabled")},
          {"user", given("user", nullptr)},
          {"store", given("store", true)}};
}

}  // namespace

std::vector<std::string> ValidateResponseRequest(const Json& body, bool lax) {
  Validator validator(lax);
  validator.Fields(body, "", RequestRules(), {"model", "input"});
  validator.Each(body, "tools", "", [&](const Json& tool, const std::string& at) {
    const Json type = tool.is_object() ? Get<Json>(tool, "type", nullptr) : Json();
    if (type == "function" || type == "mcp" || type == "sse") return;
    validator.Refuse(
        absl::StrCat("Input should be a tool of type function, mcp or sse, field: '", at, "'"));
  });
  return validator.TakeRefusals();
}

ResponseRequest ParseResponseRequest(const Json& body, const std::string& conversation) {
  ResponseRequest request;
  GenerationRequest& generation = request.generation;
  generation.model = body["model"].get<std::string>();
  generation.stream = Get<bool>(body, "stream", false);
  if (Has(body, "max_output_tokens")) {
    generation.max_tokens = body["max_output_tokens"].get<std::size_t>();
  }
  generation.prompt = conversation;
  generation.prompt_tokens = CountPromptTokens(conversation);
  // The part of the prompt that the upstream has seen before.
  generation.cached_tokens = generation.prompt_tokens;
  if (Has(body, "instructions")) {
    generation.AddTurn("system", body["instructions"].get<std::string>());
  }
  if (body["input"].is_string()) {
    generation.AddTurn("user", body["input"].get<std::string>());
  } else {
    for (const Json& item : body["input"]) {
      generation.AddTurn(Get<std::string>(item, "role", "tool"), TextOf(item));
    }
  }
  generation.Seed(0);
  const Json reasoning = Get<Json>(body, "reasoning", Json::object());
  generation.reasoning = IsReasoningModel(generation.model) &&
                         Get<std::string>(reasoning, "effort", "medium") != "none";
  const Json text = Get<Json>(body, "text", Json::object());
  ReadResponseFormat(Get<Json>(text, "format", Json::object()), &generation);
  ReadTools(body, &generation);
  request.settings = Settings(body);
  request.store = Get<bool>(body, "store", true);
  return request;
}

}  // namespace fireworks::simulator
