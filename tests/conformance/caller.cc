#include "tests/conformance/caller.h"

#include <chrono>

#include "absl/strings/str_cat.h"
#include "grpcpp/client_context.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "grpcpp/security/credentials.h"

namespace fireworks::conformance {
namespace {

using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;

// Longer than any call takes.
constexpr std::chrono::seconds kPatience{60};

// Waits for the one operation that is under way; whether it succeeded.
bool Finished(grpc::CompletionQueue* queue) {
  void* tag = nullptr;
  bool ok = false;
  return queue->Next(&tag, &ok) && ok;
}

}  // namespace

Caller::Caller(const std::string& target)
    : stub_(grpc::CreateChannel(target, grpc::InsecureChannelCredentials())) {}

Outcome Caller::Call(const MethodDescriptor& method,
                     const std::vector<std::pair<std::string, std::string>>& metadata,
                     const std::vector<std::unique_ptr<Message>>& requests) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kPatience);
  for (const auto& [name, value] : metadata) context.AddMetadata(name, value);
  grpc::CompletionQueue queue;
  const auto call = stub_.PrepareCall(
      &context, absl::StrCat("/", method.service()->full_name(), "/", method.name()), &queue);
  call->StartCall(nullptr);
  bool open = Finished(&queue);
  for (std::size_t i = 0; open && i < requests.size(); ++i) {
    call->Write(*requests[i], nullptr);
    open = Finished(&queue);
  }
  if (open) {
    call->WritesDone(nullptr);
    Finished(&queue);
  }
  Outcome outcome;
  const Message* prototype =
      MessageFactory::generated_factory()->GetPrototype(method.output_type());
  for (;;) {
    std::unique_ptr<Message> answer(prototype->New());
    call->Read(answer.get(), nullptr);
    if (!Finished(&queue)) break;
    outcome.answers.push_back(std::move(answer));
  }
  call->Finish(&outcome.status, nullptr);
  Finished(&queue);
  return outcome;
}

}  // namespace fireworks::conformance
