// A request for a message, in Anthropic's form. Its objects are closed: unknown
// keys are refused at every level.
//
// Functions without state.
#ifndef FIREWORKS_TESTS_SIMULATOR_MESSAGE_REQUEST_H_
#define FIREWORKS_TESTS_SIMULATOR_MESSAGE_REQUEST_H_

#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "tests/simulator/generation.h"

namespace fireworks::simulator {

// Why the engine refuses `body`: one line per fault, empty when it does not.
// With `lax`, unknown keys are no fault.
std::vector<std::string> ValidateMessageRequest(const nlohmann::ordered_json& body, bool lax);

// Reads a body that ValidateMessageRequest accepts. The first tool is called, or
// up to four when `disable_parallel_tool_use` is false, unless `tool_choice` is
// `none` or the last message holds a tool's result.
GenerationRequest ParseMessageRequest(const nlohmann::ordered_json& body);

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_MESSAGE_REQUEST_H_
