// The standard methods: get, list, create, update, delete (AIP-131 to 135), the
// same for every type of resource. List is in resource_list.cc.
//
// Functions over a store; thread-compatible.
#ifndef FIREWORKS_TESTS_SIMULATOR_RESOURCE_METHODS_H_
#define FIREWORKS_TESTS_SIMULATOR_RESOURCE_METHODS_H_

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"
#include "tests/simulator/resource_request.h"
#include "tests/simulator/resource_store.h"

namespace fireworks::simulator {

// Each answers the body of the response, or the error as grpc-gateway would.
absl::StatusOr<nlohmann::json> GetResource(const ResourceRequest& request, ResourceStore* store);
absl::StatusOr<nlohmann::json> ListResources(const ResourceRequest& request, ResourceStore* store);
absl::StatusOr<nlohmann::json> CreateResource(const ResourceRequest& request, ResourceStore* store);
absl::StatusOr<nlohmann::json> UpdateResource(const ResourceRequest& request, ResourceStore* store);
absl::StatusOr<nlohmann::json> DeleteResource(const ResourceRequest& request, ResourceStore* store);

// What a name that stands for nothing is answered with.
absl::Status NoSuchResource();

// A resource as answers show it.
nlohmann::json View(const Resource& resource);

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_RESOURCE_METHODS_H_
