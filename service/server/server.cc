#include "service/server/server.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <unistd.h>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "fireworks/options/v1/options.pb.h"
#include "google/protobuf/descriptor_database.h"
#include "grpc/grpc.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/server_builder.h"
#include "service/server/call.h"

namespace fireworks::server {
namespace {

using fireworks::options::v1::FieldMapping;
using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::MessageFactory;
using google::protobuf::ServiceDescriptor;
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

// The message that becomes the body of `route`; null when none does.
const Descriptor* BodyType(const contract::Route& route) {
  if (route.upload) return nullptr;  // Bytes, no JSON.
  switch (route.body) {
    case contract::BodyKind::kNone: return nullptr;
    case contract::BodyKind::kWhole: return route.method->input_type();
    case contract::BodyKind::kField: return route.body_field->message_type();
  }
  return nullptr;
}

// The field of `type` that has the option `flag`; null when none has.
const FieldDescriptor* FindField(const Descriptor* type, bool (FieldMapping::*flag)() const) {
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldMapping& mapping =
        type->field(i)->options().GetExtension(fireworks::options::v1::field);
    if ((mapping.*flag)()) return type->field(i);
  }
  return nullptr;
}

// The body's key that asks for a stream; empty when `route` and its twin know
// none.
std::string StreamField(const contract::RouteTable& routes, const contract::Route& route) {
  for (const contract::Route& other : routes.routes()) {
    if (!other.stream || other.method->service() != route.method->service()) continue;
    const auto& mapping = other.method->options().GetExtension(fireworks::options::v1::method);
    if (&other == &route || mapping.stream().stream_of() == route.method->name()) {
      return other.stream->stream_field;
    }
  }
  return "";
}

bool IsInference(const contract::Route& route) {
  return absl::StartsWith(route.method->file()->package(), "fireworks.inference.");
}

milliseconds TimeoutOf(const contract::Route& route, const Limits& limits) {
  if (route.stream || route.upload) return limits.stream_timeout;
  return IsInference(route) ? limits.inference_timeout : limits.management_timeout;
}

absl::StatusOr<std::unique_ptr<grpc::Server>> Start(grpc::ServerBuilder* builder,
                                                    const std::string& address, int* port) {
  builder->AddListeningPort(address, grpc::InsecureServerCredentials(), port);
  std::unique_ptr<grpc::Server> server = builder->BuildAndStart();
  if (server == nullptr || *port == 0) {
    return absl::UnavailableError(absl::StrCat("cannot listen on ", address));
  }
  return server;
}

}  // namespace

std::vector<const ServiceDescriptor*> ContractServices() {
  std::vector<std::string> names;
  DescriptorPool::internal_generated_database()->FindAllFileNames(&names);
  std::sort(names.begin(), names.end());
  std::vector<const ServiceDescriptor*> services;
  for (const std::string& name : names) {
    if (!absl::StartsWith(name, "fireworks/")) continue;
    const auto* file = DescriptorPool::generated_pool()->FindFileByName(name);
    for (int i = 0; i < file->service_count(); ++i) services.push_back(file->service(i));
  }
  return services;
}

absl::StatusOr<std::unique_ptr<Server>> Server::Build(const Options& options,
                                                      upstream::Secret api_key) {
  auto server = std::unique_ptr<Server>(new Server(options));
  server->AddLocalMethods(!api_key.empty());
  if (absl::Status status = server->CompileContract(); !status.ok()) return status;

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
  return server;
}

Server::Server(const Options& options) : options_(options), log_(STDERR_FILENO) {
  environment_.authenticator = &authenticator_;
  environment_.metrics = &metrics_;
  environment_.log = &log_;
  environment_.registry = &registry_;
  environment_.limits = options.limits;
  environment_.names = options.names;
}

void Server::AddLocalMethods(bool has_api_key) {
  auto explain = std::make_unique<Explain>(
      environment_.names, ExplainOptions{options_.upstream.base_url,
                                         options_.upstream.user_agent, has_api_key});
  explain_ = explain.get();
  local_methods_.emplace("fireworks.service.v1.ExplainService.Explain", std::move(explain));
}

