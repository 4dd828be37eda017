// grpc.reflection, v1 and v1alpha: what is served here, for people with a tool such as
// grpcurl. gRPC's own would answer whoever asks; this one asks a gate first.
#ifndef FIREWORKS_SERVICE_SERVER_REFLECTION_SERVICE_H_
#define FIREWORKS_SERVICE_SERVER_REFLECTION_SERVICE_H_

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "grpcpp/impl/service_type.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/status.h"

namespace fireworks::server {

class ReflectionService final : public grpc::Service {
 public:
  // What a stream that asks ends with at once, unless it is OK. `method` is one of
  // ReflectionMethods (contract_methods.h). Called on gRPC's threads; must not block.
  using Gate = std::function<grpc::Status(const grpc::CallbackServerContext& context,
                                          const std::string& method)>;

  // `services` are listed, besides these two; their descriptors are those that are
  // compiled in. Must outlive the gRPC server.
  ReflectionService(std::vector<std::string> services, Gate gate);

 private:
  // `method` outlives this.
  void Add(const std::string& method);

  const std::vector<std::string> services_;
  const Gate gate_;
  std::deque<std::string> paths_;
  int method_count_ = 0;
};

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_REFLECTION_SERVICE_H_
