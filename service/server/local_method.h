// RPCs that the service answers by itself (fireworks.options.v1.method.local).
#ifndef FIREWORKS_SERVICE_SERVER_LOCAL_METHOD_H_
#define FIREWORKS_SERVICE_SERVER_LOCAL_METHOD_H_

#include <string>

#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "grpcpp/server_context.h"

namespace fireworks::server {

// Thread-safe.
class LocalMethod {
 public:
  virtual ~LocalMethod() = default;

  // Fills `response`; must not block. `request` and `response` are of the method's
  // types. An error is answered as it is, with field violations if it has any.
  virtual absl::Status Answer(const grpc::CallbackServerContext& context,
                              const std::string& request_id,
                              const google::protobuf::Message& request,
                              google::protobuf::Message* response) const = 0;
};

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_LOCAL_METHOD_H_
