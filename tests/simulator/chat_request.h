// A chat completion request, and the engine's strictness: unknown keys, wrong
// types and values out of range are refused.
//
// Functions without state.
#ifndef FIREWORKS_TESTS_SIMULATOR_CHAT_REQUEST_H_
#define FIREWORKS_TESTS_SIMULATOR_CHAT_REQUEST_H_

#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "tests/simulator/generation.h"

namespace fireworks::simulator {

// Why the engine refuses `body`: one line per fault, empty when it does not.
// With `lax`, unknown keys are no fault.
std::vector<std::string> ValidateChatRequest(const nlohmann::ordered_json& body, bool lax);

// Reads a body that ValidateChatRequest accepts.
GenerationRequest ParseChatRequest(const nlohmann::ordered_json& body);

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_CHAT_REQUEST_H_
