#include "tests/simulator/chat.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/simulator/chat_answer.h"
#include "tests/simulator/logprobs.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kSecondsToFirstToken = 0.05;
constexpr double kSecondsPerToken = 0.002;

Json Usage(const ChatRequest& request, const ChatAnswer& answer) {
  Json usage = {{"prompt_tokens", request.prompt_tokens},
                {"total_tokens", request.prompt_tokens + answer.completion_tokens},
                {"completion_tokens", answer.completion_tokens},
                {"prompt_tokens_details", {{"cached_tokens", request.cached_tokens}}}};
  if (answer.reasoning_tokens > 0) {
    usage["completion_tokens_details"] = {{"reasoning_tokens", answer.reasoning_tokens}};
  }
  return usage;
}

Json PerfMetrics(const ChatRequest& request, const ChatAnswer& answer) {
  return {
      {"prompt-tokens", request.prompt_tokens},
      {"cached-prompt-tokens", request.cached_tokens},
      {"server-time-to-first-token", kSecondsToFirstToken},
      {"server-processing-time",
       kSecondsToFirstToken + kSecondsPerToken * static_cast<double>(answer.completion_tokens)}};
}

Json Logprobs(const ChatRequest& request, const TokenText& text, std::size_t begin,
              std::size_t end) {
  return request.logprobs == ChatRequest::Logprobs::kContent
             ? ContentLogprobs(text, begin, end, request.top_logprobs)
             : LegacyLogprobs(text, begin, end, request.top_logprobs);
}

Json PromptTokenIds(const ChatRequest& request) {
  const TokenText prompt = TokenText::Literal(request.prompt);
  return TokenIds(prompt, 0, prompt.size());
}

Json RawOutput(const ChatRequest& request, const ChatAnswer::Choice& choice) {
  Json raw = {{"prompt_fragments", {request.prompt}},
              {"prompt_token_ids", PromptTokenIds(request)},
              {"completion", choice.reasoning.All() + choice.content.All()},
              {"completion_token_ids", TokenIds(choice.content, 0, choice.content.size())}};
  for (const ChatAnswer::Call& call : choice.calls) {
    raw["completion"] = absl::StrCat(raw["completion"].get<std::string>(), "<call:", call.name, ">",
                                     call.arguments.All());
  }
  if (request.logprobs != ChatRequest::Logprobs::kNone) {
    raw["completion_logprobs"] =
        ContentLogprobs(choice.content, 0, choice.content.size(), request.top_logprobs);
  }
  return raw;
}

