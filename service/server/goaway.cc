#include "service/server/goaway.h"

#include <chrono>
#include <future>
#include <memory>

#include "grpc/grpc.h"
#include "grpcpp/alarm.h"

namespace fireworks::server {

// grpc_core::Server::SendGoaways(), which libgrpc 1.51 exports but no header declares:
// gRPC's public interface has no way to say GOAWAY that does not shut down. A grpc_server
// is a grpc_core::Server. A library without it does not link.
void CoreSendGoaways(grpc_server* server) __asm__("_ZN9grpc_core6Server11SendGoawaysEv");

void SendGoaways(grpc::Server* server) {
  // Shared with the function, which may still be about to return when this one does.
  const auto sent = std::make_shared<std::promise<void>>();
  // gRPC's inner functions want its ExecCtx on the stack. The thread that runs the functions
  // of alarms has one, and works off what is left there when the function has returned.
  grpc::Alarm alarm;
  alarm.Set(std::chrono::system_clock::now(), [server, sent](bool) {
    CoreSendGoaways(server->c_server());
    sent->set_value();
  });
  sent->get_future().wait();
}

}  // namespace fireworks::server
