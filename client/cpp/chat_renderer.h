// Turns the chunks of a chat completion into text for people: reasoning, answer
// and tool calls, each told apart from what goes before it.
//
// Not thread-safe; no I/O. Shows the first choice only.
#ifndef FIREWORKS_CLIENT_CPP_CHAT_RENDERER_H_
#define FIREWORKS_CLIENT_CPP_CHAT_RENDERER_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "fireworks/inference/v1/chat_completion.pb.h"

namespace fireworks::client {

class ChatRenderer {
 public:
  struct Options {
    // Whether to show the model's reasoning.
    bool show_reasoning = true;
    // Whether reasoning and tool calls are set in faint type.
    bool color = false;
    // Whether the text goes to a terminal, so that control characters must be
    // made visible. Else text passes as the model wrote it.
    bool terminal = false;
  };

  explicit ChatRenderer(const Options& options) : options_(options) {}

  // What to print for the next chunk; often empty.
  std::string Render(const fireworks::inference::v1::ChatCompletionStreamResponse& chunk);

  // What to print at the end of the stream, however it ended: tool calls that
  // were cut off, marked as such, and the newline that ends the last line.
  std::string Finish();

  // Why generation ended; empty until a chunk has told.
  const std::string& finish_reason() const { return finish_reason_; }

 private:
  enum class Part { kNone, kReasoning, kAnswer, kToolCall };

  // A call, as far as its pieces have come.
  struct ToolCall {
    int index = 0;
    std::string id;
    std::string name;
    std::string arguments;
  };

  void Append(Part part, absl::string_view text, std::string* output);
  void AddPiece(const fireworks::inference::v1::ChatCompletionMessageToolCall& piece);
  // Shows the calls that were gathered, and forgets them.
  void ShowToolCalls(bool complete, std::string* output);

  const Options options_;
  // The part that was shown last, and how many newlines ended it, at most 2.
  Part part_ = Part::kNone;
  int newlines_ = 0;
  std::vector<ToolCall> tool_calls_;
  std::string finish_reason_;
};

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_CHAT_RENDERER_H_
