// Of service/server/server.h: where callers come in, and whether they can.
#include <algorithm>
#include <chrono>
#include <climits>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/server_builder.h"
#include "service/server/connection_limits.h"
#include "service/server/contract_methods.h"
#include "service/server/error.h"
#include "service/server/exposure.h"
#include "service/server/metadata.h"
#include "service/server/server.h"

namespace fireworks::server {
namespace {

// The health listener is for probes, which come one at a time and do not stay.
constexpr std::size_t kMaxHealthConnections = 64;
constexpr std::chrono::milliseconds kMaxHealthIdle{60'000};

// The name under which health tells whether the process should be started anew. It
// goes on SERVING through a drain, which a restart would cut short.
constexpr char kLiveness[] = "liveness";

// Listens on `listener`'s address with a server of `builder`, and accepts.
absl::StatusOr<std::unique_ptr<grpc::Server>> Start(
    const ListenerOptions& options, std::shared_ptr<grpc::ServerCredentials> credentials,
    grpc::ServerBuilder* builder, std::unique_ptr<Listener>* listener) {
  absl::StatusOr<std::unique_ptr<Listener>> opened = Listener::Open(options);
  if (!opened.ok()) return opened.status();
  (*opened)->Attach(builder, std::move(credentials));
  std::unique_ptr<grpc::Server> server = builder->BuildAndStart();
  if (server == nullptr) {
    return absl::UnavailableError(absl::StrCat("cannot listen on ", options.address));
  }
  *listener = *std::move(opened);
  return server;
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> Server::ListenCredentials() {
  if (absl::Status status = CheckPlaintext(options_); !status.ok()) return status;
  if (!HasPrivateListener(options_)) {
    log_.Write(telemetry::LogLine("plaintext", telemetry::LogLevel::kWarning)
                   .Text("listen", options_.listen)
                   .Text("message", "callers are served without TLS on an address that is not "
                                    "loopback: everyone on the way can read and change what "
                                    "they say"));
  }
  return MakeListenCredentials(options_.tls);
}

absl::Status Server::ListenForHealth() {
  grpc::EnableDefaultHealthCheckService(true);
  if (options_.health_listen.empty()) return absl::OkStatus();
  grpc::ServerBuilder builder;
  builder.RegisterCallbackGenericService(&no_service_);
  ConnectionLimits limits = options_.connections;
  limits.max_idle = std::min(limits.max_idle, kMaxHealthIdle);
  SetConnectionLimits(limits, contract_->longest_call(), &builder);
  ListenerOptions where;
  where.address = options_.health_listen;
  where.max_connections = kMaxHealthConnections;
  where.descriptor_ceiling = INT_MAX;  // Health is asked for above all when there is want.
  auto started = Start(where, grpc::InsecureServerCredentials(), &builder, &health_listener_);
  if (!started.ok()) return started.status();
  health_server_ = *std::move(started);
  return absl::OkStatus();
}

absl::Status Server::Listen() {
  grpc::ServerBuilder builder;
  SetConnectionLimits(options_.connections, contract_->longest_call(), &builder);
  builder.SetMaxReceiveMessageSize(static_cast<int>(options_.limits.max_request_bytes));
  builder.SetMaxSendMessageSize(-1);
  for (RpcService& service : services_) builder.RegisterService(&service);
  builder.RegisterCallbackGenericService(&unknown_methods_);
  AddReflection(&builder);
  auto credentials = ListenCredentials();
  if (!credentials.ok()) return credentials.status();
  ListenerOptions where;
  where.address = options_.listen;
  where.max_connections = static_cast<std::size_t>(options_.connections.max_connections);
  where.descriptor_ceiling = options_.descriptor_ceiling;
  auto started = Start(where, *std::move(credentials), &builder, &listener_);
  if (!started.ok()) return started.status();
  server_ = *std::move(started);
  self_probe_.emplace(listener_->socket(), options_.self_probe);
  UpdateHealth();
  if (health_listener_ != nullptr) health_listener_->Start();
  listener_->Start();
  return absl::OkStatus();
}

void Server::AddReflection(grpc::ServerBuilder* builder) {
  const bool local = IsLoopback(options_.listen);
  if (!options_.reflection || (!local && !options_.tls.mutual())) return;
  std::vector<std::string> names{"grpc.health.v1.Health"};
  for (const std::deque<Endpoint>& endpoints : contract_->services()) {
    names.push_back(endpoints.front().route->method->service()->full_name());
  }
  const bool open = local && !options_.tls.enabled();
  reflection_ = std::make_unique<ReflectionService>(
      std::move(names), [this, open](const grpc::CallbackServerContext& context,
                                     const std::string& method) {
        return open ? grpc::Status::OK : PermitReflection(context, method);
      });
  builder->RegisterService(reflection_.get());
}

grpc::Status Server::PermitReflection(const grpc::CallbackServerContext& context,
                                      const std::string& method) const {
  absl::StatusOr<access::Caller> caller = gatekeeper_->Identify(context);
  absl::Status permitted = caller.status();
  if (caller.ok()) permitted = gatekeeper_->Decide(*caller, ReflectionTraits(method)).status();
  return permitted.ok() ? grpc::Status::OK
                        : ToStatus(RequestError(permitted), RequestId(context));
}

void Server::UpdateHealth() {
  std::lock_guard<std::mutex> lock(health_mutex_);
  const bool serving = reachable_ && !draining_ && gatekeeper_->ready();
  const auto told = std::make_pair(serving, reachable_);
  if (told_ == told) return;  // gRPC would tell everyone who watches again.
  told_ = told;
  metrics_.serving().Set(serving ? 1 : 0);
  for (grpc::Server* server : {server_.get(), health_server_.get()}) {
    if (server == nullptr) continue;
    grpc::HealthCheckServiceInterface* health = server->GetHealthCheckService();
    health->SetServingStatus("", serving);
    for (const std::deque<Endpoint>& endpoints : contract_->services()) {
      health->SetServingStatus(endpoints.front().route->method->service()->full_name(), serving);
    }
    health->SetServingStatus(kLiveness, reachable_);
  }
}

void Server::StopListening() {
  probing_.reset();
  if (listener_ != nullptr) listener_->Close();
}

void Server::ProbeSelf() {
  const absl::Status answered = self_probe_->Probe();
  if (!answered.ok()) metrics_.self_probe_failures().Increment();
  {
    std::lock_guard<std::mutex> lock(health_mutex_);
    if (std::exchange(reachable_, self_probe_->alive()) == reachable_) return;
  }
  telemetry::LogLine line("self_probe", answered.ok() ? telemetry::LogLevel::kInfo
                                                      : telemetry::LogLevel::kError);
  line.Text("message", answered.ok() ? "callers can connect again" : answered.message());
  log_.Write(std::move(line));
  UpdateHealth();
}

}  // namespace fireworks::server
