// How a call failed, decoded: the status with the google.rpc details that the service
// attaches. Values; no threads.
#ifndef FIREWORKS_CLIENT_CPP_ERROR_H_
#define FIREWORKS_CLIENT_CPP_ERROR_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "grpcpp/support/status.h"

namespace fireworks::client {

// A request field that the service or the upstream blames.
struct FieldViolation {
  // Dotted path, such as `messages[2].content`.
  std::string field;
  std::string description;
};

struct Error {
  grpc::StatusCode code = grpc::StatusCode::UNKNOWN;
  std::string message;
  // The cause in one word of fireworks.errors.v1.ErrorReason, such as
  // `STREAM_TRUNCATED`. Empty when the status has no details: then it stems from
  // gRPC itself or from a proxy, not from the service.
  std::string reason;
  // Who names reasons so: `fireworks.ai`.
  std::string domain;
  // What the service adds to the reason, such as `http_status`.
  std::map<std::string, std::string> metadata;
  // Names the call in the service's log. Empty when not told.
  std::string request_id;
  // When a new attempt makes sense; unset when the service does not say.
  absl::optional<absl::Duration> retry_delay;
  std::vector<FieldViolation> violations;
  // No connection to the service came about, so it cannot have seen the call.
  bool unreachable = false;
};

// The error that `status`, which must not be OK, stands for. Details that are
// unknown or malformed are left out. `unreachable` stays false: a status alone
// does not tell.
Error ErrorFromStatus(const grpc::Status& status);

// The same from the statuses of this library, which carry the details as a payload, and
// of whatever else makes an absl::Status.
Error ErrorFromStatus(const absl::Status& status);

// Code, message and details of `status`, such that ErrorFromStatus finds them.
// `request_id` is for errors whose details do not tell one.
absl::Status ToStatus(const grpc::Status& status, bool unreachable = false,
                      absl::string_view request_id = "");

// A code's name, such as "UNAVAILABLE".
absl::string_view StatusCodeName(grpc::StatusCode code);

// For people, without a newline at the end:
//   UNAVAILABLE (STREAM_TRUNCATED): the stream ended early [request id r1] retry in 2s
// and below it one indented line per violation that the message does not spell
// out.
std::string FormatError(const Error& error);

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_ERROR_H_
