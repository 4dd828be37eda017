#include "client/cpp/chat_accumulator.h"

#include <algorithm>
#include <string>

namespace fireworks::client {
namespace {

using fireworks::inference::v1::ChatCompletionMessageToolCall;
using fireworks::inference::v1::ChatCompletionResponseChoice;
using fireworks::inference::v1::ChatCompletionResponseStreamChoice;
using fireworks::inference::v1::ChatCompletionStreamResponse;
using fireworks::inference::v1::ChatMessage;
using fireworks::inference::v1::DeltaMessage;
using JsonByKey = google::protobuf::Map<std::string, std::string>;

// What the contract does not know: the last word counts.
void MergeExtra(const JsonByKey& from, JsonByKey* to) {
  for (const auto& [key, json] : from) (*to)[key] = json;
}

void MergeText(const DeltaMessage& delta, ChatMessage* message) {
  if (delta.has_role()) message->set_role(delta.role());
  if (delta.has_content()) message->mutable_content()->mutable_text()->append(delta.content());
  if (delta.has_reasoning_content()) {
    message->mutable_reasoning_content()->append(delta.reasoning_content());
  }
  MergeExtra(delta.extra_json(), message->mutable_extra_json());
}

void MergeCall(const ChatCompletionMessageToolCall& piece, ChatCompletionMessageToolCall* call) {
  if (!piece.id().empty()) call->set_id(piece.id());
  if (piece.has_type()) call->set_type(piece.type());
  MergeExtra(piece.extra_json(), call->mutable_extra_json());
  if (piece.function().has_text()) {
    call->mutable_function()->mutable_text()->append(piece.function().text());
    return;
  }
  const auto& from = piece.function().call();
  auto* to = call->mutable_function()->mutable_call();
  // Whole, in the first piece or in each.
  if (!from.name().empty()) to->set_name(from.name());
  if (from.arguments().has_object()) {
    to->mutable_arguments()->set_object(from.arguments().object());
  } else if (from.arguments().has_text()) {
    to->mutable_arguments()->mutable_text()->append(from.arguments().text());
  }
  MergeExtra(from.extra_json(), to->mutable_extra_json());
}

// Of the call that `piece` belongs to. Without an index, a piece with a new id begins a call.
int IndexOf(const ChatCompletionMessageToolCall& piece, int last, const ChatMessage& message) {
  if (piece.has_index()) return piece.index();
  if (piece.id().empty()) return std::max(last, 0);
  for (const auto& call : message.tool_calls()) {
    if (call.id() == piece.id()) return call.index();
  }
  return last + 1;
}

void MergeRest(const ChatCompletionResponseStreamChoice& piece,
               ChatCompletionResponseChoice* choice) {
  if (piece.has_finish_reason()) choice->set_finish_reason(piece.finish_reason());
  if (piece.logprobs().has_openai()) {
    choice->mutable_logprobs()->mutable_openai()->MergeFrom(piece.logprobs().openai());
  } else if (piece.logprobs().has_legacy()) {
    choice->mutable_logprobs()->mutable_legacy()->MergeFrom(piece.logprobs().legacy());
  }
  if (piece.has_raw_output()) *choice->mutable_raw_output() = piece.raw_output();
  choice->mutable_token_ids()->MergeFrom(piece.token_ids());
  MergeExtra(piece.extra_json(), choice->mutable_extra_json());
}

}  // namespace

void ChatAccumulator::Add(const ChatCompletionStreamResponse& chunk) {
  if (!chunk.id().empty()) response_.set_id(chunk.id());
  if (!chunk.model().empty()) response_.set_model(chunk.model());
  if (chunk.has_created()) response_.set_created(chunk.created());
  response_.set_object("chat.completion");
  // Told anew rather than in pieces.
  if (chunk.has_usage()) *response_.mutable_usage() = chunk.usage();
  if (chunk.has_perf_metrics()) *response_.mutable_perf_metrics() = chunk.perf_metrics();
  response_.mutable_prompt_token_ids()->MergeFrom(chunk.prompt_token_ids());
  MergeExtra(chunk.extra_json(), response_.mutable_extra_json());
  for (const ChatCompletionResponseStreamChoice& piece : chunk.choices()) {
    ChatCompletionResponseChoice* choice = Choice(piece.index());
    MergeText(piece.delta(), choice->mutable_message());
    for (const auto& call : piece.delta().tool_calls()) {
      AddCall(call, piece.index(), choice->mutable_message());
    }
    MergeRest(piece, choice);
  }
}

void ChatAccumulator::AddCall(const ChatCompletionMessageToolCall& piece, int choice,
                              ChatMessage* message) {
  std::map<int, int>& calls = calls_[choice];
  const int last = calls.empty() ? -1 : calls.rbegin()->first;
  const int index = IndexOf(piece, last, *message);
  const auto [place, is_new] = calls.emplace(index, message->tool_calls_size());
  if (is_new) message->add_tool_calls()->set_index(index);
  MergeCall(piece, message->mutable_tool_calls(place->second));
}

std::string ChatAccumulator::text() const {
  return response_.choices().empty() ? "" : response_.choices(0).message().content().text();
}

ChatCompletionResponseChoice* ChatAccumulator::Choice(int index) {
  auto* choices = response_.mutable_choices();
  const auto place =
      std::find_if(choices->begin(), choices->end(),
                   [index](const auto& choice) { return choice.index() >= index; });
  if (place != choices->end() && place->index() == index) return &*place;
  // At the end, then back to its place: answers have few choices.
  int at = choices->size();
  const int wanted = static_cast<int>(place - choices->begin());
  choices->Add()->set_index(index);
  for (; at > wanted; --at) choices->SwapElements(at, at - 1);
  return choices->Mutable(wanted);
}

}  // namespace fireworks::client
