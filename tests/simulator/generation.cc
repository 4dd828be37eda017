#include "tests/simulator/generation.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "tests/simulator/schema_example.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kDefaultTokens = 64;
constexpr std::size_t kReasoningTokens = 24;
constexpr std::size_t kJsonTextTokens = 6;
constexpr std::size_t kBytesPerPromptToken = 4;
// What a chat template adds to each message.
constexpr std::size_t kTemplateTokensPerTurn = 4;
constexpr std::size_t kMaxParallelCalls = 4;

std::string CallId(std::uint64_t seed) {
  constexpr absl::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::string id = "call_";
  for (std::uint64_t i = 0; i < 24; ++i) id += kAlphabet[Mix(seed, i) % kAlphabet.size()];
  return id;
}

std::vector<Generation::Call> MakeCalls(const GenerationRequest& request, std::uint64_t seed) {
  std::vector<Generation::Call> calls;
  for (const GenerationRequest::Tool& tool : request.calls) {
    const std::uint64_t call_seed = Mix(seed, calls.size());
    Json arguments = SchemaExample(tool.parameters, call_seed);
    if (!arguments.is_object()) arguments = Json::object();
    calls.push_back({CallId(call_seed), tool.name, TokenText::Literal(" " + arguments.dump())});
  }
  return calls;
}

std::string JsonText(const GenerationRequest& request, std::uint64_t seed) {
  if (!request.json_schema.is_null()) return SchemaExample(request.json_schema, seed).dump();
  const Json object = {{"answer", TokenText::Generated(seed, kJsonTextTokens).All()},
                       {"tokens", kJsonTextTokens}};
  return object.dump();
}

// How many tokens the text shall have: the directives' number, or max_tokens,
// or the default.
std::size_t WantedTokens(const GenerationRequest& request, const Directives& directives) {
  if (directives.events) return *directives.events * directives.chunk_tokens;
  if (directives.tokens) return *directives.tokens;
  return request.max_tokens.value_or(kDefaultTokens);
}

Generation::Choice MakeChoice(const GenerationRequest& request, const Directives& directives,
                              std::uint64_t seed) {
  Generation::Choice choice;
  const bool limited = request.max_tokens && !directives.tokens && !directives.events;
  std::size_t left = WantedTokens(request, directives);
  if (request.reasoning) {
    choice.reasoning = TokenText::Generated(Mix(seed, 1), std::min(left, kReasoningTokens));
    left -= choice.reasoning.size();
  }
  if (!request.calls.empty()) {
    choice.calls = MakeCalls(request, seed);
    choice.finish_reason = "tool_calls";
    return choice;
  }
  bool cut = limited;
  if (request.json_mode || request.say) {
    choice.content = TokenText::Literal(request.json_mode ? JsonText(request, seed) : *request.say);
    cut = limited && choice.content.size() > left;
    if (cut) choice.content.Truncate(left);
  } else {
    choice.content = TokenText::Generated(seed, left);
  }
  choice.finish_reason = cut ? "length" : "stop";
  return choice;
}

}  // namespace

void GenerationRequest::AddTurn(absl::string_view role, absl::string_view text) {
  absl::StrAppend(&prompt, "<|", role, "|>", text);
  prompt_tokens += CountPromptTokens(text) + kTemplateTokensPerTurn;
  if (role == "user") say = WantedEcho(text);
}

void GenerationRequest::Seed(std::int64_t client_seed) {
  seed = Mix(StableHash(model), StableHash(prompt));
  seed = Mix(seed, static_cast<std::uint64_t>(client_seed));
}

void GenerationRequest::CallTools(std::vector<Tool> tools, const std::string& chosen,
                                  bool parallel) {
  const std::size_t limit = chosen.empty() && parallel ? kMaxParallelCalls : 1;
  for (Tool& tool : tools) {
    if (calls.size() == limit) return;
    if (chosen.empty() || tool.name == chosen) calls.push_back(std::move(tool));
  }
}

std::optional<std::string> WantedEcho(absl::string_view text) {
  if (!absl::ConsumePrefix(&text, "say:")) return std::nullopt;
  absl::ConsumePrefix(&text, " ");
  return std::string(text);
}

std::size_t CountPromptTokens(absl::string_view text) { return text.size() / kBytesPerPromptToken; }

bool IsReasoningModel(absl::string_view model) { return absl::StrContains(model, "reasoning"); }

std::string HexId(absl::string_view prefix, std::uint64_t seed) {
  return absl::StrCat(prefix, absl::Hex(seed, absl::kZeroPad16),
                      absl::Hex(Mix(seed, 1), absl::kZeroPad16));
}

Generation Generate(const GenerationRequest& request, const Directives& directives) {
  Generation generation;
  for (int i = 0; i < request.n; ++i) {
    generation.choices.push_back(MakeChoice(request, directives, Mix(request.seed, i)));
    Generation::Choice& choice = generation.choices.back();
    if (!directives.finish.empty()) choice.finish_reason = directives.finish;
    generation.reasoning_tokens += choice.reasoning.size();
    generation.completion_tokens += choice.reasoning.size() + choice.content.size();
    for (const Generation::Call& call : choice.calls) {
      generation.completion_tokens += call.arguments.size();
    }
  }
  return generation;
}

}  // namespace fireworks::simulator
