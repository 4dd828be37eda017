#include "client/cpp/error.h"

#include "client/cpp/testing/fake_service.h"
#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"

namespace fireworks::client {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(ErrorFromStatus, DecodesReasonRequestIdAndRetryDelay) {
  const Error error = ErrorFromStatus(TruncatedStatus());
  EXPECT_EQ(error.code, grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(error.message, "the stream ended early");
  EXPECT_EQ(error.reason, "STREAM_TRUNCATED");
  EXPECT_EQ(error.request_id, "req_7");
  EXPECT_EQ(error.retry_delay, absl::Seconds(2));
  EXPECT_THAT(error.violations, IsEmpty());
}

TEST(ErrorFromStatus, DecodesFieldViolations) {
  google::rpc::BadRequest bad_request;
  auto* violation = bad_request.add_field_violations();
  violation->set_field("messages[0].role");
  violation->set_description("is required");
  const Error error = ErrorFromStatus(
      StatusWithDetails(grpc::StatusCode::INVALID_ARGUMENT, "bad request", {&bad_request}));
  ASSERT_THAT(error.violations, SizeIs(1));
  EXPECT_EQ(error.violations[0].field, "messages[0].role");
  EXPECT_EQ(error.violations[0].description, "is required");
}

TEST(ErrorFromStatus, KeepsSubSecondRetryDelays) {
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_nanos(250000000);
  const Error error =
      ErrorFromStatus(StatusWithDetails(grpc::StatusCode::RESOURCE_EXHAUSTED, "", {&retry}));
  EXPECT_EQ(error.retry_delay, absl::Milliseconds(250));
}

TEST(ErrorFromStatus, StatusWithoutDetailsHasNoReason) {
  const Error error = ErrorFromStatus(grpc::Status(grpc::StatusCode::INTERNAL, "oops"));
  EXPECT_EQ(error.message, "oops");
  EXPECT_EQ(error.reason, "");
  EXPECT_EQ(error.retry_delay, absl::nullopt);
}

TEST(ErrorFromStatus, MalformedDetailsAreIgnored) {
  const Error error =
      ErrorFromStatus(grpc::Status(grpc::StatusCode::INTERNAL, "oops", "\xff\xff\xff"));
  EXPECT_EQ(error.message, "oops");
  EXPECT_EQ(error.reason, "");
}

TEST(ErrorFromStatus, UnknownDetailsAreIgnored) {
  const google::rpc::Help unknown;
  const google::rpc::ErrorInfo info;
  const Error error =
      ErrorFromStatus(StatusWithDetails(grpc::StatusCode::ABORTED, "m", {&unknown, &info}));
  EXPECT_EQ(FormatError(error), "ABORTED: m");
}

TEST(FormatError, NamesReasonRequestAndRetry) {
  EXPECT_EQ(FormatError(ErrorFromStatus(TruncatedStatus())),
            "UNAVAILABLE (STREAM_TRUNCATED): the stream ended early [request id req_7] retry in "
            "2s");
}

TEST(FormatError, NamesTheUpstreamStatus) {
  Error error;
  error.code = grpc::StatusCode::NOT_FOUND;
  error.message = "no such model";
  error.request_id = "r";
  error.metadata["http_status"] = "404";
  EXPECT_EQ(FormatError(error), "NOT_FOUND: no such model [request id r, upstream HTTP 404]");
}

TEST(FormatError, ListsViolations) {
  Error error;
  error.code = grpc::StatusCode::INVALID_ARGUMENT;
  error.message = "bad request";
  error.violations = {{"n", "is above 128"}, {"model", "is required"}};
  EXPECT_EQ(FormatError(error),
            "INVALID_ARGUMENT: bad request\n  n: is above 128\n  model: is required");
}

TEST(FormatError, DoesNotRepeatViolationsThatTheMessageSpellsOut) {
  Error error;
  error.code = grpc::StatusCode::INVALID_ARGUMENT;
  error.message = "model: is required";
  error.violations = {{"model", "is required"}};
  EXPECT_EQ(FormatError(error), "INVALID_ARGUMENT: model: is required");
}

TEST(FormatError, CodeAloneSuffices) {
  Error error;
  error.code = grpc::StatusCode::DATA_LOSS;
  EXPECT_EQ(FormatError(error), "DATA_LOSS");
}

TEST(StatusCodeName, NamesCodesOutsideTheStandardUnknown) {
  EXPECT_EQ(StatusCodeName(grpc::StatusCode::UNAUTHENTICATED), "UNAUTHENTICATED");
  EXPECT_EQ(StatusCodeName(static_cast<grpc::StatusCode>(77)), "UNKNOWN");
}

}  // namespace
}  // namespace fireworks::client
