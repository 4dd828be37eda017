// A chat completion request as the engine understands it, and the engine's
// strictness: unknown keys, wrong types and values out of range are refused.
//
// Values; thread-compatible.
#ifndef FIREWORKS_TESTS_SIMULATOR_CHAT_REQUEST_H_
#define FIREWORKS_TESTS_SIMULATOR_CHAT_REQUEST_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"

namespace fireworks::simulator {

struct ChatRequest {
  struct Tool {
    std::string name;
    nlohmann::ordered_json parameters;
  };
  enum class Logprobs { kNone, kContent, kLegacy };

  std::string model;
  bool stream = false;
  // stream_options.include_usage; unset when the client does not say.
  std::optional<bool> include_usage;
  int n = 1;
  std::optional<std::size_t> max_tokens;
  // Of model, messages and seed: what the text is made from.
  std::uint64_t seed = 0;
  std::size_t prompt_tokens = 0;
  // Half of them when the request names a prompt_cache_key.
  std::size_t cached_tokens = 0;
  // What follows "say: " in the last user message that begins so.
  std::optional<std::string> say;
  // The tools to call, in order; empty for a text answer.
  std::vector<Tool> calls;
  // JSON mode. The schema is null for plain json_object.
  bool json_mode = false;
  nlohmann::ordered_json json_schema;
  bool reasoning = false;
  Logprobs logprobs = Logprobs::kNone;
  std::size_t top_logprobs = 0;
  bool return_token_ids = false;
  bool raw_output = false;
  bool perf_metrics = false;
  // The prompt as one string, for raw_output.
  std::string prompt;
  // metadata.simulator, or empty.
  std::string directives;
};

// Why the engine refuses `body`: one line per fault, empty when it does not.
// With `lax`, unknown keys are no fault.
std::vector<std::string> ValidateChatRequest(const nlohmann::ordered_json& body, bool lax);

// Reads a body that ValidateChatRequest accepts.
ChatRequest ParseChatRequest(const nlohmann::ordered_json& body);

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_CHAT_REQUEST_H_
