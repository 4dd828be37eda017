// Turns the chunks of a chat completion into the answer that CreateChatCompletion would
// have given: texts joined, tool calls assembled, usage as told last.
//
//   ChatAccumulator answer;
//   for (const auto& chunk : stream) answer.Add(chunk);
//   Use(answer.response().choices(0).message());
//
// Not thread-safe; no I/O. It works just as well on a stream that was cut off.
#ifndef FIREWORKS_CLIENT_CPP_CHAT_ACCUMULATOR_H_
#define FIREWORKS_CLIENT_CPP_CHAT_ACCUMULATOR_H_

#include <map>
#include <string>

#include "fireworks/inference/v1/chat_completion.pb.h"

namespace fireworks::client {

class ChatAccumulator {
 public:
  void Add(const fireworks::inference::v1::ChatCompletionStreamResponse& chunk);

  // So far. Choices stand in the order of their index, tool calls in the order of their
  // coming. Of keys that the contract does not know, the last value counts. Valid until
  // the next Add.
  const fireworks::inference::v1::ChatCompletionResponse& response() const { return response_; }

  // What the first choice says, reasoning and tool calls apart; empty when nothing came.
  std::string text() const;

 private:
  fireworks::inference::v1::ChatCompletionResponseChoice* Choice(int index);
  void AddCall(const fireworks::inference::v1::ChatCompletionMessageToolCall& piece, int choice,
               fireworks::inference::v1::ChatMessage* message);

  fireworks::inference::v1::ChatCompletionResponse response_;
  // By index of choice: the place in its `tool_calls` by index of the call.
  std::map<int, std::map<int, int>> calls_;
};

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_CHAT_ACCUMULATOR_H_
