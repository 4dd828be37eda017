#include "tests/simulator/completion_request.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "tests/simulator/json_member.h"
#include "tests/simulator/sampling.h"
#include "tests/simulator/validation.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::ordered_json;

const Rules& RequestRules() {
  static const auto* const kRules = [] {
    const Rule tokens = rule::ArrayOf(rule::Integer(), 1);
    auto* rules = new Rules(SamplingRules());
    rules->insert({
        {"prompt", rule::Either(rule::Either(rule::Text(), rule::ArrayOf(rule::Text(), 1)),
                                rule::Either(tokens, rule::ArrayOf(tokens, 1)))},
        {"images", rule::Either(rule::ArrayOf(rule::Text()),
                                rule::ArrayOf(rule::ArrayOf(rule::Text())))},
    });
    return rules;
  }();
  return *kRules;
}

void AddText(std::string prompt, CompletionRequest* request) {
  request->settings.prompt_tokens += CountPromptTokens(prompt);
  request->prompts.push_back(std::move(prompt));
}

void AddTokens(const Json& ids, CompletionRequest* request) {
  std::string prompt;
  for (const Json& id : ids) absl::StrAppend(&prompt, " #", id.get<std::int64_t>());
  request->settings.prompt_tokens += ids.size();
  request->prompts.push_back(std::move(prompt));
}

void ReadPrompt(const Json& prompt, CompletionRequest* request) {
  if (prompt.is_string()) return AddText(prompt.get<std::string>(), request);
  if (prompt.front().is_number()) return AddTokens(prompt, request);
  for (const Json& one : prompt) {
    one.is_string() ? AddText(one.get<std::string>(), request) : AddTokens(one, request);
  }
}

}  // namespace

std::vector<std::string> ValidateCompletionRequest(const Json& body, bool lax) {
  Validator validator(lax);
  validator.Fields(body, "", RequestRules(), {"model", "prompt"});
  ValidateSampling(body, &validator);
  return validator.TakeRefusals();
}

CompletionRequest ParseCompletionRequest(const Json& body) {
  CompletionRequest request;
  ReadSampling(body, &request.settings);
  // A bare prompt holds no turn to think about.
  request.settings.reasoning = false;
  ReadPrompt(body["prompt"], &request);
  if (!Get<std::string>(body, "prompt_cache_key", "").empty()) {
    request.settings.cached_tokens = request.settings.prompt_tokens / 2;
  }
  request.echo_tokens = Get<bool>(body, "echo", false) ? std::numeric_limits<std::size_t>::max()
                                                       : Get<std::size_t>(body, "echo_last", 0);
  request.client_seed = Get<std::int64_t>(body, "seed", 0);
  return request;
}

}  // namespace fireworks::simulator
