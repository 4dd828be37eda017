#include "service/server/upstream_error.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"

namespace fireworks::server {
namespace {

namespace errors_v1 = fireworks::errors::v1;
using grpc::StatusCode;

upstream::ResponseHead Head(int status, std::vector<upstream::Header> headers = {}) {
  upstream::ResponseHead head;
  head.status = status;
  head.headers = std::move(headers);
  return head;
}

TEST(FromHttpStatusTest, FollowsTheTable) {
  const std::vector<std::pair<StatusCode, std::vector<int>>> table = {
      {StatusCode::INVALID_ARGUMENT, {400, 413, 415, 422}},
      {StatusCode::FAILED_PRECONDITION, {402, 412, 406, 418, 451}},
      {StatusCode::PERMISSION_DENIED, {403}},
      {StatusCode::NOT_FOUND, {404, 410}},
      {StatusCode::UNIMPLEMENTED, {405, 501}},
      {StatusCode::ABORTED, {409}},
      {StatusCode::OUT_OF_RANGE, {416}},
      {StatusCode::RESOURCE_EXHAUSTED, {429}},
      {StatusCode::CANCELLED, {499}},
      {StatusCode::INTERNAL, {500}},
      {StatusCode::UNAVAILABLE, {408, 425, 502, 503, 520, 523, 527}},
      {StatusCode::DEADLINE_EXCEEDED, {504}},
      {StatusCode::UNKNOWN, {300, 302, 304, 505, 528, 599, 999}},
  };
  for (const auto& row : table) {
    for (const int status : row.second) EXPECT_EQ(FromHttpStatus(status), row.first) << status;
  }
}

TEST(FromErrorAnswerTest, GatewayForm) {
  const Error error = FromErrorAnswer(
      Head(404), R"({"error":{"message":"Model not found","param":"model","code":"NOT_FOUND",)"
                 R"("type":"error"},"request_id":"chatcmpl-1"})");
  EXPECT_EQ(error.code, StatusCode::NOT_FOUND);
  EXPECT_EQ(error.reason, errors_v1::ERROR_REASON_UPSTREAM_ERROR);
  EXPECT_EQ(error.message, "Model not found");
  EXPECT_EQ(error.upstream->code(), "NOT_FOUND");
  EXPECT_EQ(error.upstream->param(), "model");
  EXPECT_EQ(error.upstream->http_status(), 404);
}

TEST(FromErrorAnswerTest, EngineForm) {
  const Error error = FromErrorAnswer(
      Head(429), R"({"error":{"object":"error","type":"invalid_request_error",)"
                 R"("code":"too_many_requests","message":"the service is overloaded"}})");
  EXPECT_EQ(error.code, StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(error.message, "the service is overloaded");
  EXPECT_EQ(error.upstream->type(), "invalid_request_error");
}

TEST(FromErrorAnswerTest, PlainStringForm) {
  EXPECT_EQ(FromErrorAnswer(Head(412), R"({"error":"Account x is suspended"})").message,
            "Account x is suspended");
  EXPECT_EQ(FromErrorAnswer(Head(500), R"("boom")").message, "boom");
}

TEST(FromErrorAnswerTest, ManagementFormCarriesItsOwnCode) {
  const Error error =
      FromErrorAnswer(Head(400), R"({"code":9,"details":[],"message":"model is in use"})");
  EXPECT_EQ(error.code, StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(error.message, "model is in use");
}

TEST(FromErrorAnswerTest, ManagementCodesOutsideTheEnumAreIgnored) {
  for (const char* code : {"0", "17", "-1", "99999999999999999999", "\"9\"", "1.5"}) {
    const std::string body = std::string(R"({"code":)") + code + R"(,"message":"m"})";
    EXPECT_EQ(FromErrorAnswer(Head(404), body).code, StatusCode::NOT_FOUND) << code;
  }
}

TEST(FromErrorAnswerTest, ValidationDetailsBecomeFieldViolations) {
  const Error error = FromErrorAnswer(
      Head(422), R"({"detail":[{"loc":["body","messages",2,"role"],"msg":"Field required",)"
                 R"("type":"missing"},{"loc":["body","top_k"],"msg":"too large"}]})");
  EXPECT_EQ(error.code, StatusCode::INVALID_ARGUMENT);
  ASSERT_EQ(error.bad_request.field_violations_size(), 2);
  EXPECT_EQ(error.bad_request.field_violations(0).field(), "messages[2].role");
  EXPECT_EQ(error.bad_request.field_violations(0).description(), "Field required");
  EXPECT_EQ(error.message, "messages[2].role: Field required; top_k: too large");
}

TEST(FromErrorAnswerTest, AnthropicForm) {
  const Error error = FromErrorAnswer(
      Head(529), R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},)"
                 R"("request_id":"r"})");
  EXPECT_EQ(error.message, "Overloaded");
  EXPECT_EQ(error.upstream->type(), "overloaded_error");
}

TEST(FromErrorAnswerTest, PagesAreReadAsText) {
  const Error error = FromErrorAnswer(
      Head(502), "<html>\n<head><title>502 Bad Gateway</title></head>\n<body>nginx</body></html>");
  EXPECT_EQ(error.code, StatusCode::UNAVAILABLE);
  EXPECT_EQ(error.message, "502 Bad Gateway nginx");
}

TEST(FromErrorAnswerTest, EmptyAndUnreadableBodiesStillSaySomething) {
  EXPECT_THAT(FromErrorAnswer(Head(503), "").message, testing::HasSubstr("503"));
  EXPECT_THAT(FromErrorAnswer(Head(503), "  \n").message, testing::HasSubstr("503"));
  EXPECT_EQ(FromErrorAnswer(Head(500), "\xff\xfe{broken").message, "\xEF\xBF\xBD\xEF\xBF\xBD{broken");
  EXPECT_THAT(FromErrorAnswer(Head(500), R"({"error":{"message":null}})").message,
              testing::HasSubstr("500"));
}

TEST(FromErrorAnswerTest, OurOwnKeyIsNeverBlamedOnTheCaller) {
  const char* const bodies[] = {
      R"({"error":{"message":"The API key you provided is invalid.","code":"UNAUTHORIZED"}})",
      ""};
  for (const char* body : bodies) {
    const Error error = FromErrorAnswer(Head(401), body);
    EXPECT_EQ(error.code, StatusCode::INTERNAL);
    EXPECT_EQ(error.reason, errors_v1::ERROR_REASON_UPSTREAM_CREDENTIALS);
  }
  EXPECT_EQ(FromErrorAnswer(Head(403), bodies[0]).code, StatusCode::INTERNAL);
  EXPECT_EQ(FromErrorAnswer(Head(500), R"({"code":16,"message":"x"})").code, StatusCode::INTERNAL);
  // A 403 that is about something else is the caller's.
  EXPECT_EQ(FromErrorAnswer(Head(403), R"({"error":{"message":"not yours"}})").code,
            StatusCode::PERMISSION_DENIED);
}

// An alert about our key would be wrong, and the caller can do something about it.
TEST(FromErrorAnswerTest, ABadKeyOfTheCallersIsTheCallers) {
  const char body[] = R"({"error":{"message":"The API key is invalid.","code":"UNAUTHORIZED"}})";
  for (const int status : {401, 403}) {
    const Error error = FromErrorAnswer(Head(status), body, KeyOwner::kCaller);
    EXPECT_EQ(error.code, StatusCode::UNAUTHENTICATED);
    EXPECT_EQ(error.reason, errors_v1::ERROR_REASON_UPSTREAM_ERROR);
    EXPECT_EQ(error.message, "upstream refused the caller's own key: The API key is invalid.");
  }
  const char event[] = R"({"error":{"message":"x","type":"authentication_error"}})";
  EXPECT_EQ(FromStreamError(event, KeyOwner::kCaller).code, StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(FromStreamError(event).code, StatusCode::INTERNAL);
  // What has nothing to do with keys stays what it is.
  EXPECT_EQ(FromErrorAnswer(Head(403), R"({"error":{"message":"not yours"}})", KeyOwner::kCaller)
                .code,
            StatusCode::PERMISSION_DENIED);
}

TEST(FromErrorAnswerTest, KeptBodyIsCutOnACharacter) {
  std::string body = "\"";
  while (body.size() < 2000) body += "\xE2\x82\xAC";
  const Error error = FromErrorAnswer(Head(500), body);
  EXPECT_LE(error.upstream->body().size(), 1024u);
  EXPECT_EQ((error.upstream->body().size() - 1) % 3, 0u);
}

// Writing or copying such a value recursively would end the process.
TEST(FromErrorAnswerTest, NestingWithoutEndDoesNoHarm) {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_EQ(FromErrorAnswer(Head(503), deep).code, StatusCode::UNAVAILABLE);
  EXPECT_EQ(FromErrorAnswer(Head(503), R"({"error":{"message":)" + deep + "}}").code,
            StatusCode::UNAVAILABLE);
  const Error error = FromErrorAnswer(
      Head(503), R"({"error":{"param":)" + deep + R"(,"message":"scaling up"}})");
  EXPECT_EQ(error.message, "scaling up");
  EXPECT_EQ(FromStreamError(R"({"response":{"error":{"x":)" + deep + R"(,"code":503}}})").code,
            StatusCode::UNAVAILABLE);
}

TEST(FromStreamErrorTest, CodesDecideTheStatus) {
  EXPECT_EQ(FromStreamError(R"({"error":{"message":"m","code":"RATE_LIMIT_EXCEEDED"}})").code,
            StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(FromStreamError(R"({"error":{"message":"m","type":"overloaded_error"}})").code,
            StatusCode::UNAVAILABLE);
  EXPECT_EQ(FromStreamError(R"({"error":{"message":"m","code":503}})").code,
            StatusCode::UNAVAILABLE);
  EXPECT_EQ(FromStreamError(R"({"error":"m"})").code, StatusCode::INTERNAL);
  const Error error = FromStreamError(R"({"error":{"message":"m","code":"NOT_FOUND"}})");
  EXPECT_EQ(error.message, "m");
  EXPECT_EQ(error.upstream->http_status(), 200);
}

TEST(FromStreamErrorTest, AFailedResponseCarriesItsErrorInside) {
  const Error error = FromStreamError(
      R"({"type":"response.failed","response":{"id":"r","error":{"code":"rate_limit_exceeded",)"
      R"("message":"slow down"}}})");
  EXPECT_EQ(error.code, StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(error.message, "slow down");
  EXPECT_EQ(FromStreamError(R"({"type":"response.failed","response":{"error":null}})").code,
            StatusCode::INTERNAL);
}

}  // namespace
}  // namespace fireworks::server
