#include "service/server/unknown_methods.h"

#include <chrono>

namespace fireworks::server {
namespace {

using std::chrono::steady_clock;

// gRPC owns a reactor until OnDone.
class Refusal final : public grpc::ServerGenericBidiReactor {
 public:
  explicit Refusal(telemetry::MethodMetrics* metrics) : metrics_(metrics) {
    metrics_->Started();
    Finish(grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "this service has no such method"));
  }

  void OnDone() override {
    telemetry::FinishedCall call;
    call.status = grpc::StatusCode::UNIMPLEMENTED;
    call.seconds = std::chrono::duration<double>(steady_clock::now() - began_).count();
    metrics_->Finished(call);
    delete this;
  }

 private:
  telemetry::MethodMetrics* const metrics_;
  const steady_clock::time_point began_ = steady_clock::now();
};

}  // namespace

grpc::ServerGenericBidiReactor* UnknownMethods::CreateReactor(
    grpc::GenericCallbackServerContext*) {
  return new Refusal(metrics_);
}

}  // namespace fireworks::server
