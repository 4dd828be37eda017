// Responses on the wire: one JSON body, or typed events with sequence numbers.
//
// Thread-compatible.
#ifndef FIREWORKS_TESTS_SIMULATOR_RESPONSE_H_
#define FIREWORKS_TESTS_SIMULATOR_RESPONSE_H_

#include <functional>
#include <memory>

#include "nlohmann/json.hpp"
#include "tests/simulator/directives.h"
#include "tests/simulator/generation.h"
#include "tests/simulator/response_request.h"
#include "tests/simulator/scripted_reply.h"

namespace fireworks::simulator {

// The whole response. Its status follows from why the generation finished:
// `length` makes it incomplete, `error` failed, `cancelled` cancelled, and
// anything else completed.
nlohmann::ordered_json ResponseJson(const ResponseRequest& request, const Generation& generation,
                                    const Directives& directives, const AnswerIdentity& identity);

// response.created, response.in_progress, each output item from added to done,
// and the event of the final status. `on_final` is told the final response
// before its event is sent.
std::unique_ptr<EventSource> ResponseEvents(
    ResponseRequest request, Generation generation, const Directives& directives,
    const AnswerIdentity& identity, std::function<void(nlohmann::ordered_json)> on_final);

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_RESPONSE_H_
