#include "tests/simulator/message_request.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/simulator/json_member.h"
#include "tests/simulator/sampling.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::ordered_json;

// The text of `content`: a string, or blocks of which text and tools' results
// have any.
std::string TextOf(const Json& content) {
  if (content.is_string()) return content.get<std::string>();
  std::string text;
  for (const Json& block : content) {
    absl::StrAppend(&text, Get<std::string>(block, "text", ""));
    if (Has(block, "content")) absl::StrAppend(&text, TextOf(block["content"]));
  }
  return text;
}

bool HoldsToolResult(const Json& message) {
  if (!message["content"].is_array()) return false;
  for (const Json& block : message["content"]) {
    if (Get<std::string>(block, "type", "") == "tool_result") return true;
  }
  return false;
}

void ReadTools(const Json& body, GenerationRequest* request) {
  const Json choice = Get<Json>(body, "tool_choice", Json::object());
  const auto type = Get<std::string>(choice, "type", "auto");
  if (type == "none" || (type == "auto" && HoldsToolResult(body["messages"].back()))) return;
  std::vector<GenerationRequest::Tool> tools;
  for (const Json& tool : Get<Json>(body, "tools", Json::array())) {
    tools.push_back({tool["name"].get<std::string>(), tool["input_schema"]});
  }
  request->CallTools(std::move(tools), Get<std::string>(choice, "name", ""),
                     !Get<bool>(choice, "disable_parallel_tool_use", true));
}

}  // namespace

GenerationRequest ParseMessageRequest(const Json& body) {
  GenerationRequest request;
  request.model = body["model"].get<std::string>();
  request.stream = Get<bool>(body, "stream", false);
  if (Has(body, "max_tokens")) request.max_tokens = body["max_tokens"].get<std::size_t>();
  if (Has(body, "system")) request.AddTurn("system", TextOf(body["system"]));
  for (const Json& message : body["messages"]) {
    request.AddTurn(message["role"].get<std::string>(), TextOf(message["content"]));
  }
  request.Seed(0);
  const Json thinking = Get<Json>(body, "thinking", Json::object());
  request.reasoning = IsReasoningModel(request.model) &&
                      Get<std::string>(thinking, "type", "enabled") != "disabled";
  const Json output = Get<Json>(body, "output_config", Json::object());
  ReadResponseFormat(Get<Json>(output, "format", Json::object()), &request);
  request.raw_output = Get<bool>(body, "raw_output", false);
  ReadTools(body, &request);
  return request;
}

}  // namespace fireworks::simulator
