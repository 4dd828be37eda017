#include "service/server/reflection_service.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "grpcpp/impl/codegen/server_callback_handlers.h"
#include "grpcpp/impl/rpc_service_method.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "service/server/byte_buffer.h"
#include "service/server/contract_methods.h"
#include "service/server/reflection_answer.h"

namespace fireworks::server {
namespace {

using grpc::ByteBuffer;
using grpc::internal::RpcServiceMethod;

// Names of symbols are far shorter. The pool of descriptors looks for an unknown one in
// the square of its length, under its lock.
constexpr std::size_t kMaxQuestionBytes = 4096;

// A question, its answer, the next question. gRPC owns a reactor until OnDone.
class Reactor final : public grpc::ServerBidiReactor<ByteBuffer, ByteBuffer> {
 public:
  explicit Reactor(const std::vector<std::string>* services) : answers_(services) {}

  void Run(const grpc::Status& permitted) {
    if (permitted.ok()) {
      StartRead(&question_);
    } else {
      Finish(permitted);
    }
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      Finish(grpc::Status::OK);
      return;
    }
    if (question_.Length() > kMaxQuestionBytes) {
      Finish(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT,
                          absl::StrCat("a question has at most ", kMaxQuestionBytes, " bytes")));
      return;
    }
    grpc::reflection::v1::ServerReflectionRequest request;
    if (!ParseByteBuffer(question_, &request)) {
      Finish(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "not a reflection request"));
      return;
    }
    answer_ = SerializeToByteBuffer(answers_.Answer(request));
    StartWrite(&answer_);
  }
  void OnWriteDone(bool ok) override {
    if (ok) {
      StartRead(&question_);
    } else {
      Finish(grpc::Status::OK);
    }
  }
  // What is under way fails, which ends the call.
  void OnCancel() override {}
  void OnDone() override { delete this; }

 private:
  ReflectionAnswers answers_;
  ByteBuffer question_;
  ByteBuffer answer_;
};

std::vector<std::string> WithOwn(std::vector<std::string> services) {
  services.push_back("grpc.reflection.v1.ServerReflection");
  services.push_back("grpc.reflection.v1alpha.ServerReflection");
  return services;
}

}  // namespace

ReflectionService::ReflectionService(std::vector<std::string> services, Gate gate)
    : services_(WithOwn(std::move(services))), gate_(std::move(gate)) {
  for (const std::string& method : ReflectionMethods()) Add(method);
}

void ReflectionService::Add(const std::string& method) {
  // gRPC keeps the pointer.
  const std::string& path = paths_.emplace_back(absl::StrCat("/", method));
  AddMethod(
      new RpcServiceMethod(path.c_str(), RpcServiceMethod::BIDI_STREAMING, /*handler=*/nullptr));
  auto handler = std::make_unique<grpc::internal::CallbackBidiHandler<ByteBuffer, ByteBuffer>>(
      [this, &method](grpc::CallbackServerContext* context) {
        auto* reactor = new Reactor(&services_);
        reactor->Run(gate_(*context, method));
        return reactor;
      });
  MarkMethodRawCallback(method_count_++, handler.release());
}

}  // namespace fireworks::server
