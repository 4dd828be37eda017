// How a call failed, and its form as a gRPC status with google.rpc details.
#ifndef FIREWORKS_SERVICE_SERVER_ERROR_H_
#define FIREWORKS_SERVICE_SERVER_ERROR_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "fireworks/errors/v1/errors.pb.h"
#include "google/rpc/error_details.pb.h"
#include "grpcpp/support/status.h"

namespace fireworks::server {

// An error in our terms. A value.
struct Error {
  grpc::StatusCode code = grpc::StatusCode::UNKNOWN;
  fireworks::errors::v1::ErrorReason reason =
      fireworks::errors::v1::ERROR_REASON_UNSPECIFIED;
  std::string message;
  // When upstream said when to come back.
  absl::optional<absl::Duration> retry_after;
  // Request fields at fault.
  google::rpc::BadRequest bad_request;
  // What upstream said, when it said anything.
  absl::optional<fireworks::errors::v1::UpstreamError> upstream;
};

// The reason's name on the wire, such as "STREAM_TRUNCATED".
std::string ReasonName(fireworks::errors::v1::ErrorReason reason);

// An error of the request itself, or of who sends it: `status` with its field
// violations, and the reason that its code stands for.
Error RequestError(const absl::Status& status);

// The status of `error`: message of at most 1 KiB as gRPC writes it, details
// (ErrorInfo, RequestInfo, RetryInfo, BadRequest, UpstreamError) of at most
// 3 KiB, cut from the back, because clients refuse large trailers.
grpc::Status ToStatus(const Error& error, absl::string_view request_id);

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_ERROR_H_
