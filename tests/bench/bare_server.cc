// The ceiling of the transport: a callback gRPC server that streams one
// prebuilt chat chunk as often as the caller asks, with no upstream behind it, and
// answers unary calls with one prebuilt completion.
//
//   bare_server    prints "listening on 127.0.0.1:PORT"
//
// Request metadata `x-bench-events` says how many messages of a stream to send. With
// `x-bench-pace-ms` each comes so long after the one before it and tells when it was
// written, as the simulator's events do.
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "fireworks/inference/v1/chat_completion.pb.h"
#include "grpcpp/alarm.h"
#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "tests/simulator/time_stamp.h"

namespace {

using grpc::ByteBuffer;

constexpr char kUnaryMethod[] =
    "/fireworks.inference.v1.ChatCompletionService/CreateChatCompletion";

ByteBuffer Buffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return ByteBuffer(&slice, 1);
}

// A content chunk as the simulator's blast mode makes the service send it.
std::string Chunk(const std::string& content) {
  fireworks::inference::v1::ChatCompletionStreamResponse chunk;
  chunk.set_id("chatcmpl-0123456789abcdef0123456789abcdef");
  chunk.set_object("chat.completion.chunk");
  chunk.set_created(1'748'501'234);
  chunk.set_model("accounts/fireworks/models/benchmark");
  auto* choice = chunk.add_choices();
  choice->set_index(0);
  choice->mutable_delta()->set_content(content);
  return chunk.SerializeAsString();
}

// A short answer, as the simulator makes the service send it.
ByteBuffer Completion() {
  fireworks::inference::v1::ChatCompletionResponse completion;
  completion.set_id("chatcmpl-0123456789abcdef0123456789abcdef");
  completion.set_object("chat.completion");
  completion.set_created(1'748'501'234);
  completion.set_model("accounts/fireworks/models/benchmark");
  auto* choice = completion.add_choices();
  choice->set_index(0);
  choice->mutable_message()->set_role("assistant");
  choice->mutable_message()->mutable_content()->set_text(" three tokens here");
  choice->set_finish_reason("stop");
  completion.mutable_usage()->set_prompt_tokens(5);
  completion.mutable_usage()->set_completion_tokens(3);
  completion.mutable_usage()->set_total_tokens(8);
  return Buffer(completion.SerializeAsString());
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

// Its messages are made one by one, since each tells the time.
class PacedStream final : public grpc::ServerGenericBidiReactor {
 public:
  PacedStream(const std::string& unstamped, long events, long pace_ms)
      : unstamped_(unstamped), left_(events), pace_(pace_ms) {
    StartSendInitialMetadata();
    StartRead(&request_);
  }

  void OnReadDone(bool) override { Write(); }
  void OnWriteDone(bool ok) override {
    if (!ok || left_ == 0) {
      Finish(grpc::Status::OK);
      return;
    }
    alarm_.Set(std::chrono::system_clock::now() + pace_, [this](bool) { Write(); });
  }
  void OnDone() override { delete this; }

 private:
  void Write() {
    --left_;
    std::string bytes = unstamped_;
    fireworks::simulator::StampTime(&bytes);
    chunk_ = Buffer(bytes);
    StartWrite(&chunk_);
  }

  const std::string& unstamped_;
  long left_;
  const std::chrono::milliseconds pace_;
  grpc::Alarm alarm_;
  ByteBuffer request_;
  ByteBuffer chunk_;
};

class Unary final : public grpc::ServerGenericBidiReactor {
 public:
  explicit Unary(const ByteBuffer& answer) : answer_(answer) { StartRead(&request_); }

  void OnReadDone(bool) override {
    StartWriteAndFinish(&answer_, grpc::WriteOptions(), grpc::Status::OK);
  }
  void OnDone() override { delete this; }

 private:
  const ByteBuffer& answer_;
  ByteBuffer request_;
};

class BareService final : public grpc::CallbackGenericService {
 public:
  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    if (context->method() == kUnaryMethod) return new Unary(completion_);
    const long events = Number(context, "x-bench-events");
    const long pace_ms = Number(context, "x-bench-pace-ms");
    if (pace_ms > 0) return new PacedStream(unstamped_, events, pace_ms);
    return new Stream(chunk_, events);
  }

 private:
  // Of metadata; 0 when there is none.
  static long Number(const grpc::GenericCallbackServerContext* context, const char* key) {
    const auto found = context->client_metadata().find(key);
    long number = 0;
    if (found == context->client_metadata().end()) return number;
    const absl::string_view text(found->second.data(), found->second.size());
    return absl::SimpleAtoi(text, &number) ? number : 0;
  }

  const ByteBuffer chunk_ = Buffer(Chunk(" three tokens here"));
  const std::string unstamped_ =
      Chunk(absl::StrCat(" three tokens here", fireworks::simulator::kUnstamped));
  const ByteBuffer completion_ = Completion();
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
