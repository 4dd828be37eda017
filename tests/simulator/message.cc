#include "tests/simulator/message.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/simulator/engine_json.h"
#include "tests/simulator/errors.h"
#include "tests/simulator/part_events.h"
#include "tests/simulator/part_walk.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::ordered_json;

// As the wire has it where nothing is known yet, too.
Json Usage(std::size_t input, std::size_t output, std::size_t cached) {
  return {{"input_tokens", input},
          {"output_tokens", output},
          {"cache_creation_input_tokens", 0},
          {"cache_read_input_tokens", cached}};
}

Json FinalUsage(const GenerationRequest& request, const Generation& generation) {
  return Usage(request.prompt_tokens, generation.completion_tokens, request.cached_tokens);
}

std::string StopReason(const std::string& finish_reason) {
  if (finish_reason == "stop") return "end_turn";
  if (finish_reason == "length") return "max_tokens";
  if (finish_reason == "tool_calls") return "tool_use";
  return finish_reason;
}

std::string Signature(const TokenText& thinking) {
  return HexId("sig-", StableHash(thinking.All()));
}

// A content block as it begins.
Json EmptyBlock(const Part& part) {
  switch (part.kind) {
    case Part::Kind::kReasoning:
      return {{"type", "thinking"}, {"thinking", ""}, {"signature", ""}};
    case Part::Kind::kContent:
      return {{"type", "text"}, {"text", ""}};
    case Part::Kind::kCall:
      break;
  }
  return {{"type", "tool_use"},
          {"id", part.call->id},
          {"name", part.call->name},
          {"input", Json::object()}};
}

Json WholeBlock(const Part& part, std::size_t pad_bytes) {
  Json block = EmptyBlock(part);
  switch (part.kind) {
    case Part::Kind::kReasoning:
      block["thinking"] = part.text->All();
      block["signature"] = Signature(*part.text);
      break;
    case Part::Kind::kContent:
      block["text"] = part.text->All() + std::string(pad_bytes, 'x');
      break;
    case Part::Kind::kCall:
      block["input"] = Json::parse(part.text->All());
      break;
  }
  return block;
}

Json Delta(const Part& part, const std::string& text) {
  switch (part.kind) {
    case Part::Kind::kReasoning:
      return {{"type", "thinking_delta"}, {"thinking", text}};
    case Part::Kind::kContent:
      return {{"type", "text_delta"}, {"text", text}};
    case Part::Kind::kCall:
      break;
  }
  return {{"type", "input_json_delta"}, {"partial_json", text}};
}

// The message without its content, its end and its usage.
Json EmptyMessage(const GenerationRequest& request, const AnswerIdentity& identity) {
  return {{"id", identity.id},        {"type", "message"},      {"role", "assistant"},
          {"content", Json::array()}, {"model", request.model}, {"stop_reason", nullptr},
          {"stop_sequence", nullptr}};
}

class MessageEventSource : public PartEvents {
 public:
  MessageEventSource(GenerationRequest request, Generation generation,
                     const Directives& directives, const AnswerIdentity& identity)
      : PartEvents(std::move(generation), directives),
        request_(std::move(request)),
        identity_(identity) {}

  std::string Error() override {
    set_name("error");
    return AnthropicError(503, "Overloaded.", identity_.id).body;
  }

  bool has_done_marker() const override { return false; }

 private:
  void Emit(const char* type, const Json& members) {
    Json event = {{"type", type}};
    event.update(members);
    Push(event.dump(), type);
  }

  void Begin() override {
    Json message = EmptyMessage(request_, identity_);
    message["usage"] = Usage(0, 0, 0);
    for (const char* key : {"cache_creation", "service_tier", "inference_geo"}) {
      message["usage"][key] = nullptr;
    }
    Emit("message_start", {{"message", std::move(message)}});
    Emit("ping", Json::object());
  }

  void Open(std::size_t index) override {
    Emit("content_block_start", {{"index", index}, {"content_block", EmptyBlock(part(index))}});
  }

  void TellPiece(std::size_t index, const std::string& text) override {
    Emit("content_block_delta", {{"index", index}, {"delta", Delta(part(index), text)}});
  }

  void Close(std::size_t index) override {
    if (part(index).kind == Part::Kind::kReasoning) {
      const Json delta = {{"type", "signature_delta"}, {"signature", Signature(*part(index).text)}};
      Emit("content_block_delta", {{"index", index}, {"delta", delta}});
    }
    Emit("content_block_stop", {{"index", index}});
  }

  void End() override {
    Json members = {{"delta",
                     {{"stop_reason", StopReason(generation().choices[0].finish_reason)},
                      {"stop_sequence", nullptr}}}};
    if (directives().usage != Directives::Usage::kNone) {
      members["usage"] = FinalUsage(request_, generation());
    }
    Emit("message_delta", members);
    if (directives().done) Emit("message_stop", Json::object());
  }

  const GenerationRequest request_;
  const AnswerIdentity identity_;
};

}  // namespace

std::string MessageBody(const GenerationRequest& request, const Generation& generation,
                        const Directives& directives, const AnswerIdentity& identity) {
  const Generation::Choice& choice = generation.choices[0];
  Json message = EmptyMessage(request, identity);
  for (const Part& part : PartsOf(choice)) {
    message["content"].push_back(WholeBlock(part, directives.pad_bytes));
  }
  message["stop_reason"] = StopReason(choice.finish_reason);
  if (directives.usage != Directives::Usage::kNone) {
    message["usage"] = FinalUsage(request, generation);
  }
  if (request.raw_output) {
    message["raw_output"] = RawOutputJson(request, request.prompt, choice);
  }
  return message.dump();
}

std::unique_ptr<EventSource> MessageEvents(GenerationRequest request, Generation generation,
                                           const Directives& directives,
                                           const AnswerIdentity& identity) {
  return std::make_unique<MessageEventSource>(std::move(request), std::move(generation),
                                              directives, identity);
}

}  // namespace fireworks::simulator
