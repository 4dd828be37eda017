// Chat completions on the wire: one JSON body, or the data of a stream's events.
//
// Thread-compatible.
#ifndef FIREWORKS_TESTS_SIMULATOR_CHAT_H_
#define FIREWORKS_TESTS_SIMULATOR_CHAT_H_

#include <memory>
#include <string>

#include "tests/simulator/directives.h"
#include "tests/simulator/generation.h"
#include "tests/simulator/scripted_reply.h"

namespace fireworks::simulator {

// The body of a chat.completion.
std::string ChatBody(const GenerationRequest& request, const Generation& generation,
                     const Directives& directives, const AnswerIdentity& identity);

// The chunks of a chat.completion.chunk stream, without [DONE]: for each choice
// a role chunk, then pieces of reasoning, content and tool calls, choices taking
// turns, then a finish chunk. Memory does not grow with the number of tokens.
std::unique_ptr<EventSource> ChatEvents(GenerationRequest request, Generation generation,
                                        const Directives& directives,
                                        const AnswerIdentity& identity);

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_CHAT_H_
