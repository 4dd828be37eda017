#include "client/cpp/testing/fake_methods.h"

#include <chrono>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "grpcpp/server_builder.h"
#include "grpcpp/support/byte_buffer.h"

namespace fireworks::client {
namespace {

std::string Bytes(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

grpc::ByteBuffer Buffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

ScriptedAnswer Unimplemented(const ReceivedCall&) {
  return Answer(grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "no handler"));
}

// Reads all requests, asks the handler, writes its responses. Owns itself until OnDone.
class ScriptedCall final : public grpc::ServerGenericBidiReactor {
 public:
  ScriptedCall(const grpc::GenericCallbackServerContext& context, FakeMethods::Handler handler)
      : handler_(std::move(handler)) {
    for (const auto& [name, value] : context.client_metadata()) {
      call_.metadata.emplace(std::string(name.data(), name.size()),
                             std::string(value.data(), value.size()));
    }
    StartRead(&buffer_);
  }

  void OnReadDone(bool ok) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (ok) {
      call_.requests.push_back(Bytes(buffer_));
      StartRead(&buffer_);
      return;
    }
    answer_ = handler_(call_);
    WriteNext();
  }

  void OnWriteDone(bool ok) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (ok) return WriteNext();
    Finish(answer_.status);
  }

  void OnDone() override {
    // The reaction that finished the call may not have returned yet.
    { const std::lock_guard<std::mutex> lock(mutex_); }
    delete this;
  }

 private:
  void WriteNext() {
    if (next_ == answer_.responses.size()) return Finish(answer_.status);
    buffer_ = Buffer(answer_.responses[next_++]);
    StartWrite(&buffer_);
  }

  const FakeMethods::Handler handler_;
  std::mutex mutex_;
  // Under mutex_.
  ReceivedCall call_;
  ScriptedAnswer answer_;
  grpc::ByteBuffer buffer_;
  std::size_t next_ = 0;
};

}  // namespace

ScriptedAnswer Answer(const google::protobuf::Message& message) { return Answer({&message}); }

ScriptedAnswer Answer(const std::vector<const google::protobuf::Message*>& messages) {
  ScriptedAnswer answer;
  for (const auto* message : messages) answer.responses.push_back(message->SerializeAsString());
  return answer;
}

ScriptedAnswer Answer(const grpc::Status& status) { return {{}, status}; }

class FakeMethods::Service final : public grpc::CallbackGenericService {
 public:
  explicit Service(std::map<std::string, FakeMethods::Handler> handlers)
      : handlers_(std::move(handlers)) {}

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    const auto found = handlers_.find(context->method().substr(1));
    return new ScriptedCall(*context, found == handlers_.end() ? Unimplemented : found->second);
  }

 private:
  const std::map<std::string, FakeMethods::Handler> handlers_;
};

FakeMethods::FakeMethods(std::map<std::string, Handler> handlers,
                         std::shared_ptr<grpc::ServerCredentials> credentials)
    : service_(std::make_unique<Service>(std::move(handlers))) {
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", std::move(credentials), &port);
  builder.RegisterCallbackGenericService(service_.get());
  server_ = builder.BuildAndStart();
  target_ = absl::StrCat("127.0.0.1:", port);
}

FakeMethods::~FakeMethods() { server_->Shutdown(std::chrono::system_clock::now()); }

}  // namespace fireworks::client
