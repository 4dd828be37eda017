// A request message as an HTTP request.
#ifndef FIREWORKS_SERVICE_SERVER_REQUEST_ENCODER_H_
#define FIREWORKS_SERVICE_SERVER_REQUEST_ENCODER_H_

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "service/server/environment.h"
#include "service/upstream/exchange.h"

namespace fireworks::server {

// Method, target, body and content headers of `request` on `endpoint`'s route.
// Aliases of models, and `accounts/-` in resource references, are resolved in
// `request` itself.
//
// Errors: INVALID_ARGUMENT with field violations; FAILED_PRECONDITION when the
// request needs an account id and none is configured.
absl::StatusOr<upstream::Request> EncodeRequest(const Endpoint& endpoint, const Names& names,
                                                google::protobuf::Message* request);

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_REQUEST_ENCODER_H_
