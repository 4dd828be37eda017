#include "service/server/exchange_error.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/server/upstream_error.h"

namespace fireworks::server {
namespace {

namespace errors_v1 = fireworks::errors::v1;
using grpc::StatusCode;
using upstream::End;

// When to come back to an instance that is full: time for some calls to end, or
// for a balancer to choose another.
constexpr absl::Duration kOverloadedRetryAfter = absl::Seconds(1);

Error Make(StatusCode code, errors_v1::ErrorReason reason, std::string message) {
  Error error;
  error.code = code;
  error.reason = reason;
  error.message = std::move(message);
  return error;
}

std::string WithDetail(absl::string_view message, const std::string& detail) {
  return detail.empty() ? std::string(message) : absl::StrCat(message, ": ", detail);
}

// JSON that is no JSON, or nested too deeply.
Error BadJson(errors_v1::ErrorReason malformed, StatusCode code, absl::string_view what,
              const absl::Status& decoded) {
  if (decoded.code() == absl::StatusCode::kResourceExhausted) {
    return Make(StatusCode::RESOURCE_EXHAUSTED, errors_v1::ERROR_REASON_JSON_TOO_DEEP,
                absl::StrCat(what, ": ", decoded.message()));
  }
  return Make(code, malformed, absl::StrCat(what, ": ", decoded.message()));
}

}  // namespace

absl::optional<Error> ExchangeError(const upstream::Outcome& outcome) {
  switch (outcome.end) {
    case End::kComplete:
    case End::kReset:
    case End::kIdleTimeout:
    case End::kProtocol:
      return absl::nullopt;
    case End::kCancelled:
      return CancelledError();
    case End::kShed: {
      Error error = Make(StatusCode::UNAVAILABLE, errors_v1::ERROR_REASON_UPSTREAM_UNHEALTHY,
                         WithDetail("not sent", outcome.detail));
      if (outcome.retry_after) error.retry_after = absl::FromChrono(*outcome.retry_after);
      return error;
    }
    case End::kConnectFailed:
      return Make(StatusCode::UNAVAILABLE, errors_v1::ERROR_REASON_CONNECT_FAILED,
                  WithDetail("cannot connect to upstream", outcome.detail));
    case End::kConnectTimeout:
      return Make(StatusCode::UNAVAILABLE, errors_v1::ERROR_REASON_CONNECT_TIMEOUT,
                  WithDetail("no connection to upstream in time", outcome.detail));
    case End::kFirstEventTimeout:
      return Make(StatusCode::DEADLINE_EXCEEDED, errors_v1::ERROR_REASON_FIRST_EVENT_TIMEOUT,
                  "upstream did not begin to answer in time");
    case End::kDeadline:
      return DeadlineError(/*callers_own=*/false);
    case End::kBodyTooLarge:
      return Make(StatusCode::RESOURCE_EXHAUSTED, errors_v1::ERROR_REASON_BODY_TOO_LARGE,
                  "upstream's answer is larger than the limit");
    case End::kHeadersTooLarge:
      return Make(StatusCode::RESOURCE_EXHAUSTED, errors_v1::ERROR_REASON_HEADERS_TOO_LARGE,
                  "the headers of upstream's answer are larger than the limit");
    case End::kLineTooLong:
      return Make(StatusCode::RESOURCE_EXHAUSTED, errors_v1::ERROR_REASON_LINE_TOO_LONG,
                  "a line of upstream's stream is longer than the limit");
    case End::kEventTooLarge:
      return Make(StatusCode::RESOURCE_EXHAUSTED, errors_v1::ERROR_REASON_EVENT_TOO_LARGE,
                  "an event of upstream's stream is larger than the limit");
  }
  return absl::nullopt;
}

Error DeadlineError(bool callers_own) {
  return callers_own ? Make(StatusCode::DEADLINE_EXCEEDED,
                            errors_v1::ERROR_REASON_DEADLINE_EXCEEDED, "the caller's deadline passed")
                     : Make(StatusCode::DEADLINE_EXCEEDED, errors_v1::ERROR_REASON_CALL_TIMEOUT,
                            "the call took longer than the service allows");
}

Error NoAnswer(const upstream::Outcome& outcome) {
  if (outcome.end == End::kProtocol) {
    return Make(StatusCode::INTERNAL, errors_v1::ERROR_REASON_UPSTREAM_PROTOCOL,
                WithDetail("upstream's answer is no HTTP", outcome.detail));
  }
  return Make(StatusCode::UNAVAILABLE, errors_v1::ERROR_REASON_UPSTREAM_RESET,
              WithDetail("the connection broke before upstream answered", outcome.detail));
}

Error BodyTruncated(bool safe_to_repeat, const upstream::Outcome& outcome) {
  return Make(safe_to_repeat ? StatusCode::UNAVAILABLE : StatusCode::DATA_LOSS,
              errors_v1::ERROR_REASON_BODY_TRUNCATED,
              WithDetail("upstream's answer was cut short", outcome.detail));
}

Error UnexpectedContentType(const upstream::ResponseHead& head, absl::string_view wanted,
                            absl::string_view body) {
  const absl::string_view got = head.Find("content-type");
  Error error = Make(StatusCode::INTERNAL, errors_v1::ERROR_REASON_UNEXPECTED_CONTENT_TYPE,
                     absl::StrCat("upstream answered ", got.empty() ? "without a content type" : got,
                                  " instead of ", wanted));
  auto& said = error.upstream.emplace();
  said.set_http_status(head.status);
  said.set_body(KeptBody(body));
  return error;
}

Error UnexpectedEncoding(const upstream::ResponseHead& head) {
  Error error = Make(StatusCode::INTERNAL, errors_v1::ERROR_REASON_UNEXPECTED_CONTENT_TYPE,
                     absl::StrCat("upstream answered with content encoding ",
                                  head.Find("content-encoding"), ", which was not asked for"));
  error.upstream.emplace().set_http_status(head.status);
  return error;
}

Error EmptyBody(int http_status) {
  return Make(StatusCode::INTERNAL, errors_v1::ERROR_REASON_EMPTY_BODY,
              absl::StrCat("upstream answered HTTP status ", http_status, " without a body"));
}

Error MalformedBody(const absl::Status& decoded) {
  return BadJson(errors_v1::ERROR_REASON_MALFORMED_BODY, StatusCode::INTERNAL,
                 "upstream's answer is not what the contract expects", decoded);
}

Error MalformedEvent(const absl::Status& decoded) {
  return BadJson(errors_v1::ERROR_REASON_MALFORMED_EVENT, StatusCode::DATA_LOSS,
                 "an event of upstream's stream is not what the contract expects", decoded);
}

Error CancelledError() {
  return Make(StatusCode::CANCELLED, errors_v1::ERROR_REASON_CANCELLED, "the call was cancelled");
}

Error SlowReader() {
  return Make(StatusCode::CANCELLED, errors_v1::ERROR_REASON_SLOW_READER,
              "the caller stopped reading for longer than the limit");
}

Error IdleUpload(std::chrono::milliseconds limit) {
  return Make(StatusCode::DEADLINE_EXCEEDED, errors_v1::ERROR_REASON_CALL_TIMEOUT,
              absl::StrCat("the caller sent nothing of its upload for ", limit.count(), " ms"));
}

Error Overloaded() {
  Error error = Make(StatusCode::UNAVAILABLE, errors_v1::ERROR_REASON_OVERLOADED,
                     "this instance runs as many calls as it may; call again to reach another");
  error.retry_after = kOverloadedRetryAfter;
  return error;
}

Error GenerationFailed() {
  return Make(StatusCode::INTERNAL, errors_v1::ERROR_REASON_GENERATION_FAILED,
              "the model reported that the generation failed");
}

Error GenerationCancelled() {
  return Make(StatusCode::ABORTED, errors_v1::ERROR_REASON_GENERATION_CANCELLED,
              "the generation was cancelled upstream");
}

}  // namespace fireworks::server