Json Message(const ChatAnswer::Choice& choice, std::size_t pad_bytes) {
  Json message = {{"role", "assistant"}};
  if (choice.reasoning.size() > 0) message["reasoning_content"] = choice.reasoning.All();
  if (!choice.calls.empty()) {
    message["content"] = nullptr;
    for (const ChatAnswer::Call& call : choice.calls) {
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

Json UnaryChoice(const ChatRequest& request, const Directives& directives,
                 const ChatAnswer::Choice& choice, std::size_t index) {
  Json json = {{"index", index},
               {"message", Message(choice, directives.pad_bytes)},
               {"finish_reason", choice.finish_reason}};
  if (request.logprobs != ChatRequest::Logprobs::kNone) {
    json["logprobs"] = Logprobs(request, choice.content, 0, choice.content.size());
  }
  if (request.raw_output) json["raw_output"] = RawOutput(request, choice);
  if (request.return_token_ids) {
    json["token_ids"] = TokenIds(choice.content, 0, choice.content.size());
  }
  return json;
}

// Where a choice's stream stands.
struct Cursor {
  bool role_sent = false;
  bool finished = false;
  std::size_t reasoning = 0;
  std::size_t content = 0;
  std::size_t call = 0;
  bool call_header_sent = false;
  std::size_t argument = 0;
};

// Chunks are put together as text: a tree per chunk would make the simulator
// cost more than what it measures. Only the rare parts are built as JSON.
class ChatEventSource : public EventSource {
 public:
  ChatEventSource(ChatRequest request, const Directives& directives, const ChatIdentity& identity)
      : request_(std::move(request)),
        directives_(directives),
        answer_(AnswerChat(request_, directives)),
        cursors_(answer_.choices.size()),
        prefix_(absl::StrCat(R"({"id":)", Json(identity.id).dump(),
                             R"(,"object":"chat.completion.chunk","created":)", identity.created,
                             R"(,"model":)", Json(request_.model).dump(), R"(,"choices":[)")) {
    if (request_.raw_output || request_.return_token_ids) return;
    // Nothing of the stream needs it any more, and prompts are long.
    std::string().swap(request_.prompt);
  }

  std::optional<std::string> Next() override {
    repeat_ = 1;
    while (finished_count_ < cursors_.size()) {
      const std::size_t index = turn_++ % cursors_.size();
      if (!cursors_[index].finished) return NextOf(index);
    }
    if (usage_pending_) {
      usage_pending_ = false;
      return absl::StrCat(prefix_, R"(],"usage":)", Usage(request_, answer_).dump(), "}");
    }
    return std::nullopt;
  }

  std::size_t repeat() const override { return repeat_; }

 private:
  std::string NextOf(std::size_t index) {
    Cursor& cursor = cursors_[index];
    const ChatAnswer::Choice& choice = answer_.choices[index];
    if (!cursor.role_sent) return Role(index);
    if (cursor.reasoning < choice.reasoning.size()) return Reasoning(index);
    if (cursor.content < choice.content.size()) return Content(index);
    if (cursor.call < choice.calls.size()) return Call(index);
    return Finish(index);
  }

  std::string Role(std::size_t index) {
    cursors_[index].role_sent = true;
    std::string tail = R"(],"usage":null)";
    if (request_.return_token_ids && index == 0) {
      absl::StrAppend(&tail, R"(,"prompt_token_ids":)", PromptTokenIds(request_).dump());
    }
    return absl::StrCat(prefix_, OpenChoice(index, R"({"role":"assistant"})"), "}", tail, "}");
  }

  std::string Reasoning(std::size_t index) {
    Cursor& cursor = cursors_[index];
    const std::size_t begin = cursor.reasoning;
    cursor.reasoning += directives_.chunk_tokens;
    const Json text = answer_.choices[index].reasoning.Join(begin, cursor.reasoning);
    return Chunk(OpenChoice(index, absl::StrCat(R"({"reasoning_content":)", text.dump(), "}")));
  }

  std::string Content(std::size_t index) {
    Cursor& cursor = cursors_[index];
    const TokenText& text = answer_.choices[index].content;
    const std::size_t begin = cursor.content;
    const std::size_t end = std::min(begin + directives_.chunk_tokens, text.size());
    const Json piece = text.Join(begin, end) + std::string(directives_.pad_bytes, 'x');
    std::string choice = OpenChoice(index, absl::StrCat(R"({"content":)", piece.dump(), "}"));
    if (request_.logprobs != ChatRequest::Logprobs::kNone) {
      absl::StrAppend(&choice, R"(,"logprobs":)", Logprobs(request_, text, begin, end).dump());
    }
    if (request_.return_token_ids) {
      absl::StrAppend(&choice, R"(,"token_ids":)", TokenIds(text, begin, end).dump());
    }
    cursor.content = end;
    if (directives_.blast && cursors_.size() == 1) {
      repeat_ = (text.size() + directives_.chunk_tokens - 1) / directives_.chunk_tokens;
      cursor.content = text.size();
    }
    return Chunk(std::move(choice));
  }

  // First a header with id and name, then fragments of the arguments whose id
  // is null.
  std::string Call(std::size_t index) {
    Cursor& cursor = cursors_[index];
    const ChatAnswer::Call& call = answer_.choices[index].calls[cursor.call];
    Json json = {{"index", cursor.call}, {"id", nullptr}, {"type", "function"}};
    if (!cursor.call_header_sent) {
      cursor.call_header_sent = true;
      json["id"] = call.id;
      json["function"] = {{"name", call.name}};
    } else {
      const std::size_t begin = cursor.argument;
      cursor.argument += directives_.chunk_tokens;
      json["function"] = {{"arguments", call.arguments.Join(begin, cursor.argument)}};
    }
    if (cursor.argument >= call.arguments.size()) {
      ++cursor.call;
      cursor.call_header_sent = false;
      cursor.argument = 0;
    }
    return Chunk(OpenChoice(index, absl::StrCat(R"({"tool_calls":[)", json.dump(), "]}")));
  }

  std::string Finish(std::size_t index) {
    cursors_[index].finished = true;
    ++finished_count_;
    std::string choice = OpenChoice(index, "{}", Json(answer_.choices[index].finish_reason).dump());
    if (request_.raw_output) {
      absl::StrAppend(&choice, R"(,"raw_output":)",
                      RawOutput(request_, answer_.choices[index]).dump());
    }
    std::string usage = "null";
    std::string perf;
    if (finished_count_ == cursors_.size()) {
      if (Placement() == Directives::Usage::kFinish) usage = Usage(request_, answer_).dump();
      usage_pending_ = Placement() == Directives::Usage::kExtra;
      if (request_.perf_metrics) {
        perf = absl::StrCat(R"(,"perf_metrics":)", PerfMetrics(request_, answer_).dump());
      }
    }
    return absl::StrCat(prefix_, choice, R"(}],"usage":)", usage, perf, "}");
  }

  Directives::Usage Placement() const {
    if (directives_.usage != Directives::Usage::kAuto) return directives_.usage;
    return request_.include_usage.value_or(false) ? Directives::Usage::kExtra
                                                  : Directives::Usage::kFinish;
  }

  // A choice up to its finish reason, its brace still open.
  static std::string OpenChoice(std::size_t index, absl::string_view delta,
                                absl::string_view finish_reason = "null") {
    return absl::StrCat(R"({"index":)", index, R"(,"delta":)", delta, R"(,"finish_reason":)",
                        finish_reason);
  }

  std::string Chunk(std::string open_choice) const {
    return absl::StrCat(prefix_, open_choice, R"(}],"usage":null})");
  }

  ChatRequest request_;
  const Directives directives_;
  const ChatAnswer answer_;
  std::vector<Cursor> cursors_;
  // The chunk up to its first choice.
  const std::string prefix_;
  std::size_t turn_ = 0;
  // Choices that have had their finish chunk.
  std::size_t finished_count_ = 0;
  bool usage_pending_ = false;
  std::size_t repeat_ = 1;
};

}  // namespace

std::string ChatBody(const ChatRequest& request, const Directives& directives,
                     const ChatIdentity& identity) {
  const ChatAnswer answer = AnswerChat(request, directives);
  Json body = {{"id", identity.id},
               {"object", "chat.completion"},
               {"created", identity.created},
               {"model", request.model},
               {"choices", Json::array()}};
  for (std::size_t i = 0; i < answer.choices.size(); ++i) {
    body["choices"].push_back(UnaryChoice(request, directives, answer.choices[i], i));
  }
  if (directives.usage != Directives::Usage::kNone) body["usage"] = Usage(request, answer);
  if (request.perf_metrics) body["perf_metrics"] = PerfMetrics(request, answer);
  if (request.return_token_ids) body["prompt_token_ids"] = PromptTokenIds(request);
  return body.dump();
}

std::unique_ptr<EventSource> ChatEvents(ChatRequest request, const Directives& directives,
                                        const ChatIdentity& identity) {
  return std::make_unique<ChatEventSource>(std::move(request), directives, identity);
}

Headers ChatHeaders(const ChatRequest& request, const Directives& directives) {
  Headers headers = {{"x-ratelimit-limit-tokens-prompt", "216000"},
                     {"x-ratelimit-remaining-tokens-prompt", "215000"},
                     {"x-ratelimit-limit-tokens-generated", "36000"},
                     {"x-ratelimit-remaining-tokens-generated", "35000"},
                     {"x-ratelimit-over-limit", "no"},
                     {"fireworks-prompt-tokens", absl::StrCat(request.prompt_tokens)},
                     {"fireworks-cached-prompt-tokens", absl::StrCat(request.cached_tokens)}};
  if (request.stream) return headers;
  const Json metrics = PerfMetrics(request, AnswerChat(request, directives));
  for (const char* key : {"server-time-to-first-token", "server-processing-time"}) {
    headers.emplace_back(absl::StrCat("fireworks-", key), metrics[key].dump());
  }
  headers.emplace_back("fireworks-sampling-options", Json({{"n", request.n}}).dump());
  return headers;
}

}  // namespace fireworks::simulator
