// What ValidateMessageRequest refuses.
#include <map>

#include "tests/simulator/json_member.h"
#include "tests/simulator/message_request.h"
#include "tests/simulator/validation.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::ordered_json;

const Rules& RequestRules() {
  static const auto* const kRules = new Rules{
      {"model", rule::Text()},
      {"messages", rule::Array(1)},
      {"max_tokens", rule::Integer(1, rule::kMaxInteger)},
      {"metadata", rule::Object()},
      {"output_config", rule::Object()},
      {"stop_sequences", rule::ArrayOf(rule::Text())},
      {"stream", rule::Bool()},
      {"system", rule::Either(rule::Text(), rule::Array())},
      {"temperature", rule::Number(0, 1)},
      {"thinking", rule::Object()},
      {"tool_choice", rule::Object()},
      {"tools", rule::Array()},
      {"top_k", rule::Integer(0, rule::kMaxInteger)},
      {"top_p", rule::Number(0, 1)},
      {"raw_output", rule::Bool()},
  };
  return *kRules;
}

const Rules& MessageRules() {
  static const auto* const kRules = new Rules{
      {"role", rule::OneOf({"user", "assistant"})},
      {"content", rule::Either(rule::Text(), rule::Array())},
  };
  return *kRules;
}

// An object whose keys depend on its `type`.
struct Variant {
  Rules rules;
  std::vector<const char*> required;
};
using Variants = std::map<std::string, Variant>;

const Variants& BlockVariants() {
  const Rule text = rule::Text();
  const Rule object = rule::Object();
  const Rule content = rule::Either(rule::Text(), rule::Array());
  static const auto* const kVariants = new Variants{
      {"text",
       {{{"text", text}, {"cache_control", object}, {"citations", rule::Array()}}, {"text"}}},
      {"image", {{{"source", object}, {"cache_control", object}}, {"source"}}},
      {"document",
       {{{"source", object},
         {"cache_control", object},
         {"citations", object},
         {"context", text},
         {"title", text}},
        {"source"}}},
      {"thinking", {{{"thinking", text}, {"signature", text}}, {"thinking", "signature"}}},
      {"redacted_thinking", {{{"data", text}}, {"data"}}},
      {"tool_use",
       {{{"id", text}, {"name", text}, {"input", object}, {"cache_control", object}},
        {"id", "name", "input"}}},
      {"tool_result",
       {{{"tool_use_id", text},
         {"content", content},
         {"is_error", rule::Bool()},
         {"cache_control", object}},
        {"tool_use_id"}}},
  };
  return *kVariants;
}

const Variants& ThinkingVariants() {
  static const auto* const kVariants = new Variants{
      {"enabled",
       {{{"budget_tokens", rule::Integer(1024, rule::kMaxInteger)}}, {"budget_tokens"}}},
      {"disabled", {}},
  };
  return *kVariants;
}

const Variants& ToolChoiceVariants() {
  const Rules any = {{"disable_parallel_tool_use", rule::Bool()}};
  static const auto* const kVariants = new Variants{
      {"auto", {any, {}}},
      {"any", {any, {}}},
      {"none", {}},
      {"tool",
       {{{"name", rule::Text()}, {"disable_parallel_tool_use", rule::Bool()}}, {"name"}}},
  };
  return *kVariants;
}

const Rules& ToolRules() {
  static const auto* const kRules = new Rules{
      {"type", rule::Text()},          {"name", rule::Text()},
      {"description", rule::Text()},   {"strict", rule::Bool()},
      {"input_schema", rule::Object()},
  };
  return *kRules;
}

const Rules& OutputConfigRules() {
  static const auto* const kRules = new Rules{
      {"effort", rule::OneOf({"low", "medium", "high", "max"})},
      {"format", rule::Object()},
  };
  return *kRules;
}

const Rules& FormatRules() {
  static const auto* const kRules = new Rules{
      {"type", rule::OneOf({"json_schema"})},
      {"schema", rule::Object()},
  };
  return *kRules;
}

void CheckVariant(const Json& object, const std::string& at, const Variants& variants,
                  Validator* validator) {
  if (!object.is_object()) return validator->Fields(object, at, {}, {});
  const Json type = Get<Json>(object, "type", nullptr);
  const auto variant =
      type.is_string() ? variants.find(type.get<std::string>()) : variants.end();
  if (variant == variants.end()) {
    return validator->Refuse("Input should have a known type, field: '" + at + ".type'");
  }
  Rules rules = variant->second.rules;
  rules.insert({"type", rule::Text()});
  validator->Fields(object, at, rules, {});
  for (const char* key : variant->second.required) {
    if (!Has(object, key)) validator->Refuse("Field required, field: '" + at + "." + key + "'");
  }
}

void CheckBlocks(const Json& holder, const char* key, const std::string& at, Validator* validator) {
  validator->Each(holder, key, at, [&](const Json& block, const std::string& block_at) {
    CheckVariant(block, block_at, BlockVariants(), validator);
    CheckBlocks(block, "content", block_at, validator);
  });
}

}  // namespace

std::vector<std::string> ValidateMessageRequest(const Json& body, bool lax) {
  Validator validator(lax);
  validator.Fields(body, "", RequestRules(), {"model", "messages"});
  if (!body.is_object()) return validator.TakeRefusals();
  validator.Each(body, "messages", "", [&](const Json& message, const std::string& at) {
    validator.Fields(message, at, MessageRules(), {"role", "content"});
    CheckBlocks(message, "content", at, &validator);
  });
  CheckBlocks(body, "system", "", &validator);
  validator.Each(body, "tools", "", [&](const Json& tool, const std::string& at) {
    validator.Fields(tool, at, ToolRules(), {"name", "input_schema"});
  });
  if (Has(body, "thinking")) {
    CheckVariant(body["thinking"], "thinking", ThinkingVariants(), &validator);
  }
  if (Has(body, "tool_choice")) {
    CheckVariant(body["tool_choice"], "tool_choice", ToolChoiceVariants(), &validator);
  }
  validator.Nested(body, "metadata", "", {{"user_id", rule::Text()}}, {});
  validator.Nested(body, "output_config", "", OutputConfigRules(), {});
  validator.Nested(Get<Json>(body, "output_config", Json::object()), "format", "output_config",
                   FormatRules(), {"type", "schema"});
  return validator.TakeRefusals();
}

}  // namespace fireworks::simulator
