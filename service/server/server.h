// The assembled service: contract, upstream client, telemetry, gRPC servers.
#ifndef FIREWORKS_SERVICE_SERVER_SERVER_H_
#define FIREWORKS_SERVICE_SERVER_SERVER_H_

#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/server.h"
#include "nlohmann/json.hpp"
#include "service/access/admission.h"
#include "service/server/call_registry.h"
#include "service/server/config.h"
#include "service/server/config_file.h"
#include "service/server/environment.h"
#include "service/server/explain.h"
#include "service/server/gatekeeper.h"
#include "service/server/key_keeper.h"
#include "service/server/listener.h"
#include "service/server/periodic.h"
#include "service/server/reflection_service.h"
#include "service/server/reload_report.h"
#include "service/server/rpc_service.h"
#include "service/server/self_probe.h"
#include "service/server/served_contract.h"
#include "service/server/unknown_methods.h"
#include "service/telemetry/log.h"
#include "service/telemetry/http_pages.h"
#include "service/telemetry/metrics.h"
#include "service/telemetry/recent_errors.h"
#include "service/telemetry/status_page.h"
#include "service/upstream/client.h"
#include "service/upstream/secret.h"

namespace fireworks::server {

// Built once, then serves until Drain. Build and Drain are called by one
// thread, which must not be one of gRPC's.
class Server {
 public:
  // Compiles the contract and starts listening. Errors name what is wrong: a
  // method that cannot be compiled, an address that is taken, a bad CA file.
  static absl::StatusOr<std::unique_ptr<Server>> Build(const Options& options,
                                                       upstream::Secret api_key);
  // What keeps a server with these options from starting, or from doing what they say:
  // all that is found, one line each. Reads all files that they name; takes no port, and
  // asks nobody. The API key is checked by ReadApiKey.
  static absl::Status Check(const Options& options);

  // Drains without grace if Drain was not called.
  ~Server();

  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // The ports that are listened on; 0 for those that are not.
  int port() const { return listener_ != nullptr ? listener_->port() : 0; }
  int health_port() const { return health_listener_ != nullptr ? health_listener_->port() : 0; }
  int metrics_port() const { return pages_ != nullptr ? pages_->port() : 0; }

  telemetry::Metrics& metrics() { return metrics_; }

  // Has files that may have changed read again now rather than soon. Thread-safe; does not
  // wait.
  void Reload();

  // Turns health to NOT_SERVING, tells callers to go elsewhere (GOAWAY), lets
  // running calls end within the grace, and ends the rest with UNAVAILABLE,
  // reason DRAINING. Returns when no call is left. Idempotent.
  void Drain();

 private:
  explicit Server(const Options& options);

  void AddLocalMethods(bool has_api_key);
  absl::Status CompileContract();
  absl::Status OpenGates();
  std::vector<std::string> MethodNames() const;
  absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> ListenCredentials();
  absl::Status ListenForHealth();
  absl::Status Listen();
  // On loopback for everyone; elsewhere for those whose certificate and policy say so.
  void AddReflection(grpc::ServerBuilder* builder);
  grpc::Status PermitReflection(const grpc::CallbackServerContext& context,
                                const std::string& method) const;
  void WarnOf(const Options& asked);
  void StopListening();
  void UpdateHealth();
  void EndRemainingCalls();
  absl::Status ServeMetrics();
  void ServeStatus();
  // What the status page shows. Any thread, while the server is whole.
  nlohmann::ordered_json Status() const;
  nlohmann::ordered_json DescribeService() const;
  nlohmann::ordered_json DescribeConfiguration() const;
  void WatchConfig();
  void Housekeep();
  // What is looked at for the metrics, rather than counted when it happens.
  void PrepareMetrics();
  void Report();
  void ReportUpstream();
  void ReportConnections();
  void ReportCalls();
  void ReportFiles();
  void NameModels();
  void ProbeSelf();

  const Options options_;
  telemetry::Metrics metrics_;
  telemetry::Log log_;
  telemetry::RecentErrors recent_errors_;
  const absl::Time started_ = absl::Now();
  std::unique_ptr<Gatekeeper> gatekeeper_;
  std::unique_ptr<KeyKeeper> keys_;
  access::Admission admission_;
  CallRegistry registry_;
  Environment environment_;
  LocalMethods local_methods_;
  Explain* explain_ = nullptr;  // one of them, told of every endpoint
  std::unique_ptr<const ServedContract> contract_;
  std::deque<RpcService> services_;
  std::unique_ptr<upstream::Client> client_;
  absl::optional<Periodic> housekeeping_;
  std::unique_ptr<ConfigFile> config_file_;  // null: there is none
  absl::optional<Periodic> config_watch_;
  ReloadReport certificate_report_{&metrics_, &log_, "certificate"};
  // Of Report, which is not called by two threads at a time.
  std::chrono::steady_clock::time_point process_looked_at_;
  std::chrono::steady_clock::time_point certificate_looked_at_;
  std::shared_ptr<const access::Policy> named_policy_;  // whose models have labels
  absl::optional<SelfProbe> self_probe_;  // of probing_'s thread
  absl::optional<Periodic> probing_;
  std::unique_ptr<ReflectionService> reflection_;
  UnknownMethods unknown_methods_{&metrics_.unknown_methods()};
  // Answers UNIMPLEMENTED: gRPC starts no server that has health checks only.
  grpc::CallbackGenericService no_service_;
  std::unique_ptr<grpc::Server> health_server_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Listener> health_listener_;
  std::unique_ptr<Listener> listener_;
  telemetry::StatusPage status_page_{"fireworks-grpc", [this] { return Status(); },
                                     options_.status_interval};
  // Destroyed first, because its pages show all of the above.
  std::unique_ptr<telemetry::HttpPages> pages_;
  mutable std::mutex health_mutex_;
  bool reachable_ = true;   // guarded by health_mutex_
  bool draining_ = false;   // guarded by health_mutex_
  // What health says: whether serving, and whether alive. Guarded by health_mutex_.
  absl::optional<std::pair<bool, bool>> told_;
  bool drained_ = false;
};

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_SERVER_H_
