#include "tests/simulator/chat_request.h"

#include <utility>

#include "tests/simulator/json_member.h"
#include "tests/simulator/sampling.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::ordered_json;

// The text of a message, its parts joined.
std::string TextOf(const Json& message) {
  const auto content = message.find("content");
  if (content == message.end() || content->is_null()) return {};
  if (content->is_string()) return content->get<std::string>();
  std::string text;
  for (const Json& part : *content) text += Get<std::string>(part, "text", "");
  return text;
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
void ReadTools(const Json& body, GenerationRequest* request) {
  const Json choice = Get<Json>(body, "tool_choice", "auto");
  const std::string last_role = body["messages"].back()["role"].get<std::string>();
  if (choice == "none" || (choice == "auto" && last_role == "tool")) return;
  std::vector<GenerationRequest::Tool> tools;
  for (const Json& tool : Get<Json>(body, "tools", Json::array())) {
    const auto function = tool.find("function");
    if (function == tool.end()) continue;
    tools.push_back({(*function)["name"].get<std::string>(),
                     Get<Json>(*function, "parameters", Json::object())});
  }
  request->CallTools(std::move(tools), ChosenTool(choice),
                     Get<bool>(body, "parallel_tool_calls", false));
}

}  // namespace

GenerationRequest ParseChatRequest(const Json& body) {
  GenerationRequest request;
  ReadSampling(body, &request);
  for (const Json& message : body["messages"]) {
    request.AddTurn(message["role"].get<std::string>(), TextOf(message));
  }
  if (!Get<std::string>(body, "prompt_cache_key", "").empty()) {
    request.cached_tokens = request.prompt_tokens / 2;
  }
  request.Seed(Get<std::int64_t>(body, "seed", 0));
  ReadTools(body, &request);
  return request;
}

}  // namespace fireworks::simulator
