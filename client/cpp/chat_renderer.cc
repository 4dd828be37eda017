#include "client/cpp/chat_renderer.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cpp/terminal.h"
#include "client/cpp/text.h"

namespace fireworks::client {

using fireworks::inference::v1::ChatCompletionMessageToolCall;
using fireworks::inference::v1::ChatCompletionStreamResponse;

std::string ChatRenderer::Render(const ChatCompletionStreamResponse& chunk) {
  std::string output;
  for (const auto& choice : chunk.choices()) {
    if (choice.index() != 0) continue;
    const auto& delta = choice.delta();
    if (options_.show_reasoning) Append(Part::kReasoning, delta.reasoning_content(), &output);
    Append(Part::kAnswer, delta.content(), &output);
    for (const auto& piece : delta.tool_calls()) AddPiece(piece);
    if (choice.has_finish_reason()) {
      finish_reason_ = choice.finish_reason();
      ShowToolCalls(/*complete=*/finish_reason_ != "error" && finish_reason_ != "length", &output);
    }
  }
  return output;
}

std::string ChatRenderer::Finish() {
  std::string output;
  ShowToolCalls(/*complete=*/false, &output);
  if (part_ != Part::kNone && newlines_ == 0) output += '\n';
  part_ = Part::kNone;
  return output;
}

void ChatRenderer::Append(Part part, absl::string_view text, std::string* output) {
  if (text.empty()) return;
  if (part_ != part && part_ != Part::kNone) {
    // A blank line between parts.
    for (; newlines_ < 2; ++newlines_) *output += '\n';
  }
  part_ = part;
  const std::string shown = options_.terminal ? ForTerminal(text) : std::string(text);
  *output += options_.color && part != Part::kAnswer ? Dim(shown) : shown;

  const std::size_t last = shown.find_last_not_of('\n');
  const auto trailing = static_cast<int>(
      last == std::string::npos ? newlines_ + shown.size() : shown.size() - last - 1);
  newlines_ = std::min(trailing, 2);
}

void ChatRenderer::AddPiece(const ChatCompletionMessageToolCall& piece) {
  // Without an index, a piece with a new id begins a call.
  const bool has_id = !piece.id().empty();
  const int last = tool_calls_.empty() ? -1 : tool_calls_.back().index;
  const int index = piece.has_index() ? piece.index() : has_id ? last + 1 : std::max(last, 0);
  const bool by_id = !piece.has_index() && has_id;
  auto call = std::find_if(tool_calls_.begin(), tool_calls_.end(), [&](const ToolCall& known) {
    return by_id ? known.id == piece.id() : known.index == index;
  });
  if (call == tool_calls_.end()) call = tool_calls_.insert(call, ToolCall{index});

  if (!piece.id().empty()) call->id = piece.id();
  const auto& function = piece.function();
  const auto& arguments = function.call().arguments();
  // Whole, in the first piece or in each.
  if (!function.call().name().empty()) call->name = function.call().name();
  // At most one of them is set.
  absl::StrAppend(&call->arguments, function.text(), arguments.text(), arguments.object());
}

void ChatRenderer::ShowToolCalls(bool complete, std::string* output) {
  for (const ToolCall& call : std::exchange(tool_calls_, {})) {
    Append(Part::kToolCall,
           absl::StrCat("tool call ", call.name, "(", call.arguments, ")",
                        call.id.empty() ? "" : absl::StrCat(" [", call.id, "]"),
                        complete ? "" : " (cut off)", "\n"),
           output);
  }
}

}  // namespace fireworks::client
