// A request of the Responses API.
//
// Values; thread-compatible.
#ifndef FIREWORKS_TESTS_SIMULATOR_RESPONSE_REQUEST_H_
#define FIREWORKS_TESTS_SIMULATOR_RESPONSE_REQUEST_H_

#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "tests/simulator/generation.h"

namespace fireworks::simulator {

struct ResponseRequest {
  GenerationRequest generation;
  // The settings that a response repeats, those that the request left out too.
  nlohmann::ordered_json settings;
  // Whether the response can be asked for later.
  bool store = true;
};

// Why the engine refuses `body`: one line per fault, empty when it does not.
// With `lax`, unknown keys are no fault.
std::vector<std::string> ValidateResponseRequest(const nlohmann::ordered_json& body, bool lax);

// Reads a body that ValidateResponseRequest accepts. `conversation` is what the
// previous response leads to; empty when there was none.
ResponseRequest ParseResponseRequest(const nlohmann::ordered_json& body,
                                     const std::string& conversation);

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_RESPONSE_REQUEST_H_
