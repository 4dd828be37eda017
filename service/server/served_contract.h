// The contract as the server serves it: descriptors compiled into endpoints.
#ifndef FIREWORKS_SERVICE_SERVER_SERVED_CONTRACT_H_
#define FIREWORKS_SERVICE_SERVER_SERVED_CONTRACT_H_

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "service/contract/route.h"
#include "service/json/schema.h"
#include "service/server/contract_methods.h"
#include "service/server/environment.h"
#include "service/server/local_method.h"
#include "service/telemetry/metrics.h"

namespace fireworks::server {

// By full name of the method.
using LocalMethods = absl::flat_hash_map<std::string, std::unique_ptr<LocalMethod>>;

// Immutable once compiled; any thread. Owns routes, JSON tables and endpoints, which
// point to each other; borrows descriptors, local methods and metrics.
class ServedContract {
 public:
  // Errors name the method, message or limit that is wrong.
  static absl::StatusOr<std::unique_ptr<const ServedContract>> Compile(
      const std::vector<const google::protobuf::ServiceDescriptor*>& services,
      const Limits& limits, const LocalMethods& local_methods, telemetry::Metrics* metrics);

  // The endpoints of each gRPC service, at stable addresses.
  const std::deque<std::deque<Endpoint>>& services() const { return services_; }

  // The longest limit of all methods.
  std::chrono::milliseconds longest_call() const;

 private:
  ServedContract() = default;

  absl::Status CompileTables(
      const std::vector<const google::protobuf::ServiceDescriptor*>& services);
  // Every pattern must describe a method: a misspelt limit is no limit.
  absl::Status CheckMethodLimits(const Limits& limits) const;
  absl::Status AddEndpoint(const contract::Route& route, const ContractMethods& methods,
                           const Limits& limits, const LocalMethods& local_methods,
                           telemetry::Metrics* metrics);

  std::unique_ptr<contract::RouteTable> routes_;
  std::unique_ptr<const json::Schema> schema_;
  std::deque<std::deque<Endpoint>> services_;
};

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_SERVED_CONTRACT_H_
