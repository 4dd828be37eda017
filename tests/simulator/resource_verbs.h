// The custom methods (AIP-136): whatever is neither get, list, create, update
// nor delete.
//
// Functions over a store; thread-compatible.
#ifndef FIREWORKS_TESTS_SIMULATOR_RESOURCE_VERBS_H_
#define FIREWORKS_TESTS_SIMULATOR_RESOURCE_VERBS_H_

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"
#include "tests/simulator/resource_request.h"
#include "tests/simulator/resource_store.h"

namespace fireworks::simulator {

// Answers the body of the response, or the error as grpc-gateway would. A method
// that changes something known (cancel, resume, scale …) does so. The answer is
// the resource where the method answers it, else an example of the response
// with the members that the request and the resource have in common with it.
absl::StatusOr<nlohmann::json> CallCustom(const ResourceRequest& request, ResourceStore* store);

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_RESOURCE_VERBS_H_
