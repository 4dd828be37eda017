// A completion request: one or several prompts that are continued as they are.
//
// Values; thread-compatible.
#ifndef FIREWORKS_TESTS_SIMULATOR_COMPLETION_REQUEST_H_
#define FIREWORKS_TESTS_SIMULATOR_COMPLETION_REQUEST_H_

#include <cstddef>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "tests/simulator/generation.h"

namespace fireworks::simulator {

struct CompletionRequest {
  // Settings, and token counts over all prompts; its own prompt is empty.
  GenerationRequest settings;
  // Token ids have become made-up words.
  std::vector<std::string> prompts;
  // Tokens of a prompt's end with which each of its texts begins.
  std::size_t echo_tokens = 0;
  std::int64_t client_seed = 0;
};

// Why the engine refuses `body`: one line per fault, empty when it does not.
// With `lax`, unknown keys are no fault.
std::vector<std::string> ValidateCompletionRequest(const nlohmann::ordered_json& body, bool lax);

// Reads a body that ValidateCompletionRequest accepts.
CompletionRequest ParseCompletionRequest(const nlohmann::ordered_json& body);

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_COMPLETION_REQUEST_H_
