#include "tests/simulator/chat.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/simulator/choice_events.h"
#include "tests/simulator/engine_json.h"
#include "tests/simulator/logprobs.h"
#include "tests/simulator/part_walk.h"
#include "tests/simulator/time_stamp.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::ordered_json;

Json Message(const Generation::Choice& choice, std::size_t pad_bytes) {
  Json message = {{"role", "assistant"}};
  if (choice.reasoning.size() > 0) message["reasoning_content"] = choice.reasoning.All();
  if (!choice.calls.empty()) {
    message["content"] = nullptr;
    for (const Generation::Call& call : choice.calls) {
      message["tool_calls"].push_back(
          {{"index", message["tool_calls"].size()},
           {"id", call.id},
           {"type", "function"},
           {"function", {{"name", call.name}, {"arguments", call.arguments.All()}}}});
    }
  } else if (choice.content.size() > 0 || choice.reasoning.size() == 0) {
    // A model that is cut while it reasons leaves the key out.
    message["content"] = choice.content.All() + std::string(pad_bytes, 'x');
  }
  return message;
}

Json UnaryChoice(const GenerationRequest& request, const Directives& directives,
                 const Generation::Choice& choice, std::size_t index) {
  Json json = {{"index", index},
               {"message", Message(choice, directives.pad_bytes)},
               {"finish_reason", choice.finish_reason}};
  if (request.logprobs != GenerationRequest::Logprobs::kNone) {
    json["logprobs"] = LogprobsJson(request, choice.content, 0, choice.content.size());
  }
  if (request.raw_output) json["raw_output"] = RawOutputJson(request, request.prompt, choice);
  if (request.return_token_ids) {
    json["token_ids"] = TokenIds(choice.content, 0, choice.content.size());
  }
  return json;
}

class ChatEventSource : public ChoiceEvents {
 public:
  ChatEventSource(GenerationRequest request, Generation generation, const Directives& directives,
                  const AnswerIdentity& identity)
      : ChoiceEvents(std::move(request), std::move(generation), directives, identity,
                     "chat.completion.chunk"),
        role_sent_(this->generation().choices.size()) {
    for (const Generation::Choice& choice : this->generation().choices) {
      walks_.emplace_back(choice, directives.chunk_tokens);
    }
    if (!this->request().raw_output && !this->request().return_token_ids) ForgetPrompt();
  }

 private:
  std::string NextOf(std::size_t index) override {
    if (!role_sent_[index]) return Role(index);
    PartWalk& walk = walks_[index];
    for (PartWalk::Step step = walk.Next(); step.kind != PartWalk::Step::Kind::kEnd;
         step = walk.Next()) {
      const Part& part = walk.parts()[step.part];
      if (part.kind == Part::Kind::kCall && step.kind != PartWalk::Step::Kind::kClose) {
        return Call(index, part, step);
      }
      if (step.kind != PartWalk::Step::Kind::kPiece) continue;
      return part.kind == Part::Kind::kContent ? Content(index, part, step)
                                               : Reasoning(index, part, step);
    }
    return Finish(index);
  }

  const Generation::Choice& choice(std::size_t index) const { return generation().choices[index]; }

  std::string Role(std::size_t index) {
    role_sent_[index] = true;
    std::string tail;
    if (request().return_token_ids && index == 0) {
      tail = absl::StrCat(R"(,"prompt_token_ids":)", PromptTokenIds(request().prompt).dump());
    }
    return Chunk(OpenChoice(index, R"({"role":"assistant"})"), tail);
  }

  std::string Reasoning(std::size_t index, const Part& part, const PartWalk::Step& step) {
    const Json text = PieceText(part, step, 0);
    return Chunk(OpenChoice(index, absl::StrCat(R"({"reasoning_content":)", text.dump(), "}")));
  }

  std::string Content(std::size_t index, const Part& part, const PartWalk::Step& step) {
    const TokenText& text = *part.text;
    std::string said = PieceText(part, step, directives().pad_bytes);
    if (directives().stamp) said += kUnstamped;
    const Json words = std::move(said);
    std::string open = OpenChoice(index, absl::StrCat(R"({"content":)", words.dump(), "}"));
    if (request().logprobs != GenerationRequest::Logprobs::kNone) {
      absl::StrAppend(&open, R"(,"logprobs":)",
                      LogprobsJson(request(), text, step.begin, step.end).dump());
    }
    if (request().return_token_ids) {
      absl::StrAppend(&open, R"(,"token_ids":)", TokenIds(text, step.begin, step.end).dump());
    }
    if (directives().blast && walks_.size() == 1) {
      set_repeat((text.size() + directives().chunk_tokens - 1) / directives().chunk_tokens);
      walks_[index].SkipText();
    }
    return Chunk(open);
  }

  // First a header with id and name, then fragments of the arguments whose id
  // is null.
  std::string Call(std::size_t index, const Part& part, const PartWalk::Step& step) {
    Json json = {{"index", part.call - choice(index).calls.data()},
                 {"id", nullptr},
                 {"type", "function"}};
    if (step.kind == PartWalk::Step::Kind::kOpen) {
      json["id"] = part.call->id;
      json["function"] = {{"name", part.call->name}};
    } else {
      json["function"] = {{"arguments", PieceText(part, step, 0)}};
    }
    return Chunk(OpenChoice(index, absl::StrCat(R"({"tool_calls":[)", json.dump(), "]}")));
  }

  std::string Finish(std::size_t index) {
    std::string open = OpenChoice(index, "{}", Json(choice(index).finish_reason).dump());
    if (request().raw_output) {
      absl::StrAppend(&open, R"(,"raw_output":)",
                      RawOutputJson(request(), request().prompt, choice(index)).dump());
    }
    return FinishChunk(index, open);
  }

  // A choice up to its finish reason, its brace still open.
  static std::string OpenChoice(std::size_t index, absl::string_view delta,
                                absl::string_view finish_reason = "null") {
    return absl::StrCat(R"({"index":)", index, R"(,"delta":)", delta, R"(,"finish_reason":)",
                        finish_reason);
  }

  std::vector<bool> role_sent_;
  std::vector<PartWalk> walks_;
};

}  // namespace

std::string ChatBody(const GenerationRequest& request, const Generation& generation,
                     const Directives& directives, const AnswerIdentity& identity) {
  Json body = {{"id", identity.id},
               {"object", "chat.completion"},
               {"created", identity.created},
               {"model", request.model},
               {"choices", Json::array()}};
  for (std::size_t i = 0; i < generation.choices.size(); ++i) {
    body["choices"].push_back(UnaryChoice(request, directives, generation.choices[i], i));
  }
  if (directives.usage != Directives::Usage::kNone) body["usage"] = UsageJson(request, generation);
  if (request.perf_metrics) body["perf_metrics"] = PerfMetricsJson(request, generation);
  if (request.return_token_ids) body["prompt_token_ids"] = PromptTokenIds(request.prompt);
  return body.dump();
}

std::unique_ptr<EventSource> ChatEvents(GenerationRequest request, Generation generation,
                                        const Directives& directives,
                                        const AnswerIdentity& identity) {
  return std::make_unique<ChatEventSource>(std::move(request), std::move(generation), directives,
                                           identity);
}

}  // namespace fireworks::simulator
