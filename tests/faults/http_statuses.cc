// Refusals: each status with the bodies that it is known to come with, and what
// upstream says of when to come back.
#include "absl/strings/str_cat.h"
#include "tests/faults/scorecard.h"
#include "tests/faults/wire.h"

namespace fireworks::faults {
namespace {

using grpc::StatusCode;

constexpr Call kCalls[] = {Call::kGet, Call::kPost, Call::kChat};

// What is sent again: a request that has not been taken on, whatever it is; one that
// may be sent twice, after more.
enum class Repeat { kNever, kGet, kAlways };

struct Refusal {
  int status;
  const char* body;  // of the simulator's
  StatusCode code;
  Repeat repeat = Repeat::kNever;
  bool may_have_run = false;  // a POST may have had its effect
  const char* words = "";
  const char* reason = "UPSTREAM_ERROR";
  const char* bad_field = "";
};

constexpr char kKeyRefused[] = "service's own credentials";
constexpr char kCredentials[] = "UPSTREAM_CREDENTIALS";

constexpr Refusal kRefusals[] = {
    {400, "invalid", StatusCode::INVALID_ARGUMENT, Repeat::kNever, false, "is not valid"},
    {400, "context", StatusCode::INVALID_ARGUMENT, Repeat::kNever, false, "prompt is too long"},
    {400, "adaptive", StatusCode::INVALID_ARGUMENT, Repeat::kNever, false, "try again later"},
    {401, "unauthorized", StatusCode::INTERNAL, Repeat::kNever, false, kKeyRefused, kCredentials},
    {402, "payment", StatusCode::FAILED_PRECONDITION, Repeat::kNever, false, "paid plan"},
    {403, "forbidden", StatusCode::INTERNAL, Repeat::kNever, false, kKeyRefused, kCredentials},
    {403, "string", StatusCode::PERMISSION_DENIED, Repeat::kNever, false, "A plain string."},
    {404, "not_found", StatusCode::NOT_FOUND, Repeat::kNever, false, "No such model"},
    {404, "status", StatusCode::NOT_FOUND, Repeat::kNever, false, "resource not found"},
    {405, "text", StatusCode::UNIMPLEMENTED},
    {408, "text", StatusCode::UNAVAILABLE, Repeat::kGet, true},
    {409, "text", StatusCode::ABORTED},
    {412, "suspended", StatusCode::FAILED_PRECONDITION, Repeat::kNever, false, "suspended"},
    {412, "string", StatusCode::FAILED_PRECONDITION, Repeat::kNever, false, "A plain string."},
    {413, "html", StatusCode::INVALID_ARGUMENT, Repeat::kNever, false, "Bad gateway"},
    {422, "validation", StatusCode::INVALID_ARGUMENT, Repeat::kNever, false, "Field required",
     "UPSTREAM_ERROR", "messages"},
    {425, "text", StatusCode::UNAVAILABLE, Repeat::kNever, false, "upstream connect error"},
    {429, "rate_limit", StatusCode::RESOURCE_EXHAUSTED, Repeat::kAlways, false, "rate limit"},
    {429, "overloaded", StatusCode::RESOURCE_EXHAUSTED, Repeat::kAlways, false, "overloaded"},
    {429, "adaptive", StatusCode::RESOURCE_EXHAUSTED, Repeat::kAlways, false, "try again later"},
    {500, "internal", StatusCode::INTERNAL, Repeat::kGet, true, "The gateway failed."},
    {500, "garbage", StatusCode::INTERNAL, Repeat::kGet, true},
    {501, "text", StatusCode::UNIMPLEMENTED, Repeat::kNever, true},
    {502, "html", StatusCode::UNAVAILABLE, Repeat::kGet, true, "Bad gateway"},
    {502, "empty", StatusCode::UNAVAILABLE, Repeat::kGet, true, "502"},
    {503, "scaling_up", StatusCode::UNAVAILABLE, Repeat::kAlways, false, "scaling up"},
    {503, "text", StatusCode::UNAVAILABLE, Repeat::kAlways, false, "upstream connect error"},
    {504, "html", StatusCode::DEADLINE_EXCEEDED, Repeat::kGet, true},
    {520, "html", StatusCode::UNAVAILABLE, Repeat::kNever, true},
};

Row MakeRow(const Refusal& refusal, Call call) {
  Outcome expected = Fails(refusal.code, refusal.reason).Kept();
  const bool repeated = refusal.repeat == Repeat::kAlways ||
                        (refusal.repeat == Repeat::kGet && call == Call::kGet);
  if (repeated) expected = std::move(expected).Attempts(3);
  if (refusal.may_have_run && call != Call::kGet) expected = std::move(expected).Spent();
  Row row{absl::StrCat(refusal.status, " ", refusal.body), call,
          absl::StrCat("status=", refusal.status, ";body=", refusal.body), std::move(expected)};
  row.words = refusal.words;
  row.bad_field = refusal.bad_field;
  return row;
}

// A delay beyond what the service waits for by itself is the caller's to wait.
void AddDelays(std::vector<Row>* rows) {
  const auto add = [rows](const char* fault, const std::string& headers, const Outcome& expected) {
    for (const Call call : kCalls) {
      rows->push_back(
          {fault, call, absl::StrCat("status=429;body=rate_limit;", headers), expected});
    }
  };
  const auto limited = [] {
    return Fails(StatusCode::RESOURCE_EXHAUSTED, "UPSTREAM_ERROR").Kept();
  };
  add("429, Retry-After in seconds", "header=retry-after: 120", limited().RetryAfter(120));
  add("429, Retry-After as a date",
      "header=date: Sun, 06 Nov 1994 08:49:37 GMT;"
      "header=retry-after: Sun, 06 Nov 1994 08:51:37 GMT",
      limited().RetryAfter(120));
  add("429, retry-after-ms", "header=retry-after-ms: 90000;header=retry-after: 7",
      limited().RetryAfter(90));
  add("429, Retry-After of three years", "header=retry-after: 99999999",
      limited().RetryAfter(86400));
  add("429, Retry-After that is no time", "header=retry-after: soon", limited().Attempts(3));
  add("429, Retry-After that is negative", "header=retry-after: -7", limited().Attempts(3));
  add("429, Retry-After as a date that has passed",
      "header=date: Sun, 06 Nov 1994 08:49:37 GMT;"
      "header=retry-after: Sun, 06 Nov 1994 08:49:00 GMT",
      limited().Attempts(3).RetryAfter(0));
  add("429, x-should-retry: false", "header=x-should-retry: false", limited());
}

}  // namespace

Section HttpStatuses() {
  Section section{"Refusals", {}};
  for (const Refusal& refusal : kRefusals) {
    for (const Call call : kCalls) section.rows.push_back(MakeRow(refusal, call));
  }
  for (const Call call : kCalls) {
    section.rows.push_back(MakeRow(kRefusals[0], call));
    Row& row = section.rows.back();
    row.fault = "400, compressed";
    row.directives += ";header=content-encoding: gzip";
    row.words = "HTTP status 400";
  }
  AddDelays(&section.rows);
  return section;
}

}  // namespace fireworks::faults
