// What the simulated model is asked and what it answers, whichever protocol
// asks: decided once, rendered as one JSON body or as a stream of events.
//
// Values; thread-compatible. The answer depends on the request and on nothing
// else.
#ifndef FIREWORKS_TESTS_SIMULATOR_GENERATION_H_
#define FIREWORKS_TESTS_SIMULATOR_GENERATION_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"
#include "tests/simulator/directives.h"
#include "tests/simulator/token_text.h"

namespace fireworks::simulator {

struct GenerationRequest {
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
  // Of model, prompt and the client's seed: what the text is made from.
  std::uint64_t seed = 0;
  std::size_t prompt_tokens = 0;
  // Half of them when the request names a prompt_cache_key.
  std::size_t cached_tokens = 0;
  // What follows "say: " in the last user message, when it begins so.
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
  // All turns as one string, as raw_output shows it.
  std::string prompt;

  // Appends a message of the conversation to the prompt.
  void AddTurn(absl::string_view role, absl::string_view text);
  // Sets the seed; after the last turn.
  void Seed(std::int64_t client_seed);
  // Makes the model call tools: the one called `chosen`, or, when that is
  // empty, the first, or the first four with `parallel`.
  void CallTools(std::vector<Tool> tools, const std::string& chosen, bool parallel);
};

// What `text` says after "say: "; unset when it does not begin so.
std::optional<std::string> WantedEcho(absl::string_view text);

// Prompt tokens that a text costs.
std::size_t CountPromptTokens(absl::string_view text);

// Whether the model thinks before it answers, unless it is told not to.
bool IsReasoningModel(absl::string_view model);

struct Generation {
  struct Call {
    // "call_" and 24 letters and digits.
    std::string id;
    std::string name;
    // JSON text; begins with a space, as the real engine's does.
    TokenText arguments;
  };
  struct Choice {
    TokenText reasoning;
    TokenText content;
    std::vector<Call> calls;
    // "stop", "length", "tool_calls", or what a directive says.
    std::string finish_reason;
  };

  std::vector<Choice> choices;
  // Over all choices.
  std::size_t completion_tokens = 0;
  std::size_t reasoning_tokens = 0;
};

Generation Generate(const GenerationRequest& request, const Directives& directives);

// What makes two answers to the same request different.
struct AnswerIdentity {
  // The protocol's prefix and 32 hexadecimal digits, such as "chatcmpl-…".
  std::string id;
  // Unix seconds.
  std::int64_t created = 0;
};

// `prefix` and 32 hexadecimal digits.
std::string HexId(absl::string_view prefix, std::uint64_t seed);

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_GENERATION_H_
