// What upstream's failures mean in gRPC terms: HTTP statuses, error bodies of
// all known shapes. docs/errors.md has the tables.
#ifndef FIREWORKS_SERVICE_SERVER_UPSTREAM_ERROR_H_
#define FIREWORKS_SERVICE_SERVER_UPSTREAM_ERROR_H_

#include <string>

#include "absl/strings/string_view.h"
#include "service/server/error.h"
#include "service/upstream/exchange.h"

namespace fireworks::server {

// Whose key a request was sent with.
enum class KeyOwner { kService, kCaller };

// The gRPC status of an HTTP status that is no success.
grpc::StatusCode FromHttpStatus(int http_status);

// The error of an HTTP answer that is no success. `body` may be of any form:
// `{"error": {…}}` or `{"error": "…"}` of the inference API, `{"code", "message",
// "details"}` of the management API, `{"detail": […]}` of FastAPI, Anthropic's
// `{"type": "error", "error": {…}}`, HTML of a proxy, or nothing.
// A caller is blamed for a key that upstream refuses only if it is the caller's own.
Error FromErrorAnswer(const upstream::ResponseHead& head, absl::string_view body,
                      KeyOwner key_owner = KeyOwner::kService);

// The error of an error object inside a stream: `body` is the event's data.
Error FromStreamError(absl::string_view body, KeyOwner key_owner = KeyOwner::kService);

// Whether `body` is a JSON object with the member `key`, and that is not null.
bool HasMember(absl::string_view body, const std::string& key);

// As much of `body` as errors carry: at most 1 KiB of valid UTF-8, cut on a
// character boundary.
std::string KeptBody(absl::string_view body);

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_UPSTREAM_ERROR_H_
