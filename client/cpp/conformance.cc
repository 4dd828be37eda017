// The conformance program of the C++ client: see tests/clients/README.md.
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "client/cpp/chat_accumulator.h"
#include "client/cpp/chat_completion_service_client.h"
#include "client/cpp/connection.h"
#include "client/cpp/dataset_service_client.h"
#include "client/cpp/dataset_upload.h"
#include "client/cpp/embedding_service_client.h"
#include "client/cpp/error.h"
#include "client/cpp/message_service_client.h"
#include "client/cpp/model_service_client.h"
#include "google/protobuf/util/json_util.h"
#include "nlohmann/json.hpp"

namespace fireworks::client {
namespace {

using nlohmann::json;

// The case itself is wrong; ends the program.
[[noreturn]] void Refuse(const std::string& why) {
  std::cerr << "conformance: " << why << "\n";
  std::exit(1);
}

// No key may be looked over.
void CheckKeys(const json& object, const std::vector<std::string>& known) {
  for (const auto& [key, value] : object.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      Refuse(absl::StrCat("unknown key '", key, "'"));
    }
  }
}

template <typename Request>
Request RequestOf(const json& call) {
  Request request;
  const auto status = google::protobuf::util::JsonStringToMessage(
      call.value("request", json::object()).dump(), &request);
  if (!status.ok()) Refuse(absl::StrCat("request: ", status.message().as_string()));
  return request;
}

json ToJson(const google::protobuf::Message& message) {
  std::string text;
  const auto status = google::protobuf::util::MessageToJsonString(message, &text);
  if (!status.ok()) Refuse(absl::StrCat("a message without a JSON form: ", message.GetTypeName()));
  return json::parse(text);
}

bool Wants(const json& call, const char* what) {
  const json want = call.value("want", json::array());
  return std::find(want.begin(), want.end(), what) != want.end();
}

CallOptions OptionsOf(const json& call, ReceivedMetadata* received) {
  CallOptions options;
  options.received = received;
  if (call.contains("timeout_ms")) {
    options.timeout = absl::Milliseconds(call["timeout_ms"].get<int>());
  }
  options.wait_for_ready = call.value("wait_for_ready", false);
  const json metadata = call.value("metadata", json::object());
  for (const auto& [name, value] : metadata.items()) {
    options.metadata.emplace_back(name, value.get<std::string>());
  }
  return options;
}

json ByName(const Metadata& metadata) {
  json object = json::object();
  for (const auto& [name, value] : metadata) {
    if (!absl::EndsWith(name, "-bin") && !object.contains(name)) object[name] = value;
  }
  return object;
}

void ObserveEnd(const absl::Status& status, const ReceivedMetadata& received, json* observed) {
  const Error error = ErrorFromStatus(status);
  (*observed)["code"] = std::string(StatusCodeName(error.code));
  (*observed)["leading"] = ByName(received.leading);
  (*observed)["trailing"] = ByName(received.trailing);
  std::string request_id = error.request_id;
  if (request_id.empty()) request_id = std::string(FirstValue(received.trailing, "x-request-id"));
  if (!request_id.empty()) (*observed)["request_id"] = request_id;
  if (status.ok()) return;
  (*observed)["message"] = error.message;
  if (!error.reason.empty()) {
    (*observed)["reason"] = error.reason;
    (*observed)["domain"] = error.domain;
    (*observed)["error_metadata"] = error.metadata;
  }
  if (error.retry_delay) {
    (*observed)["retry_delay_ms"] = absl::ToInt64Milliseconds(*error.retry_delay);
  }
  for (const FieldViolation& violation : error.violations) {
    (*observed)["field_violations"].push_back(
        {{"field", violation.field}, {"description", violation.description}});
  }
}

template <typename Response>
json ObserveUnary(const json& call, const absl::StatusOr<Response>& response,
                  const ReceivedMetadata& received) {
  json observed;
  ObserveEnd(response.status(), received, &observed);
  if (response.ok() && Wants(call, "response")) observed["response"] = ToJson(*response);
  return observed;
}

// `each` looks at every message.
template <typename Message, typename Each>
json ObserveStream(const json& call, Stream<Message> stream, Each each) {
  const int cancel_after = call.value("cancel_after", -1);
  json observed;
  int count = 0;
  if (Wants(call, "messages")) observed["messages"] = json::array();
  for (const Message& message : stream) {
    each(message);
    if (Wants(call, "messages")) observed["messages"].push_back(ToJson(message));
    if (++count == cancel_after) stream.Cancel();
  }
  observed["message_count"] = count;
  ObserveEnd(stream.Finish(), stream.metadata(), &observed);
  return observed;
}

json ChoiceOf(const fireworks::inference::v1::ChatCompletionResponseChoice& choice) {
  const auto& message = choice.message();
  json object = {{"index", choice.index()}};
  if (message.content().has_text()) object["text"] = message.content().text();
  if (message.has_reasoning_content()) object["reasoning"] = message.reasoning_content();
  if (choice.has_finish_reason()) object["finish_reason"] = choice.finish_reason();
  for (const auto& call : message.tool_calls()) {
    object["tool_calls"].push_back({{"id", call.id()},
                                    {"name", call.function().call().name()},
                                    {"arguments", call.function().call().arguments().text()}});
  }
  return object;
}

json ObserveChat(const json& call, const ChatCompletionServiceClient& client,
                 const CallOptions& options) {
  ChatAccumulator answer;
  json observed = ObserveStream(
      call,
      client.StreamChatCompletion(
          RequestOf<fireworks::inference::v1::ChatCompletionRequest>(call), options),
      [&answer](const auto& chunk) { answer.Add(chunk); });
  observed["text"] = answer.text();
  json accumulated = {{"choices", json::array()}};
  for (const auto& choice : answer.response().choices()) {
    accumulated["choices"].push_back(ChoiceOf(choice));
  }
  if (answer.response().has_usage()) {
    const auto& usage = answer.response().usage();
    json counts = json::object();
    if (usage.has_prompt_tokens()) counts["prompt_tokens"] = usage.prompt_tokens();
    if (usage.has_completion_tokens()) counts["completion_tokens"] = usage.completion_tokens();
    if (usage.prompt_tokens_details().has_cached_tokens()) {
      counts["cached_tokens"] = usage.prompt_tokens_details().cached_tokens();
    }
    accumulated["usage"] = counts;
  }
  observed["accumulated"] = accumulated;
  return observed;
}

json ObserveModels(const json& call, const ModelServiceClient& client, CallOptions options) {
  const int limit = call.value("limit", -1);
  auto models =
      client.ListModels(RequestOf<fireworks::gateway::v1::ListModelsRequest>(call), options);
  json names = json::array();
  if (limit != 0) {
    for (const auto& model : models) {
      names.push_back(model.name());
      if (static_cast<int>(names.size()) == limit) break;
    }
  }
  json observed = {{"names", names}};
  ObserveEnd(models.status(), *options.received, &observed);
  return observed;
}

json Observe(const json& call, const std::shared_ptr<Connection>& connection) {
  CheckKeys(call, {"operation", "request", "metadata", "timeout_ms", "wait_for_ready",
                   "cancel_after", "limit", "file", "want"});
  namespace gateway = fireworks::gateway::v1;
  namespace inference = fireworks::inference::v1;
  ReceivedMetadata received;
  const CallOptions options = OptionsOf(call, &received);
  const std::string operation = call.value("operation", "");
  const ModelServiceClient models(connection);
  const DatasetServiceClient datasets(connection);
  const ChatCompletionServiceClient chat(connection);
  if (operation == "create_chat_completion") {
    const auto response =
        chat.CreateChatCompletion(RequestOf<inference::ChatCompletionRequest>(call), options);
    json observed = ObserveUnary(call, response, received);
    if (response.ok() && response->choices_size() > 0) {
      observed["text"] = response->choices(0).message().content().text();
    }
    return observed;
  }
  if (operation == "stream_chat_completion") return ObserveChat(call, chat, options);
  if (operation == "create_embedding") {
    const auto response = EmbeddingServiceClient(connection)
                              .CreateEmbedding(RequestOf<inference::EmbeddingRequest>(call), options);
    return ObserveUnary(call, response, received);
  }
  if (operation == "stream_message") {
    return ObserveStream(call,
                         MessageServiceClient(connection)
                             .StreamMessage(RequestOf<inference::AnthropicCreateMessageParams>(call), options),
                         [](const auto&) {});
  }
  if (operation == "get_model") {
    const auto response = models.GetModel(RequestOf<gateway::GetModelRequest>(call), options);
    return ObserveUnary(call, response, received);
  }
  if (operation == "delete_model") {
    const auto response = models.DeleteModel(RequestOf<gateway::DeleteModelRequest>(call), options);
    return ObserveUnary(call, response, received);
  }
  if (operation == "create_dataset") {
    const auto response =
        datasets.CreateDataset(RequestOf<gateway::CreateDatasetRequest>(call), options);
    return ObserveUnary(call, response, received);
  }
  if (operation == "list_models") return ObserveModels(call, models, options);
  if (operation == "upload_dataset_file") {
    const auto response =
        UploadDatasetFile(datasets, call.at("request").at("name").get<std::string>(),
                          call.at("file").get<std::string>(), nullptr, options);
    return ObserveUnary(call, response, received);
  }
  Refuse(absl::StrCat("unknown operation '", operation, "'"));
}

json Observe(const json& line) {
  CheckKeys(line, {"case", "targets", "tls", "token", "calls"});
  ConnectionOptions options;
  const auto target = TargetOf(line.at("targets").get<std::vector<std::string>>());
  if (!target.ok()) Refuse(std::string(target.status().message()));
  options.target = *target;
  options.token = line.value("token", "");
  if (line.contains("tls")) {
    const json& tls = line["tls"];
    CheckKeys(tls, {"ca_file", "certificate_file", "key_file"});
    options.tls = TlsFiles{tls.value("ca_file", ""), tls.value("certificate_file", ""),
                           tls.value("key_file", "")};
  }
  const auto connection = Connect(options);
  if (!connection.ok()) Refuse(std::string(connection.status().message()));
  json calls = json::array();
  for (const json& call : line.at("calls")) calls.push_back(Observe(call, *connection));
  return {{"case", line.at("case")}, {"calls", calls}};
}

}  // namespace
}  // namespace fireworks::client

int main() {
  // As in fwctl: Debian's Abseil takes gRPC's lock order for a deadlock.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  std::signal(SIGPIPE, SIG_IGN);
  std::string line;
  try {
    while (std::getline(std::cin, line)) {
      std::cout << fireworks::client::Observe(nlohmann::json::parse(line)) << std::endl;
    }
  } catch (const std::exception& error) {
    std::cerr << "conformance: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
