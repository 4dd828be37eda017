// Calls of methods that are not served here: UNIMPLEMENTED, and counted.
#ifndef FIREWORKS_SERVICE_SERVER_UNKNOWN_METHODS_H_
#define FIREWORKS_SERVICE_SERVER_UNKNOWN_METHODS_H_

#include "grpcpp/generic/async_generic_service.h"
#include "service/telemetry/metrics.h"

namespace fireworks::server {

// Takes what no other service of its gRPC server does, which it must outlive.
class UnknownMethods final : public grpc::CallbackGenericService {
 public:
  // `metrics` outlives this.
  explicit UnknownMethods(telemetry::MethodMetrics* metrics) : metrics_(metrics) {}

 private:
  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override;

  telemetry::MethodMetrics* const metrics_;
};

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_UNKNOWN_METHODS_H_
