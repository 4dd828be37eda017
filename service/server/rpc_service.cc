#include "service/server/rpc_service.h"

#include <atomic>
#include <memory>
#include <utility>

#include "grpcpp/impl/codegen/server_callback_handlers.h"
#include "grpcpp/impl/rpc_service_method.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "service/server/call.h"
#include "service/server/inline_completions.h"

namespace fireworks::server {
namespace {

using grpc::ByteBuffer;
using grpc::CallbackServerContext;
using grpc::internal::RpcServiceMethod;

// gRPC keeps the request until the call has ended, in an object that is not const; the
// call frees its bytes when it has read them.
ByteBuffer* Own(const ByteBuffer* request) { return const_cast<ByteBuffer*>(request); }

// gRPC owns a reactor until it calls OnDone, where it deletes itself.
class UnaryReactor final : public grpc::ServerUnaryReactor, public Face {
 public:
  UnaryReactor(const Environment& environment, const Endpoint& endpoint,
               CallbackServerContext* context, ByteBuffer* response)
      : response_(response),
        call_(std::make_shared<Call>(environment, endpoint, context, this)) {}

  void Run(ByteBuffer* request) {
    call_->Arrive();
    call_->Start(request);
  }

  void OnCancel() override { call_->OnCancel(); }
  void OnDone() override {
    call_->OnDone();
    delete this;
  }

  void SendInitialMetadata() override { StartSendInitialMetadata(); }
  void Write(const OutgoingMessage*, bool) override {}  // Unary calls answer with SetResponse.
  void SetResponse(ByteBuffer response) override { *response_ = std::move(response); }
  void ReadNext() override {}  // The one request is there from the start.
  void Finish(const grpc::Status& status) override { ServerUnaryReactor::Finish(status); }

 private:
  ByteBuffer* const response_;
  const std::shared_ptr<Call> call_;
};

class StreamReactor final : public grpc::ServerWriteReactor<OutgoingMessage>, public Face {
 public:
  // `queue` tells of what completes.
  StreamReactor(const Environment& environment, const Endpoint& endpoint,
                CallbackServerContext* context, grpc_completion_queue* queue)
      : queue_(queue),
        call_(std::make_shared<Call>(environment, endpoint, context, this)) {}

  void Run(ByteBuffer* request) {
    call_->Arrive();
    call_->Start(request);
  }

  void OnWriteDone(bool ok) override { call_->OnWriteDone(ok); }
  void OnCancel() override { call_->OnCancel(); }
  void OnDone() override {
    call_->OnDone();
    delete this;
  }

  void SendInitialMetadata() override { StartSendInitialMetadata(); }
  void Write(const OutgoingMessage* message, bool more) override {
    grpc::WriteOptions options;
    // A hinted write may stay in gRPC's buffer: only when the next one follows.
    if (more) options.set_buffer_hint();
    RunWithCompletions(queue_, [&] { StartWrite(message, options); });
  }
  void SetResponse(ByteBuffer) override {}  // Streams answer with Write.
  void ReadNext() override {}  // The one request is there from the start.
  void Finish(const grpc::Status& status) override { ServerWriteReactor::Finish(status); }

 private:
  grpc_completion_queue* const queue_;
  const std::shared_ptr<Call> call_;
};

// To gRPC a caller that has said all and one that is gone look alike: a read that
// fails. An upload without an announced size must not be completed for a caller
// that is gone, so a second read is asked for: it fails behind the notice of
// the cancellation.
class UploadReactor final : public grpc::ServerReadReactor<ByteBuffer>, public Face {
 public:
  UploadReactor(const Environment& environment, const Endpoint& endpoint,
                CallbackServerContext* context, ByteBuffer* response)
      : context_(context),
        response_(response),
        call_(std::make_shared<Call>(environment, endpoint, context, this)) {}

  void Run() {
    // Before anyone else knows the call, and may end it.
    StartRead(&message_);
    call_->Arrive();
  }

