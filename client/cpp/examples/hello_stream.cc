// Prints an answer while the model writes it.
#include <iostream>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/status/status.h"
#include "client/cpp/chat_completion_service_client.h"
#include "client/cpp/connection.h"
#include "client/cpp/error.h"
#include "client/cpp/messages.h"

ABSL_FLAG(std::string, target, fireworks::client::kDefaultTarget, "where the service is");
ABSL_FLAG(std::string, model, "accounts/fireworks/models/kimi-k2-instruct-0905", "the model");

namespace {

// [START hello_stream]
using fireworks::inference::v1::ChatCompletionRequest;
namespace client = fireworks::client;

absl::Status Hello(const std::string& target, const std::string& model) {
  client::ConnectionOptions options;
  options.target = target;
  const auto connection = client::Connect(options);
  if (!connection.ok()) return connection.status();
  const client::ChatCompletionServiceClient chat(*connection);

  ChatCompletionRequest request;
  request.set_model(model);
  *request.add_messages() = client::UserMessage("Hello from C++!");
  auto stream = chat.StreamChatCompletion(request);
  for (const auto& chunk : stream) {
    for (const auto& choice : chunk.choices()) std::cout << choice.delta().content() << std::flush;
  }
  if (!stream.Finish().ok()) return stream.Finish();
  std::cout << "\n" << stream.Trailer("x-usage-completion-tokens") << " tokens, request "
            << stream.Trailer("x-request-id") << "\n";
  return absl::OkStatus();
}
// [END hello_stream]

}  // namespace

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  const absl::Status status = Hello(absl::GetFlag(FLAGS_target), absl::GetFlag(FLAGS_model));
  if (status.ok()) return 0;
  std::cerr << client::FormatError(client::ErrorFromStatus(status)) << "\n";
  return 1;
}
