#include "tests/faults/calls.h"

#include <utility>

#include "fireworks/gateway/v1/dataset_service.grpc.pb.h"
#include "fireworks/gateway/v1/model_service.grpc.pb.h"
#include "fireworks/inference/v1/completion_service.grpc.pb.h"
#include "fireworks/inference/v1/message_service.grpc.pb.h"
#include "fireworks/inference/v1/response_service.grpc.pb.h"
#include "tests/e2e/chat.h"

namespace fireworks::faults {
namespace {

namespace gateway = fireworks::gateway::v1;
namespace inference = fireworks::inference::v1;
using Channel = std::shared_ptr<grpc::Channel>;

constexpr char kText[] = "say: one two three four";
// More than the sockets between two processes hold.
constexpr std::size_t kBigBytes = 16 << 20;
constexpr std::size_t kSmallBytes = 64 << 10;
constexpr std::size_t kUploadPieceBytes = 32 << 10;

template <typename Message>
Result ReadToEnd(std::unique_ptr<grpc::ClientReader<Message>> reader) {
  Result result;
  Message message;
  while (reader->Read(&message)) ++result.messages;
  result.status = reader->Finish();
  return result;
}

Result Get(const Channel& channel, grpc::ClientContext* context) {
  gateway::GetModelRequest request;
  request.set_name(e2e::kChatModel);
  gateway::Model model;
  Result result;
  result.status = gateway::ModelService::NewStub(channel)->GetModel(context, request, &model);
  result.text = model.display_name();
  return result;
}

Result Post(const Channel& channel, grpc::ClientContext* context, const std::string& text) {
  e2e::ChatResponse response;
  Result result;
  result.status = e2e::ChatService::NewStub(channel)->CreateChatCompletion(
      context, e2e::MakeChatRequest(text), &response);
  if (response.choices_size() > 0) result.text = response.choices(0).message().content().text();
  return result;
}

Result Upload(const Channel& channel, grpc::ClientContext* context, std::size_t size) {
  gateway::FileUploadResponse response;
  const auto stub = gateway::DatasetService::NewStub(channel);
  const auto writer = stub->UploadDatasetFile(context, &response);
  gateway::UploadDatasetFileRequest request;
  request.mutable_metadata()->set_name("accounts/test-account/datasets/tides");
  request.mutable_metadata()->set_filename("tides.jsonl");
  bool open = writer->Write(request);
  request.set_data(std::string(kUploadPieceBytes, 'x'));
  for (std::size_t sent = 0; open && sent < size; sent += kUploadPieceBytes) {
    open = writer->Write(request);
  }
  writer->WritesDone();
  Result result;
  result.status = writer->Finish();
  return result;
}

Result StreamChat(const Channel& channel, grpc::ClientContext* context) {
  const auto stub = e2e::ChatService::NewStub(channel);
  const e2e::ChatStream stream =
      e2e::StreamChat(stub.get(), context, e2e::MakeChatRequest(kText));
  return {stream.chunks.size(), stream.Content(), stream.status};
}

Result StreamCompletion(const Channel& channel, grpc::ClientContext* context) {
  inference::CompletionRequest request;
  request.set_model(e2e::kChatModel);
  request.mutable_prompt()->set_text(kText);
  return ReadToEnd(
      inference::CompletionService::NewStub(channel)->StreamCompletion(context, request));
}

Result StreamResponse(const Channel& channel, grpc::ClientContext* context) {
  inference::CreateResponse request;
  request.set_model(e2e::kChatModel);
  request.mutable_input()->set_text(kText);
  return ReadToEnd(
      inference::ResponseService::NewStub(channel)->StreamResponse(context, request));
}

Result StreamMessage(const Channel& channel, grpc::ClientContext* context) {
  inference::AnthropicCreateMessageParams request;
  request.set_model(e2e::kChatModel);
  auto* message = request.add_messages();
  message->set_role("user");
  message->mutable_content()->set_text(kText);
  return ReadToEnd(inference::MessageService::NewStub(channel)->StreamMessage(context, request));
}

}  // namespace

const char* NameOf(Call call) {
  switch (call) {
    case Call::kGet: return "GET";
    case Call::kPost: return "POST";
    case Call::kBigPost: return "large POST";
    case Call::kUpload: return "upload";
    case Call::kSmallUpload: return "small upload";
    case Call::kChat: return "chat";
    case Call::kCompletion: return "completion";
    case Call::kResponse: return "response";
    case Call::kMessage: return "message";
  }
  return "";
}

bool IsStream(Call call) {
  for (const Call stream : kStreams) {
    if (stream == call) return true;
  }
  return false;
}

Result Make(Call call, const Channel& channel, grpc::ClientContext* context) {
  switch (call) {
    case Call::kGet: return Get(channel, context);
    case Call::kPost: return Post(channel, context, kText);
    case Call::kBigPost: return Post(channel, context, std::string(kBigBytes, 'x'));
    case Call::kUpload: return Upload(channel, context, kBigBytes);
    case Call::kSmallUpload: return Upload(channel, context, kSmallBytes);
    case Call::kChat: return StreamChat(channel, context);
    case Call::kCompletion: return StreamCompletion(channel, context);
    case Call::kResponse: return StreamResponse(channel, context);
    case Call::kMessage: return StreamMessage(channel, context);
  }
  return {};
}

}  // namespace fireworks::faults