  void OnReadDone(bool ok) override {
    if (!ok && !std::exchange(ended_, true)) {
      StartRead(&message_);
      return;
    }
    if (!ok && context_->IsCancelled() && started_) return;  // OnCancel ends the call.
    ByteBuffer* const message = ok ? &message_ : nullptr;
    if (started_) {
      call_->OnMessage(message);
    } else {
      started_ = true;
      call_->Start(message);
    }
  }
  void OnCancel() override { call_->OnCancel(); }
  void OnDone() override {
    call_->OnDone();
    delete this;
  }

  void SendInitialMetadata() override { StartSendInitialMetadata(); }
  void Write(const OutgoingMessage*, bool) override {}  // Uploads answer with SetResponse.
  void SetResponse(ByteBuffer response) override { *response_ = std::move(response); }
  void ReadNext() override { StartRead(&message_); }
  void Finish(const grpc::Status& status) override { ServerReadReactor::Finish(status); }

 private:
  CallbackServerContext* const context_;
  ByteBuffer* const response_;
  const std::shared_ptr<Call> call_;
  ByteBuffer message_;
  bool started_ = false;
  bool ended_ = false;
};

// gRPC's own handler, told of the queue that only the handler's parameter knows.
class StreamHandler final : public grpc::internal::MethodHandler {
 public:
  StreamHandler(const Environment& environment, const Endpoint& endpoint)
      : handler_([&, this](CallbackServerContext* context, const ByteBuffer* request) {
          auto* reactor = new StreamReactor(environment, endpoint, context, queue_);
          reactor->Run(Own(request));
          return reactor;
        }) {}

  void RunHandler(const HandlerParameter& parameter) override {
    queue_ = parameter.call->cq()->cq();
    handler_.RunHandler(parameter);
  }
  void* Deserialize(grpc_call* call, grpc_byte_buffer* request, grpc::Status* status,
                    void** data) override {
    return handler_.Deserialize(call, request, status, data);
  }

 private:
  std::atomic<grpc_completion_queue*> queue_{nullptr};  // the server's one, of all calls
  grpc::internal::CallbackServerStreamingHandler<ByteBuffer, OutgoingMessage> handler_;
};

RpcServiceMethod::RpcType TypeOf(const google::protobuf::MethodDescriptor& method) {
  if (method.server_streaming()) return RpcServiceMethod::SERVER_STREAMING;
  return method.client_streaming() ? RpcServiceMethod::CLIENT_STREAMING
                                   : RpcServiceMethod::NORMAL_RPC;
}

using Handler = std::unique_ptr<grpc::internal::MethodHandler>;

Handler MakeHandler(RpcServiceMethod::RpcType type, const Environment& environment,
                    const Endpoint& endpoint) {
  namespace internal = grpc::internal;
  switch (type) {
    case RpcServiceMethod::SERVER_STREAMING:
      return std::make_unique<StreamHandler>(environment, endpoint);
    case RpcServiceMethod::CLIENT_STREAMING:
      return std::make_unique<internal::CallbackClientStreamingHandler<ByteBuffer, ByteBuffer>>(
          [&](CallbackServerContext* context, ByteBuffer* response) {
            auto* reactor = new UploadReactor(environment, endpoint, context, response);
            reactor->Run();
            return reactor;
          });
    default:
      return std::make_unique<internal::CallbackUnaryHandler<ByteBuffer, ByteBuffer>>(
          [&](CallbackServerContext* context, const ByteBuffer* request, ByteBuffer* response) {
            auto* reactor = new UnaryReactor(environment, endpoint, context, response);
            reactor->Run(Own(request));
            return reactor;
          });
  }
}

}  // namespace

RpcService::RpcService(const Environment& environment, const std::deque<Endpoint>& endpoints) {
  for (const Endpoint& endpoint : endpoints) AddEndpoint(environment, endpoint);
}

void RpcService::AddEndpoint(const Environment& environment, const Endpoint& endpoint) {
  const RpcServiceMethod::RpcType type = TypeOf(*endpoint.route->method);
  // gRPC keeps the name's pointer: the route's string outlives the server.
  AddMethod(new RpcServiceMethod(endpoint.route->rpc_path.c_str(), type, /*handler=*/nullptr));
  MarkMethodRawCallback(method_count_++, MakeHandler(type, environment, endpoint).release());
}

}  // namespace fireworks::server
