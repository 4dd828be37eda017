// Completions on the wire: one JSON body, or the data of a stream's events.
//
// Thread-compatible.
#ifndef FIREWORKS_TESTS_SIMULATOR_COMPLETION_H_
#define FIREWORKS_TESTS_SIMULATOR_COMPLETION_H_

#include <memory>
#include <string>

#include "tests/simulator/completion_request.h"
#include "tests/simulator/directives.h"
#include "tests/simulator/generation.h"
#include "tests/simulator/scripted_reply.h"

namespace fireworks::simulator {

// `n` choices for each prompt, those of the first prompt first. A prompt
// `say: X` is continued with X. What is echoed is part of the content and costs
// no completion tokens.
Generation Complete(const CompletionRequest& request, const Directives& directives);

// The body of a text_completion.
std::string CompletionBody(const CompletionRequest& request, const Generation& generation,
                           const Directives& directives, const AnswerIdentity& identity);

// The chunks of a stream, without [DONE]: pieces of text, choices taking turns;
// the last piece of a choice tells why it finished.
std::unique_ptr<EventSource> CompletionEvents(CompletionRequest request, Generation generation,
                                              const Directives& directives,
                                              const AnswerIdentity& identity);

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_COMPLETION_H_
