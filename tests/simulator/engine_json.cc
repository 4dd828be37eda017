#include "tests/simulator/engine_json.h"

#include "absl/strings/str_cat.h"
#include "tests/simulator/logprobs.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kSecondsToFirstToken = 0.05;
constexpr double kSecondsPerToken = 0.002;

}  // namespace

Json UsageJson(const GenerationRequest& request, const Generation& generation) {
  Json usage = {{"prompt_tokens", request.prompt_tokens},
                {"total_tokens", request.prompt_tokens + generation.completion_tokens},
                {"completion_tokens", generation.completion_tokens},
                {"prompt_tokens_details", {{"cached_tokens", request.cached_tokens}}}};
  if (generation.reasoning_tokens > 0) {
    usage["completion_tokens_details"] = {{"reasoning_tokens", generation.reasoning_tokens}};
  }
  return usage;
}

Json PerfMetricsJson(const GenerationRequest& request, const Generation& generation) {
  return {
      {"prompt-tokens", request.prompt_tokens},
      {"cached-prompt-tokens", request.cached_tokens},
      {"server-time-to-first-token", kSecondsToFirstToken},
      {"server-processing-time", kSecondsToFirstToken + kSecondsPerToken * static_cast<double>(
                                                            generation.completion_tokens)}};
}

Json LogprobsJson(const GenerationRequest& request, const TokenText& text, std::size_t begin,
                  std::size_t end) {
  return request.logprobs == GenerationRequest::Logprobs::kContent
             ? ContentLogprobs(text, begin, end, request.top_logprobs)
             : LegacyLogprobs(text, begin, end, request.top_logprobs);
}

Json PromptTokenIds(const std::string& prompt) {
  const TokenText text = TokenText::Literal(prompt);
  return TokenIds(text, 0, text.size());
}

Json RawOutputJson(const GenerationRequest& request, const std::string& prompt,
                   const Generation::Choice& choice) {
  Json raw = {{"prompt_fragments", {prompt}},
              {"prompt_token_ids", PromptTokenIds(prompt)},
              {"completion", choice.reasoning.All() + choice.content.All()},
              {"completion_token_ids", TokenIds(choice.content, 0, choice.content.size())}};
  for (const Generation::Call& call : choice.calls) {
    raw["completion"] = absl::StrCat(raw["completion"].get<std::string>(), "<call:", call.name, ">",
                                     call.arguments.All());
  }
  if (request.logprobs != GenerationRequest::Logprobs::kNone) {
    raw["completion_logprobs"] =
        ContentLogprobs(choice.content, 0, choice.content.size(), request.top_logprobs);
  }
  return raw;
}

Directives::Usage UsagePlacement(const GenerationRequest& request, const Directives& directives) {
  if (directives.usage != Directives::Usage::kAuto) return directives.usage;
  return request.include_usage.value_or(false) ? Directives::Usage::kExtra
                                               : Directives::Usage::kFinish;
}

Headers EngineHeaders(const GenerationRequest& request, const Generation& generation) {
  Headers headers = {{"x-ratelimit-limit-tokens-prompt", "216000"},
                     {"x-ratelimit-remaining-tokens-prompt", "215000"},
                     {"x-ratelimit-limit-tokens-generated", "36000"},
                     {"x-ratelimit-remaining-tokens-generated", "35000"},
                     {"x-ratelimit-over-limit", "no"},
                     {"fireworks-prompt-tokens", absl::StrCat(request.prompt_tokens)},
                     {"fireworks-cached-prompt-tokens", absl::StrCat(request.cached_tokens)}};
  if (request.stream) return headers;
  const Json metrics = PerfMetricsJson(request, generation);
  for (const char* key : {"server-time-to-first-token", "server-processing-time"}) {
    headers.emplace_back(absl::StrCat("fireworks-", key), metrics[key].dump());
  }
  headers.emplace_back("fireworks-sampling-options", Json({{"n", request.n}}).dump());
  return headers;
}

}  // namespace fireworks::simulator
