#include "tests/simulator/completion.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/simulator/choice_events.h"
#include "tests/simulator/engine_json.h"
#include "tests/simulator/logprobs.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kObject[] = "text_completion";

const std::string& PromptOf(const CompletionRequest& request, std::size_t choice) {
  return request.prompts[choice / static_cast<std::size_t>(request.settings.n)];
}

// The end of `prompt` that is echoed.
std::string Echo(const std::string& prompt, std::size_t tokens) {
  const TokenText text = TokenText::Literal(prompt);
  return text.Join(text.size() - std::min(tokens, text.size()), text.size());
}

// Members of a choice that tell about tokens [begin, end) of its text, each with
// a comma before it.
std::string TokenMembers(const GenerationRequest& settings, const TokenText& text,
                         std::size_t begin, std::size_t end) {
  const bool logprobs = settings.logprobs != GenerationRequest::Logprobs::kNone;
  std::string members = absl::StrCat(
      R"(,"logprobs":)", logprobs ? LogprobsJson(settings, text, begin, end).dump() : "null");
  if (settings.return_token_ids) {
    absl::StrAppend(&members, R"(,"token_ids":)", TokenIds(text, begin, end).dump());
  }
  return members;
}

// Tokens [begin, end) of choice `index` as a choice without its closing brace.
// The first piece tells the prompt, the last one why the choice finished.
std::string OpenChoice(const CompletionRequest& request, const Generation& generation,
                       const Directives& directives, std::size_t index, std::size_t begin,
                       std::size_t end) {
  const Generation::Choice& choice = generation.choices[index];
  const bool last = end == choice.content.size();
  const Json text = choice.content.Join(begin, end) + std::string(directives.pad_bytes, 'x');
  std::string open = absl::StrCat(
      R"({"text":)", text.dump(), R"(,"index":)", index, R"(,"finish_reason":)",
      last ? Json(choice.finish_reason).dump() : "null",
      TokenMembers(request.settings, choice.content, begin, end));
  if (request.settings.return_token_ids && begin == 0) {
    absl::StrAppend(&open, R"(,"prompt_token_ids":)",
                    PromptTokenIds(PromptOf(request, index)).dump());
  }
  if (request.settings.raw_output && last) {
    absl::StrAppend(&open, R"(,"raw_output":)",
                    RawOutputJson(request.settings, PromptOf(request, index), choice).dump());
  }
  return open;
}

class CompletionEventSource : public ChoiceEvents {
 public:
  CompletionEventSource(CompletionRequest request, Generation generation,
                        const Directives& directives, const AnswerIdentity& identity)
      : ChoiceEvents(request.settings, std::move(generation), directives, identity, kObject),
        request_(std::move(request)),
        positions_(this->generation().choices.size()) {}

 private:
  std::string NextOf(std::size_t index) override {
    const std::size_t size = generation().choices[index].content.size();
    const std::size_t begin = positions_[index];
    const std::size_t end = std::min(begin + directives().chunk_tokens, size);
    positions_[index] = end;
    const std::string open = OpenChoice(request_, generation(), directives(), index, begin, end);
    return end == size ? FinishChunk(index, open) : Chunk(open);
  }

  const CompletionRequest request_;
  // Tokens told, by choice.
  std::vector<std::size_t> positions_;
};

}  // namespace

Generation Complete(const CompletionRequest& request, const Directives& directives) {
  Generation all;
  for (const std::string& prompt : request.prompts) {
    GenerationRequest one = request.settings;
    one.prompt = prompt;
    one.say = WantedEcho(prompt);
    one.Seed(request.client_seed);
    Generation generation = Generate(one, directives);
    all.completion_tokens += generation.completion_tokens;
    for (Generation::Choice& choice : generation.choices) {
      if (request.echo_tokens > 0) {
        choice.content =
            TokenText::Literal(Echo(prompt, request.echo_tokens) + choice.content.All());
      }
      all.choices.push_back(std::move(choice));
    }
  }
  return all;
}

std::string CompletionBody(const CompletionRequest& request, const Generation& generation,
                           const Directives& directives, const AnswerIdentity& identity) {
  Json body = {{"id", identity.id},
               {"object", kObject},
               {"created", identity.created},
               {"model", request.settings.model},
               {"choices", Json::array()}};
  for (std::size_t i = 0; i < generation.choices.size(); ++i) {
    const std::size_t size = generation.choices[i].content.size();
    body["choices"].push_back(
        Json::parse(OpenChoice(request, generation, directives, i, 0, size) + "}"));
  }
  if (directives.usage != Directives::Usage::kNone) {
    body["usage"] = UsageJson(request.settings, generation);
  }
  if (request.settings.perf_metrics) {
    body["perf_metrics"] = PerfMetricsJson(request.settings, generation);
  }
  return body.dump();
}

std::unique_ptr<EventSource> CompletionEvents(CompletionRequest request, Generation generation,
                                              const Directives& directives,
                                              const AnswerIdentity& identity) {
  return std::make_unique<CompletionEventSource>(std::move(request), std::move(generation),
                                                 directives, identity);
}

}  // namespace fireworks::simulator
