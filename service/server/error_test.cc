#include "service/server/error.h"

#include <string>

#include "gmock/gmock.h"
#include "google/rpc/status.pb.h"
#include "service/errors/field_violations.h"

namespace fireworks::server {
namespace {

namespace errors_v1 = fireworks::errors::v1;

google::rpc::Status Details(const grpc::Status& status) {
  google::rpc::Status details;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  return details;
}

template <typename Detail>
bool Find(const google::rpc::Status& status, Detail* detail) {
  for (const auto& any : status.details()) {
    if (any.UnpackTo(detail)) return true;
  }
  return false;
}

Error SomeError() {
  Error error;
  error.code = grpc::StatusCode::UNAVAILABLE;
  error.reason = errors_v1::ERROR_REASON_STREAM_TRUNCATED;
  error.message = "cut";
  return error;
}

TEST(ToStatusTest, CarriesReasonDomainAndRequestId) {
  const grpc::Status status = ToStatus(SomeError(), "req_1");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(status.error_message(), "cut");
  const auto details = Details(status);
  EXPECT_EQ(details.code(), 14);
  google::rpc::ErrorInfo info;
  ASSERT_TRUE(Find(details, &info));
  EXPECT_EQ(info.reason(), "STREAM_TRUNCATED");
  EXPECT_EQ(info.domain(), "fireworks.ai");
  google::rpc::RequestInfo request;
  ASSERT_TRUE(Find(details, &request));
  EXPECT_EQ(request.request_id(), "req_1");
  google::rpc::RetryInfo retry;
  EXPECT_FALSE(Find(details, &retry));
}

TEST(ToStatusTest, CarriesWhatUpstreamSaid) {
  Error error = SomeError();
  error.retry_after = absl::Milliseconds(1500);
  error.upstream.emplace();
  error.upstream->set_http_status(503);
  error.upstream->set_code("BUSY");
  error.upstream->set_body("{}");
  const auto details = Details(ToStatus(error, "r"));
  google::rpc::ErrorInfo info;
  ASSERT_TRUE(Find(details, &info));
  EXPECT_EQ(info.metadata().at("http_status"), "503");
  EXPECT_EQ(info.metadata().at("upstream_code"), "BUSY");
  google::rpc::RetryInfo retry;
  ASSERT_TRUE(Find(details, &retry));
  EXPECT_EQ(retry.retry_delay().seconds(), 1);
  EXPECT_EQ(retry.retry_delay().nanos(), 500'000'000);
  errors_v1::UpstreamError upstream;
  ASSERT_TRUE(Find(details, &upstream));
  EXPECT_EQ(upstream.body(), "{}");
}

TEST(ToStatusTest, StaysSmallWhateverUpstreamSays) {
  Error error = SomeError();
  for (int i = 0; i < 3000; ++i) error.message += "\xE2\x82\xAC";
  for (int i = 0; i < 200; ++i) {
    auto* violation = error.bad_request.add_field_violations();
    violation->set_field("messages[2].content");
    violation->set_description(std::string(100, 'x'));
  }
  error.upstream.emplace();
  error.upstream->set_body(std::string(4000, 'b'));
  const grpc::Status status = ToStatus(error, std::string(128, 'r'));
  // Three bytes on the wire for each byte of a euro sign, one for those of "cut"
  // and of the mark.
  EXPECT_LE((status.error_message().size() - 6) * 3 + 6, 1024u);
  EXPECT_THAT(status.error_message(), testing::EndsWith("\xE2\x82\xAC..."));
  EXPECT_LE(status.error_details().size(), 3072u);
  google::rpc::BadRequest bad_request;
  ASSERT_TRUE(Find(Details(status), &bad_request));
  EXPECT_GT(bad_request.field_violations_size(), 0);
}

TEST(ToStatusTest, LongAsciiMessagesAreCutWithAMark) {
  Error error = SomeError();
  error.message = std::string(1024, 'a');
  EXPECT_EQ(ToStatus(error, "r").error_message().size(), 1024u);
  error.message += "b";
  EXPECT_EQ(ToStatus(error, "r").error_message(), std::string(1021, 'a') + "...");
}

TEST(RequestErrorTest, KeepsFieldViolations) {
  const Error error = RequestError(errors::FieldViolation("messages[0].role", "is required"));
  EXPECT_EQ(error.code, grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(error.reason, errors_v1::ERROR_REASON_INVALID_REQUEST);
  EXPECT_EQ(error.message, "messages[0].role: is required");
  EXPECT_EQ(error.bad_request.field_violations(0).field(), "messages[0].role");
}

TEST(RequestErrorTest, WhatTheServiceLacksIsNotTheRequestsFault) {
  EXPECT_EQ(RequestError(absl::FailedPreconditionError("no account_id")).reason,
            errors_v1::ERROR_REASON_NOT_CONFIGURED);
}

}  // namespace
}  // namespace fireworks::server
