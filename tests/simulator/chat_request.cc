#include "tests/simulator/chat_request.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "tests/simulator/token_text.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kBytesPerPromptToken = 4;
// What a chat template adds to each message.
constexpr std::size_t kTemplateTokensPerMessage = 4;
constexpr std::size_t kMaxParallelCalls = 4;

// The member `key` as a T, or `otherwise` when it is absent or null.
template <typename T>
T Get(const Json& object, const char* key, T otherwise) {
  const auto it = object.find(key);
  return it == object.end() || it->is_null() ? otherwise : it->get<T>();
}

// The text of a message, its parts joined.
std::string TextOf(const Json& message) {
  const auto content = message.find("content");
  if (content == message.end() || content->is_null()) return {};
  if (content->is_string()) return content->get<std::string>();
  std::string text;
  for (const Json& part : *content) text += Get<std::string>(part, "text", "");
  return text;
}

void ReadMessages(const Json& messages, ChatRequest* request) {
  for (const Json& message : messages) {
    const std::string role = message["role"].get<std::string>();
    const std::string text = TextOf(message);
    absl::StrAppend(&request->prompt, "<|", role, "|>", text);
    request->prompt_tokens += text.size() / kBytesPerPromptToken + kTemplateTokensPerMessage;
    absl::string_view rest = text;
    if (role == "user") {
      request->say.reset();
      if (absl::ConsumePrefix(&rest, "say:")) {
        absl::ConsumePrefix(&rest, " ");
        request->say = std::string(rest);
      }
    }
  }
}

// The name that tool_choice insists on, or empty. Both spellings are served:
// {"name"} and {"function":{"name"}}.
std::string ChosenTool(const Json& choice) {
  if (!choice.is_object()) return {};
  const Json function = Get<Json>(choice, "function", choice);
  const Json name = function.is_object() ? Get<Json>(function, "name", "") : Json("");
  return name.is_string() ? name.get<std::string>() : std::string();
}

// A model that has seen a tool's result answers in words.
void ReadTools(const Json& body, ChatRequest* request) {
  const Json tools = Get<Json>(body, "tools", Json::array());
  const Json choice = Get<Json>(body, "tool_choice", "auto");
  const std::string last_role = body["messages"].back()["role"].get<std::string>();
  if (choice == "none" || (choice == "auto" && last_role == "tool")) return;
  const std::string chosen = ChosenTool(choice);
  const std::size_t limit =
      chosen.empty() && Get<bool>(body, "parallel_tool_calls", false) ? kMaxParallelCalls : 1;
  for (const Json& tool : tools) {
    const auto function = tool.find("function");
    if (function == tool.end() || request->calls.size() == limit) continue;
    const std::string name = (*function)["name"].get<std::string>();
    if (!chosen.empty() && name != chosen) continue;
    request->calls.push_back({name, Get<Json>(*function, "parameters", Json::object())});
  }
}

// The schema travels as an object or as text, bare or as {"name","schema"}.
void ReadResponseFormat(const Json& format, ChatRequest* request) {
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

bool WantsReasoning(const Json& body, const std::string& model) {
  const Json effort = Get<Json>(body, "reasoning_effort", nullptr);
  if (effort == "none" || effort == false) return false;
  const Json thinking = Get<Json>(body, "thinking", Json::object());
  if (Get<std::string>(thinking, "type", "") == "disabled") return false;
  return absl::StrContains(model, "reasoning");
}

void ReadLogprobs(const Json& body, ChatRequest* request) {
  const Json logprobs = Get<Json>(body, "logprobs", false);
  const std::size_t top = Get<std::size_t>(body, "top_logprobs", 0);
  if (logprobs.is_boolean()) {
    request->logprobs =
        logprobs.get<bool>() ? ChatRequest::Logprobs::kContent : ChatRequest::Logprobs::kNone;
    request->top_logprobs = top;
  } else {
    request->logprobs = ChatRequest::Logprobs::kLegacy;
    request->top_logprobs = logprobs.get<std::size_t>();
  }
}

}  // namespace

ChatRequest ParseChatRequest(const nlohmann::ordered_json& body) {
  ChatRequest request;
  request.model = body["model"].get<std::string>();
  request.stream = Get<bool>(body, "stream", false);
  const Json options = Get<Json>(body, "stream_options", Json::object());
  if (options.contains("include_usage")) {
    request.include_usage = Get<bool>(options, "include_usage", false);
  }
  request.n = Get<int>(body, "n", 1);
  for (const char* key : {"max_tokens", "max_completion_tokens"}) {
    if (const Json limit = Get<Json>(body, key, nullptr); !limit.is_null()) {
      request.max_tokens = limit.get<std::size_t>();
    }
  }
  ReadMessages(body["messages"], &request);
  if (!Get<std::string>(body, "prompt_cache_key", "").empty()) {
    request.cached_tokens = request.prompt_tokens / 2;
  }
  request.seed = Mix(StableHash(request.model), StableHash(request.prompt));
  request.seed = Mix(request.seed, static_cast<std::uint64_t>(Get<std::int64_t>(body, "seed", 0)));
  ReadTools(body, &request);
  ReadResponseFormat(Get<Json>(body, "response_format", Json::object()), &request);
  request.reasoning = WantsReasoning(body, request.model);
  ReadLogprobs(body, &request);
  request.return_token_ids = Get<bool>(body, "return_token_ids", false);
  request.raw_output = Get<bool>(body, "raw_output", false);
  request.perf_metrics = Get<bool>(body, "perf_metrics_in_response", false);
  const Json directives = Get<Json>(Get<Json>(body, "metadata", Json::object()), "simulator", "");
  if (directives.is_string()) request.directives = directives.get<std::string>();
  return request;
}

}  // namespace fireworks::simulator
