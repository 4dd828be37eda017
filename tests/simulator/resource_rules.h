// What the inventory does not say of single resources: the few rules that are
// about one type and no other.
//
// Functions without state.
#ifndef FIREWORKS_TESTS_SIMULATOR_RESOURCE_RULES_H_
#define FIREWORKS_TESTS_SIMULATOR_RESOURCE_RULES_H_

#include "absl/status/status.h"
#include "nlohmann/json.hpp"
#include "tests/simulator/operation.h"
#include "tests/simulator/resource_state.h"

namespace fireworks::simulator {

// What upstream refuses beyond types and required fields. INVALID_ARGUMENT.
absl::Status CheckNew(const ResourceType& type, const nlohmann::json& fields);

// Sets what upstream makes up for a new resource.
void CompleteNew(Resource* resource);

// Unsets what upstream takes, or tells once, and never answers again.
void Conceal(const ResourceType& type, nlohmann::json* json);

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_RESOURCE_RULES_H_
