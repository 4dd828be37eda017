// Chat completions on the wire: one JSON body, or the data of a stream's events.
//
// Thread-compatible.
#ifndef FIREWORKS_TESTS_SIMULATOR_CHAT_H_
#define FIREWORKS_TESTS_SIMULATOR_CHAT_H_

#include <cstdint>
#include <memory>
#include <string>

#include "tests/simulator/chat_request.h"
#include "tests/simulator/directives.h"
#include "tests/simulator/http_message.h"
#include "tests/simulator/scripted_reply.h"

namespace fireworks::simulator {

// What makes two answers to the same request different.
struct ChatIdentity {
  // "chatcmpl-" and 32 hexadecimal digits.
  std::string id;
  // Unix seconds.
  std::int64_t created = 0;
};

// The body of a chat.completion.
std::string ChatBody(const ChatRequest& request, const Directives& directives,
                     const ChatIdentity& identity);

// The chunks of a chat.completion.chunk stream, without [DONE]: for each choice
// a role chunk, then pieces of reasoning, content and tool calls, choices taking
// turns, then a finish chunk. Memory does not grow with the number of tokens.
std::unique_ptr<EventSource> ChatEvents(ChatRequest request, const Directives& directives,
                                        const ChatIdentity& identity);

// The fireworks-* and x-ratelimit-* headers: all of them for a unary answer, for
// a stream only those that are known before the first token.
Headers ChatHeaders(const ChatRequest& request, const Directives& directives);

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_CHAT_H_
