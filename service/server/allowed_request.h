// The HTTP request that a call becomes under the rule that allows it: the same for
// calls and for ExplainService.
#ifndef FIREWORKS_SERVICE_SERVER_ALLOWED_REQUEST_H_
#define FIREWORKS_SERVICE_SERVER_ALLOWED_REQUEST_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "google/protobuf/message.h"
#include "service/access/policy.h"
#include "service/server/environment.h"
#include "service/upstream/exchange.h"

namespace fireworks::server {

// What the rule has changed of a request.
struct PolicyEffects {
  absl::optional<std::string> model_alias;    // of the rule's own, that was resolved
  absl::optional<std::int64_t> max_tokens;    // the limit, where the request has none
  absl::optional<std::string> isolation_key;  // that keeps the caller's prompt cache apart
  absl::optional<std::string> affinity;       // that keeps the caller on one replica
};

// `decision` must allow the method of `endpoint`; `context` are the headers that come of
// the call's metadata (ContextHeaders). `message` becomes what is sent, names resolved,
// also where this fails.
//
// Errors are those of EncodeRequest, and PERMISSION_DENIED for what the rule does not
// allow of the request: its model, its size, what it names to be fetched.
absl::StatusOr<upstream::Request> EncodeAllowedRequest(const access::Decision& decision,
                                                       const Endpoint& endpoint,
                                                       const Names& names,
                                                       std::vector<upstream::Header> context,
                                                       google::protobuf::Message* message,
                                                       PolicyEffects* effects);

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_ALLOWED_REQUEST_H_
