#include "client/cpp/testing/fake_service.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_builder.h"

namespace fireworks::client {

class FakeService::Chat final : public fireworks::inference::v1::ChatCompletionService::Service {
 public:
  explicit Chat(ChatHandler handler) : handler_(std::move(handler)) {}

  grpc::Status StreamChatCompletion(grpc::ServerContext* context,
                                    const fireworks::inference::v1::ChatCompletionRequest* request,
                                    grpc::ServerWriter<Chunk>* writer) override {
    return handler_(context, *request, writer);
  }

 private:
  const ChatHandler handler_;
};

class FakeService::Models final : public fireworks::gateway::v1::ModelService::Service {
 public:
  explicit Models(ListHandler handler) : handler_(std::move(handler)) {}

  grpc::Status ListModels(grpc::ServerContext* context,
                          const fireworks::gateway::v1::ListModelsRequest* request,
                          fireworks::gateway::v1::ListModelsResponse* response) override {
    return handler_(context, *request, response);
  }

 private:
  const ListHandler handler_;
};

FakeService::FakeService(ChatHandler chat, ListHandler list)
    : chat_(std::make_unique<Chat>(std::move(chat))),
      models_(std::make_unique<Models>(std::move(list))) {
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(chat_.get());
  builder.RegisterService(models_.get());
  server_ = builder.BuildAndStart();
  target_ = absl::StrCat("127.0.0.1:", port);
}

FakeService::~FakeService() { server_->Shutdown(std::chrono::system_clock::now()); }

RefusingTarget::RefusingTarget() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  bind(fd_, reinterpret_cast<sockaddr*>(&address), size);
  getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
  target_ = absl::StrCat("127.0.0.1:", ntohs(address.sin_port));
}

RefusingTarget::~RefusingTarget() { close(fd_); }

FakeService::Chunk ContentChunk(absl::string_view content) {
  FakeService::Chunk chunk;
  chunk.add_choices()->mutable_delta()->set_content(std::string(content));
  return chunk;
}

FakeService::Chunk ReasoningChunk(absl::string_view reasoning) {
  FakeService::Chunk chunk;
  chunk.add_choices()->mutable_delta()->set_reasoning_content(std::string(reasoning));
  return chunk;
}

FakeService::Chunk FinishChunk(absl::string_view reason) {
  FakeService::Chunk chunk;
  chunk.add_choices()->set_finish_reason(std::string(reason));
  return chunk;
}

grpc::Status StatusWithDetails(grpc::StatusCode code, const std::string& message,
                               const std::vector<const google::protobuf::Message*>& details) {
  google::rpc::Status status;
  status.set_code(code);
  status.set_message(message);
  for (const auto* detail : details) status.add_details()->PackFrom(*detail);
  return grpc::Status(code, message, status.SerializeAsString());
}

grpc::Status TruncatedStatus() {
  google::rpc::ErrorInfo info;
  info.set_reason("STREAM_TRUNCATED");
  info.set_domain("fireworks.ai");
  google::rpc::RequestInfo request;
  request.set_request_id("req_7");
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(2);
  return StatusWithDetails(grpc::StatusCode::UNAVAILABLE, "the stream ended early",
                           {&info, &request, &retry});
}

}  // namespace fireworks::client
