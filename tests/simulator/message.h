// Messages on the wire, in Anthropic's form: one JSON body, or named events.
//
// Thread-compatible.
#ifndef FIREWORKS_TESTS_SIMULATOR_MESSAGE_H_
#define FIREWORKS_TESTS_SIMULATOR_MESSAGE_H_

#include <memory>
#include <string>

#include "tests/simulator/directives.h"
#include "tests/simulator/generation.h"
#include "tests/simulator/scripted_reply.h"

namespace fireworks::simulator {

std::string MessageBody(const GenerationRequest& request, const Generation& generation,
                        const Directives& directives, const AnswerIdentity& identity);

// message_start with usage of zeros, ping, each content block in start, deltas
// and stop, message_delta with the usage, message_stop. No [DONE].
std::unique_ptr<EventSource> MessageEvents(GenerationRequest request, Generation generation,
                                           const Directives& directives,
                                           const AnswerIdentity& identity);

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_MESSAGE_H_
