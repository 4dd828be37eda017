// The engine's strictness: what ValidateChatRequest refuses.
#include <functional>
#include <set>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "tests/simulator/chat_request.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::ordered_json;

std::string Quote(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// A predicate over JSON values with the words for those that fail it.
struct Rule {
  std::function<bool(const Json&)> accepts;
  std::string wants;
};
using Rules = absl::flat_hash_map<std::string, Rule>;

Rule Text() {
  return {[](const Json& value) { return value.is_string(); }, "a string"};
}
Rule Bool() {
  return {[](const Json& value) { return value.is_boolean(); }, "a boolean"};
}
Rule Integer() {
  return {[](const Json& value) { return value.is_number_integer(); }, "an integer"};
}
Rule Number(double minimum, double maximum) {
  return {[=](const Json& value) {
            return value.is_number() && value.get<double>() >= minimum &&
                   value.get<double>() <= maximum;
          },
          absl::StrCat("a number between ", minimum, " and ", maximum)};
}
Rule Integer(std::int64_t minimum, std::int64_t maximum) {
  return {[=](const Json& value) {
            return value.is_number_integer() && value.get<double>() >= minimum &&
                   value.get<double>() <= maximum;
          },
          absl::StrCat("an integer between ", minimum, " and ", maximum)};
}
Rule OneOf(std::set<std::string> words) {
  std::string list;
  for (const std::string& word : words) absl::StrAppend(&list, list.empty() ? "" : ", ", word);
  return {[words](const Json& value) {
            return value.is_string() && words.count(value.get<std::string>()) == 1;
          },
          absl::StrCat("one of ", list)};
}
Rule Object() {
  return {[](const Json& value) { return value.is_object(); }, "an object"};
}
Rule Array() {
  return {[](const Json& value) { return value.is_array(); }, "an array"};
}
Rule Either(Rule a, Rule b) {
  return {[a, b](const Json& value) { return a.accepts(value) || b.accepts(value); },
          absl::StrCat(a.wants, " or ", b.wants)};
}
Rule Stop() {
  return {[](const Json& value) {
            if (value.is_string()) return true;
            if (!value.is_array() || value.size() > 4) return false;
            for (const Json& item : value) {
              if (!item.is_string()) return false;
            }
            return true;
          },
          "a string or up to 4 strings"};
}

constexpr std::int64_t kMaxInteger = 2'147'483'647;

const Rules& RequestRules() {
  static const auto* const kRules = new Rules{
      {"model", Text()},
      {"messages", Array()},
      {"tools", Array()},
      {"tool_choice", Either(OneOf({"auto", "none", "any", "required"}), Object())},
      {"stream", Bool()},
      {"stream_options", Object()},
      {"response_format", Object()},
      {"temperature", Number(0, 2)},
      {"top_k", Integer(0, 100)},
      {"user", Text()},
      {"prompt_cache_key", Text()},
      {"prompt_cache_isolation_key", Text()},
      {"prompt_cache_max_len", Integer()},
      {"raw_output", Bool()},
      {"perf_metrics_in_response", Bool()},
      {"n", Integer(1, 128)},
      {"service_tier", Text()},
      {"stop", Stop()},
      {"max_tokens", Integer(0, kMaxInteger)},
      {"max_completion_tokens", Integer(0, kMaxInteger)},
      {"top_p", Number(0, 1)},
      {"min_p", Number(0, 1)},
      {"typical_p", Number(0, 1)},
      {"frequency_penalty", Number(-2, 2)},
      {"presence_penalty", Number(-2, 2)},
      {"repetition_penalty", Number(0, 2)},
      {"mirostat_target", Number(-1e9, 1e9)},
      {"mirostat_lr", Number(-1e9, 1e9)},
      {"seed", Integer()},
      {"logprobs", Either(Bool(), Integer(0, 5))},
      {"top_logprobs", Integer(0, 5)},
      {"echo", Bool()},
      {"echo_last", Integer()},
      {"ignore_eos", Bool()},
      {"context_length_exceeded_behavior", OneOf({"error", "truncate"})},
      {"logit_bias", Object()},
      {"speculation", Either(Text(), Array())},
      {"prediction", Either(Text(), Object())},
      {"metadata", Object()},
      {"reasoning_effort",
       Either(OneOf({"low", "medium", "high", "xhigh", "max", "none", "adaptive"}),
              Either(Integer(1, kMaxInteger), Bool()))},
      {"reasoning_history", OneOf({"disabled", "interleaved", "preserved"})},
      {"thinking", Object()},
      {"return_token_ids", Bool()},
      {"include_routing_matrix", Bool()},
      {"functions", Array()},
      {"function_call", Either(Text(), Object())},
      {"prompt_truncate_len", Integer()},
      {"parallel_tool_calls", Bool()},
      {"safe_tokenization", Bool()},
  };
  return *kRules;
}

const Rules& MessageRules() {
  static const auto* const kRules = new Rules{
      {"role", OneOf({"system", "developer", "user", "assistant", "tool"})},
      {"content", Either(Text(), Array())},
      {"reasoning_content", Text()},
      {"tool_calls", Array()},
      {"tool_call_id", Text()},
  };
  return *kRules;
}

const Rules& PartRules() {
  static const auto* const kRules = new Rules{
      {"type", OneOf({"text", "image_url", "video_url", "audio_url"})},
      {"text", Text()},
      {"image_url", Object()},
      {"video_url", Object()},
      {"audio_url", Object()},
  };
  return *kRules;
}

const Rules& ToolRules() {
  static const auto* const kRules = new Rules{
      {"type", OneOf({"function"})},
      {"function", Object()},
  };
  return *kRules;
}

const Rules& FunctionRules() {
  static const auto* const kRules = new Rules{
      {"name", Text()},
      {"description", Text()},
      {"parameters", Object()},
      {"strict", Bool()},
  };
  return *kRules;
}

const Rules& ResponseFormatRules() {
  static const auto* const kRules = new Rules{
      {"type", OneOf({"json_object", "json_schema", "grammar", "text"})},
      {"schema", Either(Text(), Object())},
      {"json_schema", Either(Text(), Object())},
      {"grammar", Text()},
  };
  return *kRules;
}

const Rules& StreamOptionsRules() {
  static const auto* const kRules = new Rules{{"include_usage", Bool()}};
  return *kRules;
}

const Rules& ThinkingRules() {
  static const auto* const kRules = new Rules{
      {"type", OneOf({"enabled", "disabled"})},
      {"budget_tokens", Integer(1024, kMaxInteger)},
  };
  return *kRules;
}

class Validator {
 public:
  explicit Validator(bool lax) : lax_(lax) {}

  void Request(const Json& body) {
    if (!body.is_object()) {
      refusals_.push_back("the body must be a JSON object");
      return;
    }
    Fields(body, "", RequestRules(), {"model", "messages"});
    Each(body, "messages", [this](const Json& message, const std::string& at) {
      Fields(message, at, MessageRules(), {"role"});
      Each(message, "content", at, [this](const Json& part, const std::string& part_at) {
        Fields(part, part_at, PartRules(), {"type"});
      });
    });
    Each(body, "tools", [this](const Json& tool, const std::string& at) {
      Fields(tool, at, ToolRules(), {"type"});
      Nested(tool, "function", at, FunctionRules(), {"name"});
    });
    Nested(body, "response_format", "", ResponseFormatRules(), {"type"});
    Nested(body, "stream_options", "", StreamOptionsRules(), {});
    Nested(body, "thinking", "", ThinkingRules(), {"type"});
    Together(body);
  }

  std::vector<std::string> TakeRefusals() { return std::move(refusals_); }

 private:
  using Element = std::function<void(const Json&, const std::string& at)>;

  void Fields(const Json& object, const std::string& at, const Rules& rules,
              std::initializer_list<const char*> required) {
    if (!object.is_object()) {
      refusals_.push_back(absl::StrCat("Input should be an object, field: '", at, "'"));
      return;
    }
    for (const auto& [key, value] : object.items()) {
      const std::string field = at.empty() ? key : absl::StrCat(at, ".", key);
      const auto rule = rules.find(key);
      if (rule == rules.end()) {
        if (!lax_) Refuse("Extra inputs are not permitted", field, value);
      } else if (!value.is_null() && !rule->second.accepts(value)) {
        Refuse(absl::StrCat("Input should be ", rule->second.wants), field, value);
      }
    }
    for (const char* key : required) {
      if (object.contains(key) && !object[key].is_null()) continue;
      refusals_.push_back(absl::StrCat("Field required, field: '",
                                       at.empty() ? "" : absl::StrCat(at, "."), key, "'"));
    }
  }

  void Nested(const Json& object, const char* key, const std::string& at, const Rules& rules,
              std::initializer_list<const char*> required) {
    if (!object.is_object() || !object.contains(key) || !object[key].is_object()) return;
    Fields(object[key], at.empty() ? key : absl::StrCat(at, ".", key), rules, required);
  }

  void Each(const Json& object, const char* key, const std::string& at, const Element& element) {
    if (!object.is_object() || !object.contains(key) || !object[key].is_array()) return;
    const Json& array = object[key];
    for (std::size_t i = 0; i < array.size(); ++i) {
      element(array[i], absl::StrCat(at.empty() ? "" : absl::StrCat(at, "."), key, ".", i));
    }
  }

  void Each(const Json& object, const char* key, const Element& element) {
    Each(object, key, "", element);
  }

  // Rules over more than one field.
  void Together(const Json& body) {
    const auto has = [&body](const char* key) {
      return body.contains(key) && !body[key].is_null();
    };
    if (has("messages") && body["messages"].is_array() && body["messages"].empty()) {
      refusals_.push_back("messages must not be empty");
    }
    if (has("max_tokens") && has("max_completion_tokens")) {
      refusals_.push_back("max_tokens and max_completion_tokens cannot be specified together");
    }
    if (has("thinking") && has("reasoning_effort")) {
      refusals_.push_back("thinking and reasoning_effort cannot be specified together");
    }
  }

  void Refuse(const std::string& words, const std::string& field, const Json& value) {
    refusals_.push_back(absl::StrCat(words, ", field: '", field, "', value: ", Quote(value)));
  }

  const bool lax_;
  std::vector<std::string> refusals_;
};

}  // namespace

std::vector<std::string> ValidateChatRequest(const nlohmann::ordered_json& body, bool lax) {
  Validator validator(lax);
  validator.Request(body);
  return validator.TakeRefusals();
}

}  // namespace fireworks::simulator
