// Lets the model call a function until it has its answer.
#include <iostream>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "client/cpp/chat_accumulator.h"
#include "client/cpp/chat_completion_service_client.h"
#include "client/cpp/connection.h"
#include "client/cpp/error.h"
#include "client/cpp/messages.h"
#include "nlohmann/json.hpp"

ABSL_FLAG(std::string, target, fireworks::client::kDefaultTarget, "where the service is");
ABSL_FLAG(std::string, model, "accounts/fireworks/models/kimi-k2-instruct-0905", "the model");

namespace {

namespace client = fireworks::client;
using fireworks::inference::v1::ChatCompletionRequest;

// A model that keeps calling is stopped.
constexpr int kMaxRounds = 8;

// Calls the function. What is wrong is told to the model, which may do better.
std::string Run(const client::FunctionCall& call) {
  if (call.name != "get_weather") return absl::StrCat("there is no function '", call.name, "'");
  const auto arguments = nlohmann::json::parse(call.arguments, nullptr, /*allow_exceptions=*/false);
  if (!arguments.is_object() || !arguments.contains("city") || !arguments["city"].is_string()) {
    return "the arguments do not fit the schema";
  }
  std::cout << "get_weather(" << arguments["city"].get<std::string>() << ")\n";
  return R"({"celsius": 21, "sky": "clear"})";
}

absl::StatusOr<std::string> Converse(const client::ChatCompletionServiceClient& chat,
                                     const std::string& model) {
  // [START tool_loop]
  ChatCompletionRequest request;
  request.set_model(model);
  *request.add_messages() = client::UserMessage("What is the weather in Lisbon?");
  *request.add_tools() = client::FunctionTool(
      "get_weather", "The weather of a city.",
      R"({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]})");
  for (int round = 0; round < kMaxRounds; ++round) {
    client::ChatAccumulator answer;
    auto stream = chat.StreamChatCompletion(request);
    for (const auto& chunk : stream) answer.Add(chunk);
    if (!stream.Finish().ok()) return stream.Finish();
    if (answer.response().choices().empty()) return absl::DataLossError("there is no answer");

    auto message = answer.response().choices(0).message();
    if (message.tool_calls().empty()) return answer.text();
    client::ClearExtraJson(&message);
    *request.add_messages() = message;
    for (const auto& call : message.tool_calls()) {
      *request.add_messages() = client::ToolMessage(call.id(), Run(client::FunctionCallOf(call)));
    }
  }
  // [END tool_loop]
  return absl::ResourceExhaustedError(
      absl::StrCat("the model still calls tools after ", kMaxRounds, " rounds"));
}

absl::StatusOr<std::string> Ask(const std::string& target, const std::string& model) {
  client::ConnectionOptions options;
  options.target = target;
  const auto connection = client::Connect(options);
  if (!connection.ok()) return connection.status();
  return Converse(client::ChatCompletionServiceClient(*connection), model);
}

}  // namespace

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  const auto answer = Ask(absl::GetFlag(FLAGS_target), absl::GetFlag(FLAGS_model));
  if (!answer.ok()) {
    std::cerr << client::FormatError(client::ErrorFromStatus(answer.status())) << "\n";
    return 1;
  }
  std::cout << *answer << "\n";
  return 0;
}
