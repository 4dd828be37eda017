// A gRPC server that a test scripts, for the client's side of the contract.
#ifndef FIREWORKS_CLIENT_CPP_TESTING_FAKE_SERVICE_H_
#define FIREWORKS_CLIENT_CPP_TESTING_FAKE_SERVICE_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "fireworks/gateway/v1/model_service.grpc.pb.h"
#include "fireworks/inference/v1/chat_completion_service.grpc.pb.h"
#include "google/protobuf/message.h"
#include "grpcpp/server.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/sync_stream.h"

namespace fireworks::client {

// Listens on a free port of loopback from construction to destruction, which
// cancels running calls. The handlers run on gRPC's threads; what they capture
// must outlive the fake.
class FakeService {
 public:
  using Chunk = fireworks::inference::v1::ChatCompletionStreamResponse;
  using ChatHandler = std::function<grpc::Status(
      grpc::ServerContext* context, const fireworks::inference::v1::ChatCompletionRequest& request,
      grpc::ServerWriter<Chunk>* writer)>;
  using ListHandler = std::function<grpc::Status(
      grpc::ServerContext* context, const fireworks::gateway::v1::ListModelsRequest& request,
      fireworks::gateway::v1::ListModelsResponse* response)>;

  explicit FakeService(ChatHandler chat, ListHandler list = nullptr);
  ~FakeService();

  // host:port
  const std::string& target() const { return target_; }

 private:
  class Chat;
  class Models;

  std::unique_ptr<Chat> chat_;
  std::unique_ptr<Models> models_;
  std::string target_;
  std::unique_ptr<grpc::Server> server_;
};

// A target on loopback that refuses connections, as long as this lives.
class RefusingTarget {
 public:
  RefusingTarget();
  ~RefusingTarget();
  RefusingTarget(const RefusingTarget&) = delete;
  RefusingTarget& operator=(const RefusingTarget&) = delete;

  // host:port
  const std::string& target() const { return target_; }

 private:
  // Bound, so that nobody else gets the port, but not listening.
  int fd_;
  std::string target_;
};

// Chunks of the first choice.
FakeService::Chunk ContentChunk(absl::string_view content);
FakeService::Chunk ReasoningChunk(absl::string_view reasoning);
FakeService::Chunk FinishChunk(absl::string_view reason);

// A status as the service makes them.
grpc::Status StatusWithDetails(grpc::StatusCode code, const std::string& message,
                               const std::vector<const google::protobuf::Message*>& details);

// UNAVAILABLE with reason, request id `req_7` and a retry delay of 2 s.
grpc::Status TruncatedStatus();

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_TESTING_FAKE_SERVICE_H_
