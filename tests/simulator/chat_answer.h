// What the simulated model answers to a chat request: decided once, rendered as
// one JSON body or as a stream of chunks.
//
// Values; thread-compatible. The answer depends on the request and on nothing
// else.
#ifndef FIREWORKS_TESTS_SIMULATOR_CHAT_ANSWER_H_
#define FIREWORKS_TESTS_SIMULATOR_CHAT_ANSWER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tests/simulator/chat_request.h"
#include "tests/simulator/directives.h"
#include "tests/simulator/token_text.h"

namespace fireworks::simulator {

struct ChatAnswer {
  struct Call {
    // "call_" and 24 letters and digits.
    std::string id;
    std::string name;
    // JSON text; begins with a space, as the real engine's does.
    TokenText arguments;
  };
  struct Choice {
    TokenText reasoning;
    TokenText content;
    std::vector<Call> calls;
    std::string finish_reason;
  };

  std::vector<Choice> choices;
  // Over all choices.
  std::size_t completion_tokens = 0;
  std::size_t reasoning_tokens = 0;
};

ChatAnswer AnswerChat(const ChatRequest& request, const Directives& directives);

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_CHAT_ANSWER_H_
