// gRPC services made from descriptors: every method of a service is served on
// raw byte buffers by the one Call. Reflection, health checks and
// UNIMPLEMENTED see it as any generated service.
#ifndef FIREWORKS_SERVICE_SERVER_RPC_SERVICE_H_
#define FIREWORKS_SERVICE_SERVER_RPC_SERVICE_H_

#include <deque>
#include <string>

#include "google/protobuf/descriptor.h"
#include "grpcpp/impl/service_type.h"
#include "service/server/environment.h"

namespace fireworks::server {

class RpcService final : public grpc::Service {
 public:
  // Serves `endpoints`, all of one gRPC service. Both arguments, and this
  // object, must outlive the gRPC server.
  RpcService(const Environment& environment, const std::deque<Endpoint>& endpoints);

 private:
  void AddEndpoint(const Environment& environment, const Endpoint& endpoint);

  int method_count_ = 0;
};

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_RPC_SERVICE_H_
