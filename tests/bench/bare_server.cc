// The ceiling of the transport: a callback gRPC server that streams one
// prebuilt chat chunk as often as the caller asks, with no upstream behind it.
//
//   bare_server    prints "listening on 127.0.0.1:PORT"
//
// Request metadata `x-bench-events` says how many messages to send.
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/synchronization/mutex.h"
#include "fireworks/inference/v1/chat_completion.pb.h"
#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"

namespace {

using grpc::ByteBuffer;

// A content chunk as the simulator's blast mode makes the service send it.
ByteBuffer Chunk() {
  fireworks::inference::v1::ChatCompletionStreamResponse chunk;
  chunk.set_id("chatcmpl-0123456789abcdef0123456789abcdef");
  chunk.set_object("chat.completion.chunk");
  chunk.set_created(1'748'501'234);
  chunk.set_model("accounts/fireworks/models/benchmark");
  auto* choice = chunk.add_choices();
  choice->set_index(0);
  choice->mutable_delta()->set_content(" three tokens here");
  const grpc::Slice slice(chunk.SerializeAsString());
  return ByteBuffer(&slice, 1);
}

class Stream final : public grpc::ServerGenericBidiReactor {
 public:
  Stream(const ByteBuffer& chunk, long events) : chunk_(chunk), left_(events) {
    // By itself, as the service does.
    StartSendInitialMetadata();
    StartRead(&request_);
  }

  void OnReadDone(bool) override { Next(); }
  void OnWriteDone(bool ok) override {
    if (!ok) left_ = 0;
    Next();
  }
  void OnDone() override { delete this; }

 private:
  void Next() {
    if (left_ <= 0) {
      Finish(grpc::Status::OK);
      return;
    }
    --left_;
    // Without a hint: a chunk is sent when it is there, as a model's tokens are.
    StartWrite(&chunk_);
  }

  const ByteBuffer& chunk_;
  long left_;
  ByteBuffer request_;
};

class BareService final : public grpc::CallbackGenericService {
 public:
  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    const auto found = context->client_metadata().find("x-bench-events");
    long events = 0;
    if (found != context->client_metadata().end()) {
      const absl::string_view text(found->second.data(), found->second.size());
      if (!absl::SimpleAtoi(text, &events)) events = 0;
    }
    return new Stream(chunk_, events);
  }

 private:
  const ByteBuffer chunk_ = Chunk();
};

}  // namespace

int main() {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  BareService service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterCallbackGenericService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return EXIT_FAILURE;
  std::cout << "listening on 127.0.0.1:" << port << std::endl;
  int received = 0;
  sigwait(&signals, &received);
  server->Shutdown(std::chrono::system_clock::now());
  return EXIT_SUCCESS;
}