absl::Status Server::CompileContract() {
  const std::vector<const ServiceDescriptor*> services = ContractServices();
  absl::StatusOr<contract::RouteTable> routes = contract::RouteTable::Compile(services);
  if (!routes.ok()) return routes.status();
  routes_ = std::make_unique<contract::RouteTable>(*std::move(routes));

  std::vector<const Descriptor*> types;
  for (const contract::Route& route : routes_->routes()) {
    if (route.local) continue;
    if (const Descriptor* body = BodyType(route)) types.push_back(body);
    types.push_back(route.method->output_type());
  }
  absl::StatusOr<std::unique_ptr<const json::Schema>> schema = json::Schema::Compile(types);
  if (!schema.ok()) return schema.status();
  schema_ = *std::move(schema);

  const ServiceDescriptor* service = nullptr;
  for (const contract::Route& route : routes_->routes()) {
    if (route.method->service() != service) {
      service = route.method->service();
      endpoints_.emplace_back();
    }
    if (absl::Status status = AddEndpoint(route); !status.ok()) return status;
  }
  for (const std::deque<Endpoint>& endpoints : endpoints_) {
    services_.emplace_back(environment_, endpoints);
  }
  return absl::OkStatus();
}

absl::Status Server::AddEndpoint(const contract::Route& route) {
  MessageFactory* factory = MessageFactory::generated_factory();
  Endpoint endpoint;
  endpoint.route = &route;
  if (route.local) {
    const auto method = local_methods_.find(route.method->full_name());
    if (method == local_methods_.end()) {
      return absl::UnimplementedError(absl::StrCat(
          route.method->full_name(), " has the option local, but the service does not answer it"));
    }
    endpoint.local = method->second.get();
  }
  endpoint.name = route.rpc_path.substr(1);
  endpoint.request_prototype = factory->GetPrototype(route.method->input_type());
  endpoint.response_prototype = factory->GetPrototype(route.method->output_type());
  if (const Descriptor* body = BodyType(route)) endpoint.body_table = schema_->Find(body);
  endpoint.response_table = schema_->Find(route.method->output_type());
  endpoint.stream_field = StreamField(*routes_, route);
  endpoint.response_extra = FindField(route.method->output_type(), &FieldMapping::extra);
  endpoint.response_unknown =
      FindField(route.method->output_type(), &FieldMapping::unknown_variant);
  endpoint.metrics = metrics_.AddMethod(endpoint.name);
  endpoint.timeout = TimeoutOf(route, options_.limits);
  endpoints_.back().push_back(std::move(endpoint));
  explain_->Add(endpoints_.back().back());
  return absl::OkStatus();
}

absl::Status Server::Listen() {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  if (!options_.health_listen.empty()) {
    grpc::ServerBuilder builder;
    builder.SetOption(std::make_unique<WithoutReflection>());
    builder.RegisterCallbackGenericService(&no_service_);
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    auto started = Start(&builder, options_.health_listen, &health_port_);
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
  builder.SetMaxReceiveMessageSize(static_cast<int>(options_.limits.max_request_bytes));
  builder.SetMaxSendMessageSize(-1);
  for (RpcService& service : services_) builder.RegisterService(&service);
  auto started = Start(&builder, options_.listen, &port_);
  if (!started.ok()) return started.status();
  server_ = *std::move(started);
  return absl::OkStatus();
}

void Server::SetServing(bool serving) {
  for (grpc::Server* server : {server_.get(), health_server_.get()}) {
    if (server == nullptr) continue;
    grpc::HealthCheckServiceInterface* health = server->GetHealthCheckService();
    health->SetServingStatus(serving);
    for (const std::deque<Endpoint>& endpoints : endpoints_) {
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
  if (server_ != nullptr && !drained_) {
    EndRemainingCalls();
    server_->Shutdown(std::chrono::system_clock::now() + kFlushTime);
  }
  if (health_server_ != nullptr) health_server_->Shutdown(std::chrono::system_clock::now());
  // gRPC has returned from every OnDone by now; this makes it visible.
  registry_.AwaitEmpty(std::chrono::system_clock::now() + kFlushTime);
  // The client ends its exchanges while calls and logs still stand.
  client_.reset();
}

}  // namespace fireworks::server
