// What a status of the service carries beside its code and message.
#ifndef FIREWORKS_TESTS_E2E_ERROR_DETAILS_H_
#define FIREWORKS_TESTS_E2E_ERROR_DETAILS_H_

#include <string>

#include "absl/types/optional.h"
#include "fireworks/errors/v1/errors.pb.h"
#include "google/rpc/error_details.pb.h"
#include "grpcpp/support/status.h"

namespace fireworks::e2e {

struct ErrorDetails {
  absl::optional<google::rpc::ErrorInfo> info;
  absl::optional<google::rpc::RequestInfo> request;
  absl::optional<google::rpc::RetryInfo> retry;
  absl::optional<google::rpc::BadRequest> bad_request;
  absl::optional<fireworks::errors::v1::UpstreamError> upstream;
};

// The details of `status`; details of other types, or a google.rpc.Status that
// disagrees with `status`, are test failures.
ErrorDetails DetailsOf(const grpc::Status& status);

// ErrorInfo's reason, such as "STREAM_TRUNCATED"; empty when there is none.
std::string ReasonOf(const grpc::Status& status);

}  // namespace fireworks::e2e

#endif  // FIREWORKS_TESTS_E2E_ERROR_DETAILS_H_
