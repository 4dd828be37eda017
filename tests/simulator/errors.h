// Error bodies in the shapes that Fireworks sends.
//
// Four families: the inference gateway's (an upper-case code, `type: error`,
// often a request_id), the engine's (`object: error`, lower-case code), the one of
// messages, and the management API's google.rpc.Status as grpc-gateway prints it.
//
// Functions without state.
#ifndef FIREWORKS_TESTS_SIMULATOR_ERRORS_H_
#define FIREWORKS_TESTS_SIMULATOR_ERRORS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "tests/simulator/http_message.h"

namespace fireworks::simulator {

// {"error":{message,code,type:"error"},"request_id"}
HttpResponse GatewayError(int status, absl::string_view code, absl::string_view message,
                          absl::string_view request_id);

// {"error":{object:"error",type:"invalid_request_error",code,message}}
HttpResponse EngineError(int status, absl::string_view code, absl::string_view message);

// The engine's 429 for a request that waited too long.
HttpResponse OverloadedError();

// {"type":"error","error":{type,message},"request_id"}, as messages are refused.
// The type is the one that fits the status.
HttpResponse AnthropicError(int status, absl::string_view message, absl::string_view request_id);

// All refusals of a request in one message.
std::string JoinRefusals(const std::vector<std::string>& refusals);

// The engine's 400 for one or more refusals of a request.
HttpResponse EngineInvalidRequest(const std::vector<std::string>& refusals);

// {"code":N,"details":[],"message"} with the HTTP status of that gRPC code.
HttpResponse StatusError(int grpc_code, absl::string_view message);

// What inference answers to a missing or bad key: 401; and management: 403.
HttpResponse InferenceUnauthorized();
HttpResponse ManagementUnauthorized(absl::string_view request_id);

// The canned error called `name` with `status`, or, when `name` is empty, the
// one that fits the status. A 400 naming the choices when there is no such
// name. README.md lists the names.
HttpResponse CannedError(int status, absl::string_view name, absl::string_view request_id);

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_ERRORS_H_
