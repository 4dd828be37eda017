#include "service/server/server.h"

#include <algorithm>
#include <chrono>
#include <climits>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <unistd.h>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "grpc/grpc.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/server_builder.h"
#include "service/server/call.h"

namespace fireworks::server {
namespace {

using std::chrono::milliseconds;

// Silence after which a caller is pinged, and how long it may take to answer.
constexpr int kKeepaliveMs = 30'000;
constexpr int kKeepaliveTimeoutMs = 10'000;
// Callers may ping this often.
constexpr int kMinCallerPingMs = 10'000;
// After the grace: time for statuses to reach callers.
constexpr milliseconds kFlushTime{2'000};
// How often a drain without calls ends what is no call of ours.
constexpr milliseconds kSweepInterval{50};

constexpr char kReflectionPlugin[] = "proto_server_reflection";

// Takes reflection out of a server: linking it registers it for all of them.
class WithoutReflection : public grpc::ServerBuilderOption {
 public:
  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    plugins->erase(std::remove_if(plugins->begin(), plugins->end(),
                                  [](const auto& plugin) {
                                    return plugin->name() == kReflectionPlugin;
                                  }),
                   plugins->end());
  }
};

int ToInt(milliseconds time) {
  return static_cast<int>(std::min<std::int64_t>(time.count(), INT_MAX));
}

// How often slow readers are looked for: what they are given beyond their limit.
milliseconds HousekeepingInterval(const Limits& limits) {
  return std::min(std::max(limits.slow_reader_timeout / 4, milliseconds(10)), milliseconds(1'000));
}

// Whether nobody on the way can read what callers send.
bool HasPrivateListener(const Options& options) {
  return options.tls.enabled() || IsLoopback(options.listen);
}

absl::Status CheckIdentity(const Options& options) {
  if (!options.access.identity.sources().empty() || IsLoopback(options.listen)) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(absl::StrCat(
      "refusing to serve everyone who reaches ", options.listen, ", which is not loopback: ",
      "configure `identity`; `identity { sources { anonymous {} } }` accepts everyone"));
}

absl::Status CheckPlaintext(const Options& options) {
  if (HasPrivateListener(options) || options.allow_plaintext) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "refusing to serve plaintext on ", options.listen, ", which is not loopback: configure ",
      "`server.tls`, or set `server.allow_plaintext` if something else protects the way"));
}

absl::StatusOr<std::unique_ptr<grpc::Server>> Start(grpc::ServerBuilder* builder,
                                                    const std::string& address,
                                                    std::shared_ptr<grpc::ServerCredentials> how,
                                                    int* port) {
  builder->AddListeningPort(address, std::move(how), port);
  std::unique_ptr<grpc::Server> server = builder->BuildAndStart();
  if (server == nullptr || *port == 0) {
    return absl::UnavailableError(absl::StrCat("cannot listen on ", address));
  }
  return server;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Build(const Options& options,
                                                      upstream::Secret api_key) {
  auto server = std::unique_ptr<Server>(new Server(options));
  server->AddLocalMethods(!api_key.empty() || !options.keys.labels.empty());
  if (absl::Status status = server->CompileContract(); !status.ok()) return status;
  if (absl::Status status = server->OpenGates(); !status.ok()) return status;
  if (!options.keys.labels.empty()) {
    auto keys = KeyKeeper::Create(options.keys, &server->metrics_, &server->log_);
    if (!keys.ok()) return keys.status();
    server->keys_ = *std::move(keys);
    server->environment_.keys = server->keys_.get();
  }

  upstream::ClientOptions client_options = options.upstream;
  client_options.api_key = std::move(api_key);
  absl::StatusOr<std::unique_ptr<upstream::Client>> client =
      upstream::Client::Create(std::move(client_options));
  if (!client.ok()) return client.status();
  server->client_ = *std::move(client);
  server->environment_.client = server->client_.get();

  if (!options.metrics_listen.empty()) {
    absl::Status status = server->metrics_.Serve(options.metrics_listen);
    if (!status.ok()) return status;
  }
  if (absl::Status status = server->Listen(); !status.ok()) return status;
  server->SetServing(true);
  server->housekeeping_.emplace(HousekeepingInterval(options.limits),
                                [raw = server.get()] { raw->Housekeep(); });
  return server;
}

absl::Status Server::Check(const Options& options) {
  Server server(options);
  server.AddLocalMethods(/*has_api_key=*/false);
  if (absl::Status status = server.CompileContract(); !status.ok()) return status;
  std::vector<std::string> labels;
  for (const auto& label : options.keys.labels) labels.push_back(label.name);
  std::vector<std::string> problems;
  for (const absl::Status& status :
       {CheckIdentity(options), CheckPlaintext(options), CheckTlsFiles(options.tls),
        CheckAccess(options.access, server.MethodNames(), labels, HasPrivateListener(options)),
        upstream::Client::Create(options.upstream).status()}) {
    if (!status.ok()) problems.emplace_back(status.message());
  }
  if (problems.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrJoin(problems, "\n"));
}

Server::Server(const Options& options)
    : options_(options), log_(STDERR_FILENO), admission_(options.admission) {
  environment_.metrics = &metrics_;
  environment_.log = &log_;
  environment_.registry = &registry_;
  environment_.admission = &admission_;
  environment_.limits = options.limits;
  environment_.names = options.names;
  environment_.private_listener = HasPrivateListener(options);
}

void Server::AddLocalMethods(bool has_api_key) {
  auto explain = std::make_unique<Explain>(
      environment_, ExplainOptions{options_.upstream.base_url,
                                         options_.upstream.user_agent, has_api_key});
  explain_ = explain.get();
  local_methods_.emplace("fireworks.service.v1.ExplainService.Explain", std::move(explain));
}

absl::Status Server::CompileContract() {
  absl::StatusOr<std::unique_ptr<const ServedContract>> contract =
      ServedContract::Compile(ContractServices(), options_.limits, local_methods_, &metrics_);
  if (!contract.ok()) return contract.status();
  contract_ = *std::move(contract);
  for (const std::deque<Endpoint>& endpoints : contract_->services()) {
    services_.emplace_back(environment_, endpoints);
    for (const Endpoint& endpoint : endpoints) explain_->Add(endpoint);
  }
  return absl::OkStatus();
}

absl::Status Server::OpenGates() {
  if (absl::Status status = CheckIdentity(options_); !status.ok()) return status;
  absl::StatusOr<std::unique_ptr<Gatekeeper>> gatekeeper =
      Gatekeeper::Create(options_.access, MethodNames(), &metrics_, &log_);
  if (!gatekeeper.ok()) return gatekeeper.status();
  gatekeeper_ = *std::move(gatekeeper);
  environment_.gatekeeper = gatekeeper_.get();
  return absl::OkStatus();
}

std::vector<std::string> Server::MethodNames() const {
  std::vector<std::string> methods;
  for (const std::deque<Endpoint>& endpoints : contract_->services()) {
    for (const Endpoint& endpoint : endpoints) methods.push_back(endpoint.name);
  }
  return methods;
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> Server::ListenCredentials() {
  if (absl::Status status = CheckPlaintext(options_); !status.ok()) return status;
  if (!HasPrivateListener(options_)) {
    log_.Write(telemetry::LogLine("plaintext")
                   .Text("level", "WARNING")
                   .Text("listen", options_.listen)
                   .Text("message", "callers are served without TLS on an address that is not "
                                    "loopback: everyone on the way can read and change what "
                                    "they say"));
  }
  return MakeListenCredentials(options_.tls);
}

absl::Status Server::Listen() {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  if (!options_.health_listen.empty()) {
    grpc::ServerBuilder builder;
    builder.SetOption(std::make_unique<WithoutReflection>());
    builder.RegisterCallbackGenericService(&no_service_);
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    auto started = Start(&builder, options_.health_listen, grpc::InsecureServerCredentials(),
                         &health_port_);
    if (!started.ok()) return started.status();
    health_server_ = *std::move(started);
  }
  grpc::ServerBuilder builder;
  if (!options_.reflection) builder.SetOption(std::make_unique<WithoutReflection>());
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             kMinCallerPingMs);
  if (options_.max_connection_age.count() > 0) {
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS,
                               ToInt(options_.max_connection_age));
    // What runs on a connection that was asked to go is never cut: each call has
    // its own limit.
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, INT_MAX);
  }
  builder.SetMaxReceiveMessageSize(static_cast<int>(options_.limits.max_request_bytes));
  builder.SetMaxSendMessageSize(-1);
  for (RpcService& service : services_) builder.RegisterService(&service);
  auto credentials = ListenCredentials();
  if (!credentials.ok()) return credentials.status();
  auto started = Start(&builder, options_.listen, *std::move(credentials), &port_);
  if (!started.ok()) return started.status();
  server_ = *std::move(started);
  return absl::OkStatus();
}

void Server::Housekeep() {
  const auto now = std::chrono::steady_clock::now();
  for (const std::shared_ptr<Call>& call : registry_.Snapshot()) call->CheckReader(now);
  ReportBreaker();
  if (keys_ != nullptr) keys_->Refresh();
}

void Server::ReportBreaker() {
  using State = upstream::CircuitBreaker::State;
  const upstream::CircuitBreaker::Snapshot breaker = client_->circuit_breaker();
  const int state = breaker.state == State::kClosed ? 0 : breaker.state == State::kHalfOpen ? 1 : 2;
  metrics_.SetCircuitBreaker(state, breaker.opened, breaker.shed);
}

void Server::SetServing(bool serving) {
  for (grpc::Server* server : {server_.get(), health_server_.get()}) {
    if (server == nullptr) continue;
    grpc::HealthCheckServiceInterface* health = server->GetHealthCheckService();
    health->SetServingStatus(serving);
    for (const std::deque<Endpoint>& endpoints : contract_->services()) {
      health->SetServingStatus(endpoints.front().route->method->service()->full_name(), serving);
    }
  }
}

void Server::EndRemainingCalls() {
  for (const std::shared_ptr<Call>& call : registry_.Snapshot()) {
    Error error;
    error.code = grpc::StatusCode::UNAVAILABLE;
    error.reason = fireworks::errors::v1::ERROR_REASON_DRAINING;
    error.message = "the service is shutting down; call again to reach another instance";
    call->Abort(std::move(error));
  }
}

void Server::Drain() {
  if (drained_ || server_ == nullptr) return;
  drained_ = true;
  SetServing(false);

  std::mutex mutex;
  std::condition_variable wake;
  bool ended = false;
  const auto grace_ends = std::chrono::system_clock::now() + options_.drain_grace;
  std::thread ender([&] {
    if (!registry_.AwaitEmpty(grace_ends)) EndRemainingCalls();
    // Health watches never end by themselves and would hold the shutdown.
    std::unique_lock<std::mutex> lock(mutex);
    while (!wake.wait_for(lock, kSweepInterval, [&] { return ended; })) {
      if (registry_.Snapshot().empty()) grpc_server_cancel_all_calls(server_->c_server());
    }
  });
  server_->Shutdown(grace_ends + kFlushTime);
  {
    std::lock_guard<std::mutex> lock(mutex);
    ended = true;
  }
  wake.notify_one();
  ender.join();
  if (health_server_ != nullptr) health_server_->Shutdown(std::chrono::system_clock::now());
}

Server::~Server() {
  housekeeping_.reset();
  if (server_ != nullptr && !drained_) {
    EndRemainingCalls();
    server_->Shutdown(std::chrono::system_clock::now() + kFlushTime);
  }
  if (health_server_ != nullptr) health_server_->Shutdown(std::chrono::system_clock::now());
  // gRPC has returned from every OnDone by now; this makes it visible.
  registry_.AwaitEmpty(std::chrono::system_clock::now() + kFlushTime);
  // A call that has ended may still have asked for its quota.
  if (gatekeeper_ != nullptr) gatekeeper_->CloseQuotas();
  // The client ends its exchanges while calls and logs still stand.
  client_.reset();
}

}  // namespace fireworks::server
