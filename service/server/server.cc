#include "service/server/server.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <thread>
#include <unistd.h>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/server/call.h"
#include "service/server/contract_methods.h"
#include "service/server/descriptor_budget.h"
#include "service/server/exposure.h"
#include "service/server/goaway.h"

namespace fireworks::server {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

// After the grace: time for statuses to reach callers.
constexpr milliseconds kFlushTime{2'000};
// How often callers are asked to go: those whose connections were being made come late.
constexpr milliseconds kGoawayInterval{1'000};
// For how long there must have been no call before what is left (health watches, and
// connections that nobody looks at) is ended: a caller may not have heard yet that it is to
// go. So often it is looked.
constexpr milliseconds kSweepInterval{50};
constexpr int kQuietSweeps = 10;

// How often the configuration file is looked at.
constexpr milliseconds kConfigInterval{1'000};

// How often slow callers are looked for: what they are given beyond their limit.
milliseconds HousekeepingInterval(const Limits& limits) {
  const milliseconds shortest = std::min(limits.slow_reader_timeout, limits.upload_idle_timeout);
  return std::min(std::max(shortest / 4, milliseconds(10)), milliseconds(1'000));
}

// Shares the process's descriptors out, which may leave less than was asked for.
absl::StatusOr<Options> Fit(Options options) {
  DescriptorDemand demand;
  demand.caller_connections = options.connections.max_connections;
  demand.loops = options.upstream.loops;
  demand.upstream_connections_per_loop = options.upstream.max_connections_per_loop;
  const absl::StatusOr<DescriptorBudget> budget = DivideDescriptors(DescriptorLimit(), demand);
  if (!budget.ok()) return budget.status();
  options.connections.max_connections = budget->caller_connections;
  options.descriptor_ceiling = budget->ceiling;
  options.upstream.max_connections_per_loop = budget->upstream_connections_per_loop;
  // Calls wait for their turn rather than fail for want of a connection.
  options.admission.max_running =
      std::min(options.admission.max_running, static_cast<std::size_t>(options.upstream.loops) *
                                                  options.upstream.max_connections_per_loop);
  return options;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Build(const Options& asked,
                                                      upstream::Secret api_key) {
  absl::StatusOr<Options> fitted = Fit(asked);
  if (!fitted.ok()) return fitted.status();
  const Options& options = *fitted;
  auto server = std::unique_ptr<Server>(new Server(options));
  server->WarnOf(asked);
  server->AddLocalMethods(!api_key.empty() || !options.keys.labels.empty());
  if (absl::Status status = server->CompileContract(); !status.ok()) return status;
  if (absl::Status status = server->OpenTraces(); !status.ok()) return status;
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

  if (absl::Status status = server->ServeMetrics(); !status.ok()) return status;
  if (absl::Status status = server->ListenForHealth(); !status.ok()) return status;
  if (absl::Status status = server->Listen(); !status.ok()) return status;
  server->Report();
  server->WatchConfig();
  server->ServeStatus();
  server->probing_.emplace(options.self_probe_interval, [raw = server.get()] { raw->ProbeSelf(); });
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
        CheckAccess(options.access, server.MethodNames(), labels, HasPrivateListener(options),
                    options.log.allow_content),
        upstream::Client::Create(options.upstream).status(),
        options.tracing ? CheckTraceExport(*options.tracing) : absl::OkStatus()}) {
    if (!status.ok()) problems.emplace_back(status.message());
  }
  if (problems.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrJoin(problems, "\n"));
}

Server::Server(const Options& options)
    : options_(options), log_(STDERR_FILENO), admission_(options.admission) {
  environment_.metrics = &metrics_;
  environment_.log = &log_;
  environment_.recent_errors = &recent_errors_;
  environment_.registry = &registry_;
  environment_.admission = &admission_;
  environment_.limits = options.limits;
  environment_.names = options.names;
  environment_.private_listener = HasPrivateListener(options);
  log_.Configure(options.log);
  PrepareMetrics();
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

absl::Status Server::OpenTraces() {
  if (!options_.tracing) return absl::OkStatus();
  auto tracing = OpenTracing(*options_.tracing, &log_);
  if (!tracing.ok()) return tracing.status();
  tracing_ = *std::move(tracing);
  call_tracing_ = TraceCalls(tracing_.get(), *options_.tracing, options_.upstream.base_url);
  environment_.tracing = &call_tracing_;
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
  const std::vector<std::string>& reflection = ReflectionMethods();
  methods.insert(methods.end(), reflection.begin(), reflection.end());
  return methods;
}

void Server::WarnOf(const Options& asked) {
  const bool less =
      options_.connections.max_connections < asked.connections.max_connections ||
      options_.upstream.max_connections_per_loop < asked.upstream.max_connections_per_loop;
  if (!less) return;
  log_.Write(telemetry::LogLine("few_descriptors", telemetry::LogLevel::kWarning)
                 .Number("descriptors", DescriptorLimit())
                 .Number("max_connections", options_.connections.max_connections)
                 .Number("max_connections_per_loop", options_.upstream.max_connections_per_loop)
                 .Text("message", "the process may open too few files (RLIMIT_NOFILE) for as many "
                                  "connections as configured; these are what is left"));
}

void Server::Housekeep() {
  const auto now = std::chrono::steady_clock::now();
  for (const std::shared_ptr<Call>& call : registry_.Snapshot()) call->CheckCaller(now);
  if (keys_ != nullptr) keys_->Refresh();
  UpdateHealth();
  Report();
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

bool Server::AwaitDepartures(system_clock::time_point deadline) {
  while (system_clock::now() < deadline) {
    SendGoaways(server_.get());
    const auto next = std::min(deadline, system_clock::now() + kGoawayInterval);
    if (registry_.AwaitEmpty(next) && StaysQuiet()) return true;
  }
  return false;
}

bool Server::StaysQuiet() {
  const std::uint64_t arrivals = registry_.arrivals();
  for (int i = 0; i < kQuietSweeps; ++i) {
    if (listener_->Count().open == 0) return true;
    std::this_thread::sleep_for(kSweepInterval);
    if (registry_.arrivals() != arrivals) return false;
  }
  // One may have come before arrivals were counted here.
  return registry_.AwaitEmpty(system_clock::now());
}

void Server::Drain() {
  if (drained_ || server_ == nullptr) return;
  drained_ = true;
  {
    std::lock_guard<std::mutex> lock(health_mutex_);
    draining_ = true;
  }
  UpdateHealth();
  StopListening();

  if (!AwaitDepartures(system_clock::now() + options_.drain_grace)) {
    EndRemainingCalls();
    AwaitDepartures(system_clock::now() + kFlushTime);
  }
  server_->Shutdown(system_clock::now());
  if (health_server_ == nullptr) return;
  health_listener_->Close();
  health_server_->Shutdown(system_clock::now());
}

void Server::WatchConfig() {
  if (options_.config_file.path.empty()) return;
  config_file_ = std::make_unique<ConfigFile>(options_.config_file, &log_, &metrics_);
  config_watch_.emplace(kConfigInterval, [this] { config_file_->Refresh(); });
}

void Server::Reload() {
  log_.Write(telemetry::LogLine("reload", telemetry::LogLevel::kInfo)
                 .Text("message", "asked to read the files of configuration, policy, identities and keys again"));
  if (config_watch_) config_watch_->RunSoon();
  gatekeeper_->RefreshSoon();
  housekeeping_->RunSoon();  // which looks after the keys
}

Server::~Server() {
  pages_.reset();
  housekeeping_.reset();
  StopListening();
  if (health_listener_ != nullptr) health_listener_->Close();
  if (server_ != nullptr && !drained_) {
    EndRemainingCalls();
    server_->Shutdown(system_clock::now() + kFlushTime);
  }
  if (health_server_ != nullptr) health_server_->Shutdown(system_clock::now());
  // gRPC has returned from every OnDone by now; this makes it visible.
  registry_.AwaitEmpty(system_clock::now() + kFlushTime);
  // A call that has ended may still have asked for its quota.
  if (gatekeeper_ != nullptr) gatekeeper_->CloseQuotas();
  // The client ends its exchanges while calls and logs still stand.
  client_.reset();
  // No span is begun any more, and all have ended.
  if (tracing_ != nullptr) tracing_->Close();
}

}  // namespace fireworks::server
