// One call of the inference API, as the router hands it over, and its answer.
//
// Values; thread-compatible.
#ifndef FIREWORKS_TESTS_SIMULATOR_INFERENCE_CALL_H_
#define FIREWORKS_TESTS_SIMULATOR_INFERENCE_CALL_H_

#include <cstdint>
#include <memory>
#include <string>

#include "nlohmann/json.hpp"
#include "tests/simulator/directives.h"
#include "tests/simulator/http_message.h"
#include "tests/simulator/scripted_reply.h"

namespace fireworks::simulator {

// References last as long as the call is being answered.
struct InferenceCall {
  const HttpRequest& request;
  // The request's body; discarded when it is no JSON.
  const nlohmann::ordered_json& body;
  const Directives& directives;
  bool authorized;
  std::string request_id;
  // Different for each call.
  std::uint64_t serial;
};

struct InferenceAnswer {
  // Where there are events, only its headers count.
  HttpResponse response;
  // Null for an answer in one piece.
  std::unique_ptr<EventSource> events;
};

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_INFERENCE_CALL_H_
