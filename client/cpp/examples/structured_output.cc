// Holds the answer to a JSON Schema and reads it.
#include <iostream>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
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

struct Recipe {
  std::string title;
  int minutes = 0;
  std::vector<std::string> ingredients;
};

// For nlohmann::json, which finds it by its name.
void from_json(const nlohmann::json& json, Recipe& recipe) {
  json.at("title").get_to(recipe.title);
  json.at("minutes").get_to(recipe.minutes);
  json.at("ingredients").get_to(recipe.ingredients);
}

absl::StatusOr<Recipe> Parse(const std::string& text) {
  try {
    return nlohmann::json::parse(text).get<Recipe>();
  } catch (const nlohmann::json::exception& error) {
    return absl::DataLossError(absl::StrCat("the answer is no recipe: ", error.what()));
  }
}

absl::StatusOr<Recipe> Ask(const client::ChatCompletionServiceClient& chat,
                           const std::string& model) {
  // [START structured_output]
  ChatCompletionRequest request;
  request.set_model(model);
  *request.add_messages() =
      client::UserMessage("A recipe as JSON with title, minutes and ingredients.");
  *request.mutable_response_format() = client::JsonSchemaFormat(R"({
    "type": "object",
    "properties": {
      "title": {"type": "string"},
      "minutes": {"type": "integer"},
      "ingredients": {"type": "array", "items": {"type": "string"}}
    },
    "required": ["title", "minutes", "ingredients"]
  })");
  const auto response = chat.CreateChatCompletion(request);
  if (!response.ok()) return response.status();
  if (response->choices().empty()) return absl::DataLossError("there is no answer");
  const auto& choice = response->choices(0);
  if (choice.finish_reason() != "stop") {
    return absl::DataLossError(absl::StrCat("the answer is cut off: ", choice.finish_reason()));
  }
  return Parse(choice.message().content().text());
  // [END structured_output]
}

absl::StatusOr<Recipe> AskAt(const std::string& target, const std::string& model) {
  client::ConnectionOptions options;
  options.target = target;
  const auto connection = client::Connect(options);
  if (!connection.ok()) return connection.status();
  return Ask(client::ChatCompletionServiceClient(*connection), model);
}

}  // namespace

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  const auto recipe = AskAt(absl::GetFlag(FLAGS_target), absl::GetFlag(FLAGS_model));
  if (!recipe.ok()) {
    std::cerr << client::FormatError(client::ErrorFromStatus(recipe.status())) << "\n";
    return 1;
  }
  std::cout << recipe->title << ", " << recipe->minutes
            << " minutes: " << absl::StrJoin(recipe->ingredients, ", ") << "\n";
  return 0;
}
