// A gRPC server that answers any method that a test scripts, by name: for what is too
// wide to have a fake of its own.
#ifndef FIREWORKS_CLIENT_CPP_TESTING_FAKE_METHODS_H_
#define FIREWORKS_CLIENT_CPP_TESTING_FAKE_METHODS_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "google/protobuf/message.h"
#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "grpcpp/support/status.h"

namespace fireworks::client {

// What a method received: the serialized requests, and the metadata.
struct ReceivedCall {
  std::vector<std::string> requests;
  std::multimap<std::string, std::string> metadata;

  // The request at `index`.
  template <typename T>
  T As(std::size_t index = 0) const {
    T message;
    message.ParseFromString(requests.at(index));
    return message;
  }
};

// What it answers: serialized messages, then the status.
struct ScriptedAnswer {
  std::vector<std::string> responses;
  grpc::Status status;
};

// An answer of one message, or of some.
ScriptedAnswer Answer(const google::protobuf::Message& message);
ScriptedAnswer Answer(const std::vector<const google::protobuf::Message*>& messages);
ScriptedAnswer Answer(const grpc::Status& status);

// Listens on a free port of loopback from construction to destruction. Handlers run on
// gRPC's threads, once all requests of a call have come; what they capture must outlive
// the fake. Methods without a handler are UNIMPLEMENTED.
class FakeMethods {
 public:
  using Handler = std::function<ScriptedAnswer(const ReceivedCall& call)>;

  // By path: `fireworks.gateway.v1.ModelService/GetModel`.
  explicit FakeMethods(
      std::map<std::string, Handler> handlers,
      std::shared_ptr<grpc::ServerCredentials> credentials = grpc::InsecureServerCredentials());
  ~FakeMethods();

  // host:port
  const std::string& target() const { return target_; }

 private:
  class Service;

  std::unique_ptr<Service> service_;
  std::string target_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_TESTING_FAKE_METHODS_H_
