#include "tests/simulator/chat_answer.h"

#include <algorithm>
#include <utility>

#include "tests/simulator/schema_example.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kDefaultTokens = 64;
constexpr std::size_t kReasoningTokens = 24;
constexpr std::size_t kJsonTextTokens = 6;

std::string CallId(std::uint64_t seed) {
  constexpr absl::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::string id = "call_";
  for (std::uint64_t i = 0; i < 24; ++i) id += kAlphabet[Mix(seed, i) % kAlphabet.size()];
  return id;
}

std::vector<ChatAnswer::Call> MakeCalls(const ChatRequest& request, std::uint64_t seed) {
  std::vector<ChatAnswer::Call> calls;
  for (const ChatRequest::Tool& tool : request.calls) {
    const std::uint64_t call_seed = Mix(seed, calls.size());
    Json arguments = SchemaExample(tool.parameters, call_seed);
    if (!arguments.is_object()) arguments = Json::object();
    calls.push_back({CallId(call_seed), tool.name, TokenText::Literal(" " + arguments.dump())});
  }
  return calls;
}

std::string JsonText(const ChatRequest& request, std::uint64_t seed) {
  if (!request.json_schema.is_null()) return SchemaExample(request.json_schema, seed).dump();
  const Json object = {{"answer", TokenText::Generated(seed, kJsonTextTokens).All()},
                       {"tokens", kJsonTextTokens}};
  return object.dump();
}

// How many tokens the text shall have: the directives' number, or max_tokens,
// or the default.
std::size_t WantedTokens(const ChatRequest& request, const Directives& directives) {
  if (directives.events) return *directives.events * directives.chunk_tokens;
  if (directives.tokens) return *directives.tokens;
  return request.max_tokens.value_or(kDefaultTokens);
}

ChatAnswer::Choice MakeChoice(const ChatRequest& request, const Directives& directives,
                              std::uint64_t seed) {
  ChatAnswer::Choice choice;
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

ChatAnswer AnswerChat(const ChatRequest& request, const Directives& directives) {
  ChatAnswer answer;
  for (int i = 0; i < request.n; ++i) {
    answer.choices.push_back(MakeChoice(request, directives, Mix(request.seed, i)));
    const ChatAnswer::Choice& choice = answer.choices.back();
    answer.reasoning_tokens += choice.reasoning.size();
    answer.completion_tokens += choice.reasoning.size() + choice.content.size();
    for (const ChatAnswer::Call& call : choice.calls) {
      answer.completion_tokens += call.arguments.size();
    }
  }
  return answer;
}

}  // namespace fireworks::simulator
