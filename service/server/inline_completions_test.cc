#include "service/server/inline_completions.h"

#include <algorithm>
#include <future>
#include <memory>
#include <mutex>
#include <string>

#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/impl/codegen/server_callback_handlers.h"
#include "grpcpp/impl/rpc_service_method.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "grpcpp/support/byte_buffer.h"
#include "gtest/gtest.h"

namespace fireworks::server {
namespace {

using grpc::ByteBuffer;

constexpr char kMethod[] = "/test.Numbers/Count";
constexpr int kMessages = 500;

ByteBuffer BytesOf(int number) {
  const grpc::Slice slice(std::to_string(number));
  return ByteBuffer(&slice, 1);
}

std::string TextOf(const ByteBuffer& bytes) {
  grpc::Slice slice;
  EXPECT_TRUE(bytes.DumpToSingleSlice(&slice).ok());
  return std::string(slice.begin(), slice.end());
}

// What became of a stream's writes.
struct Writes {
  int in_place = 0;  // completed within RunWithCompletions
  int deepest = 0;   // calls of OnWriteDone within each other
};

// Calls of RunWithCompletions on this thread.
thread_local int starting = 0;

// Writes numbers, each in the completion of the one before.
class Counter final : public grpc::ServerWriteReactor<ByteBuffer> {
 public:
  Counter(grpc_completion_queue* queue, std::promise<Counter*>* ready, std::promise<Writes>* done)
      : queue_(queue), ready_(ready), done_(done) {
    StartSendInitialMetadata();
  }

  void Begin() { Next(); }

  void OnSendInitialMetadataDone(bool) override { ready_->set_value(this); }
  void OnWriteDone(bool ok) override {
    thread_local int depth = 0;
    ++depth;
    EXPECT_TRUE(ok);
    {
      std::lock_guard<std::mutex> lock(mutex_);
      writes_.deepest = std::max(writes_.deepest, depth);
      if (starting > 0) ++writes_.in_place;
    }
    Next();
    --depth;
  }
  void OnDone() override {
    done_->set_value(writes_);
    delete this;
  }

 private:
  void Next() {
    grpc::WriteOptions options;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (written_ == kMessages) return Finish(grpc::Status::OK);
      message_ = BytesOf(written_++);
      if (written_ < kMessages) options.set_buffer_hint();
    }
    ++starting;
    RunWithCompletions(queue_, [&] { StartWrite(&message_, options); });
    --starting;
  }

  grpc_completion_queue* const queue_;
  std::promise<Counter*>* const ready_;
  std::promise<Writes>* const done_;
  std::mutex mutex_;
  // Guarded by mutex_; message_ by the write that is under way.
  int written_ = 0;
  ByteBuffer message_;
  Writes writes_;
};

class CountHandler final : public grpc::internal::MethodHandler {
 public:
  CountHandler(std::promise<Counter*>* ready, std::promise<Writes>* done)
      : handler_([this, ready, done](grpc::CallbackServerContext*, const ByteBuffer*) {
          return new Counter(queue_, ready, done);
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
  grpc_completion_queue* queue_ = nullptr;
  grpc::internal::CallbackServerStreamingHandler<ByteBuffer, ByteBuffer> handler_;
};

class CountService final : public grpc::Service {
 public:
  CountService(std::promise<Counter*>* ready, std::promise<Writes>* done) {
    using grpc::internal::RpcServiceMethod;
    AddMethod(new RpcServiceMethod(kMethod, RpcServiceMethod::SERVER_STREAMING, nullptr));
    MarkMethodRawCallback(0, std::make_unique<CountHandler>(ready, done).release());
  }
};

// Reads the stream's numbers, and tells how it ended.
class Reader final : public grpc::ClientBidiReactor<ByteBuffer, ByteBuffer> {
 public:
  explicit Reader(grpc::GenericStub* stub) : request_(BytesOf(0)) {
    stub->PrepareBidiStreamingCall(&context_, kMethod, grpc::StubOptions(), this);
    StartWriteLast(&request_, grpc::WriteOptions());
    StartRead(&message_);
    StartCall();
  }
  void OnReadDone(bool ok) override {
    if (!ok) return;
    EXPECT_EQ(TextOf(message_), std::to_string(read_++));
    StartRead(&message_);
  }
  void OnDone(const grpc::Status& status) override { status_.set_value(status); }

  grpc::Status Await() { return status_.get_future().get(); }
  int read() const { return read_; }

 private:
  grpc::ClientContext context_;
  ByteBuffer request_;
  ByteBuffer message_;
  int read_ = 0;
  std::promise<grpc::Status> status_;
};

TEST(InlineCompletionsTest, WritesAreCompletedWhereTheyWereStarted) {
  std::promise<Counter*> ready;
  std::promise<Writes> done;
  CountService service(&ready, &done);
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  ASSERT_NE(server, nullptr);
  grpc::GenericStub stub(grpc::CreateChannel("127.0.0.1:" + std::to_string(port),
                                             grpc::InsecureChannelCredentials()));
  Reader reader(&stub);
  ready.get_future().get()->Begin();
  const grpc::Status status = reader.Await();
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(reader.read(), kMessages);
  const Writes seen = done.get_future().get();
  // Each that finds gRPC's connection free. The first may meet the initial metadata there.
  EXPECT_GT(seen.in_place, 0);
  // Not on top of each other, however many there are: at most on top of the one that
  // gRPC's thread told of.
  EXPECT_LE(seen.deepest, 2);
  server->Shutdown();
}

}  // namespace
}  // namespace fireworks::server
