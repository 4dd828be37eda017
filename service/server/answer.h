// What the parts of a Call ask of bytes: small questions about answers and
// requests.
#ifndef FIREWORKS_SERVICE_SERVER_ANSWER_H_
#define FIREWORKS_SERVICE_SERVER_ANSWER_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace fireworks::server {

// Whether the HTTP status is 2xx.
bool IsSuccess(int http_status);

// Whether `content_type`, any parameters aside, is `media_type` (RFC 9110 §8.3.1).
bool HasMediaType(absl::string_view content_type, absl::string_view media_type);

// Whether a body with this content-encoding is what it seems (RFC 9110 §8.4): the
// service asks for no other.
bool IsPlain(absl::string_view content_encoding);

// Whether `text` has nothing but white space.
bool IsBlank(absl::string_view text);

// INVALID_ARGUMENT: a request's bytes are no message of `message`'s type.
absl::Status NoMessageError(const google::protobuf::Message& message);

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_ANSWER_H_
