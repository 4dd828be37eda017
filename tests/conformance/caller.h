// Calls any RPC of a running service, by descriptors alone.
#ifndef FIREWORKS_TESTS_CONFORMANCE_CALLER_H_
#define FIREWORKS_TESTS_CONFORMANCE_CALLER_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "grpcpp/channel.h"
#include "grpcpp/generic/generic_stub.h"

namespace fireworks::conformance {

struct Outcome {
  std::vector<std::unique_ptr<google::protobuf::Message>> answers;
  grpc::Status status;
};

// Thread-compatible.
class Caller {
 public:
  // `target`: "127.0.0.1:port"
  explicit Caller(const std::string& target);

  // Sends all `requests`, then reads all answers. Blocks until the call has ended.
  Outcome Call(const google::protobuf::MethodDescriptor& method,
               const std::vector<std::pair<std::string, std::string>>& metadata,
               const std::vector<std::unique_ptr<google::protobuf::Message>>& requests);

 private:
  using Message = google::protobuf::Message;

  grpc::TemplatedGenericStub<Message, Message> stub_;
};

}  // namespace fireworks::conformance

#endif  // FIREWORKS_TESTS_CONFORMANCE_CALLER_H_
