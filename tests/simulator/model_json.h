// A gateway Model as grpc-gateway prints and reads it.
//
// Functions without state.
#ifndef FIREWORKS_TESTS_SIMULATOR_MODEL_JSON_H_
#define FIREWORKS_TESTS_SIMULATOR_MODEL_JSON_H_

#include <string>

#include "absl/status/status.h"
#include "nlohmann/json.hpp"

namespace fireworks::simulator {

// A model with every field present and unset.
nlohmann::json EmptyModel();

// Copies the fields of `change` over `model`, as a PATCH whose mask is taken
// from the body's keys does: messages merge member by member, null resets.
// Names may be in snake_case. Fields that only the server sets are passed over.
// INVALID_ARGUMENT names an unknown field or a value of the wrong type.
absl::Status MergeModel(const nlohmann::json& change, nlohmann::json* model);

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_MODEL_JSON_H_
