#include "tests/simulator/response.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/simulator/part_events.h"
#include "tests/simulator/part_walk.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kFailure[] = "The model failed.";

std::string StatusOf(const Generation& generation) {
  const std::string& reason = generation.choices[0].finish_reason;
  if (reason == "length") return "incomplete";
  if (reason == "error") return "failed";
  return reason == "cancelled" ? "cancelled" : "completed";
}

Json Usage(const GenerationRequest& request, const Generation& generation) {
  return {{"input_tokens", nullptr},
          {"input_tokens_details", nullptr},
          {"output_tokens", nullptr},
          {"output_tokens_details", nullptr},
          {"total_tokens", request.prompt_tokens + generation.completion_tokens},
          {"prompt_tokens", request.prompt_tokens},
          {"completion_tokens", generation.completion_tokens},
          {"prompt_tokens_details", {{"cached_tokens", request.cached_tokens}}}};
}

// A response without output.
Json EmptyResponse(const ResponseRequest& request, const AnswerIdentity& identity,
                   const char* status) {
  Json response = {{"id", request.store ? Json(identity.id) : Json()},
                   {"created_at", static_cast<double>(identity.created)},
                   {"error", nullptr},
                   {"incomplete_details", nullptr},
                   {"object", "response"},
                   {"output", Json::array()},
                   {"background", nullptr},
                   {"service_tier", nullptr},
                   {"status", status},
                   {"usage", nullptr}};
  response.update(request.settings);
  return response;
}

std::string ItemId(const AnswerIdentity& identity, const Part& part, std::size_t index) {
  const char* prefix = part.kind == Part::Kind::kReasoning ? "rs_"
                       : part.kind == Part::Kind::kContent ? "msg_"
                                                           : "fc_";
  return HexId(prefix, Mix(StableHash(identity.id), index));
}

// A part of an item's content.
Json ContentPart(const Part& part, const std::string& text) {
  if (part.kind == Part::Kind::kReasoning) return {{"text", text}, {"type", "reasoning_text"}};
  return {{"annotations", nullptr}, {"text", text}, {"type", "output_text"}, {"logprobs", nullptr}};
}

// An output item, as it begins or as it ends.
Json Item(const std::string& id, const Part& part, bool whole) {
  const char* status = whole ? "completed" : "in_progress";
  const std::string text = whole ? part.text->All() : "";
  if (part.kind == Part::Kind::kCall) {
    return {{"id", id},
            {"type", "function_call"},
            {"call_id", part.call->id},
            {"name", part.call->name},
            {"arguments", text},
            {"status", status}};
  }
  Json content = Json::array();
  if (whole) content.push_back(ContentPart(part, text));
  if (part.kind == Part::Kind::kReasoning) {
    return {{"id", id}, {"type", "reasoning"}, {"summary", Json::array()}, {"content", content}};
  }
  return {{"id", id},
          {"content", content},
          {"role", "assistant"},
          {"status", status},
          {"type", "message"},
          {"function", nullptr},
          {"mcp", nullptr}};
}

// What the events about a part's text are called, without "delta" and "done".
std::string TextEvent(const Part& part) {
  switch (part.kind) {
    case Part::Kind::kReasoning:
      return "response.reasoning_text.";
    case Part::Kind::kContent:
      return "response.output_text.";
    case Part::Kind::kCall:
      break;
  }
  return "response.function_call_arguments.";
}

class ResponseEventSource : public PartEvents {
 public:
  ResponseEventSource(ResponseRequest request, Generation generation, const Directives& directives,
                      const AnswerIdentity& identity, std::function<void(Json)> on_final)
      : PartEvents(std::move(generation), directives),
        request_(std::move(request)),
        identity_(identity),
        on_final_(std::move(on_final)) {}

  std::string Error() override {
    const Json error = {{"type", "error"},
                        {"code", "server_error"},
                        {"message", kFailure},
                        {"param", nullptr},
                        {"sequence_number", sequence_}};
    return error.dump();
  }

 private:
  void Emit(const std::string& type, Json event) {
    event["sequence_number"] = sequence_++;
    event["type"] = type;
    Push(event.dump());
  }

  std::string id(std::size_t index) const { return ItemId(identity_, part(index), index); }

  // The members that say which text an event is about.
  Json Place(std::size_t index) const {
    Json place;
    if (part(index).kind != Part::Kind::kCall) place["content_index"] = 0;
    place["item_id"] = id(index);
    place["output_index"] = index;
    return place;
  }

  void Begin() override {
    const Json response = EmptyResponse(request_, identity_, "in_progress");
    Emit("response.created", {{"response", response}});
    Emit("response.in_progress", {{"response", response}});
  }

  void Open(std::size_t index) override {
    Emit("response.output_item.added",
         {{"item", Item(id(index), part(index), false)}, {"output_index", index}});
    if (part(index).kind == Part::Kind::kCall) return;
    Json event = Place(index);
    event["part"] = ContentPart(part(index), "");
    Emit("response.content_part.added", std::move(event));
  }

  void TellPiece(std::size_t index, const std::string& text) override {
    Json event = Place(index);
    event["delta"] = text;
    Emit(absl::StrCat(TextEvent(part(index)), "delta"), std::move(event));
  }

  void Close(std::size_t index) override {
    const bool call = part(index).kind == Part::Kind::kCall;
    const std::string text = part(index).text->All();
    Json event = Place(index);
    event[call ? "arguments" : "text"] = text;
    Emit(absl::StrCat(TextEvent(part(index)), "done"), std::move(event));
    if (!call) {
      event = Place(index);
      event["part"] = ContentPart(part(index), text);
      Emit("response.content_part.done", std::move(event));
    }
    Emit("response.output_item.done",
         {{"item", Item(id(index), part(index), true)}, {"output_index", index}});
  }

  void End() override {
    Json response = ResponseJson(request_, generation(), directives(), identity_);
    on_final_(response);
    Emit("response." + StatusOf(generation()), {{"response", std::move(response)}});
  }

  const ResponseRequest request_;
  const AnswerIdentity identity_;
  const std::function<void(Json)> on_final_;
  std::size_t sequence_ = 0;
};

}  // namespace

Json ResponseJson(const ResponseRequest& request, const Generation& generation,
                  const Directives& directives, const AnswerIdentity& identity) {
  const std::string status = StatusOf(generation);
  Json response = EmptyResponse(request, identity, status.c_str());
  for (const Part& part : PartsOf(generation.choices[0])) {
    const std::size_t index = response["output"].size();
    response["output"].push_back(Item(ItemId(identity, part, index), part, true));
  }
  if (status == "failed") {
    response["error"] = {{"code", "server_error"}, {"message", kFailure}};
  }
  if (status == "incomplete") {
    response["incomplete_details"] = {{"reason", "max_output_tokens"}};
  }
  if (directives.usage != Directives::Usage::kNone) {
    response["usage"] = Usage(request.generation, generation);
  }
  return response;
}

std::unique_ptr<EventSource> ResponseEvents(ResponseRequest request, Generation generation,
                                            const Directives& directives,
                                            const AnswerIdentity& identity,
                                            std::function<void(Json)> on_final) {
  return std::make_unique<ResponseEventSource>(std::move(request), std::move(generation),
                                               directives, identity, std::move(on_final));
}

}  // namespace fireworks::simulator
