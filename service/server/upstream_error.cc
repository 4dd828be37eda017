#include "service/server/upstream_error.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"

namespace fireworks::server {
namespace {

namespace errors_v1 = fireworks::errors::v1;
using Json = nlohmann::json;

constexpr std::size_t kMaxKeptBodyBytes = 1024;
constexpr int kUnauthenticatedCode = 16;
// Nesting of an error body that is read. Values are copied and written recursively, so
// that a body of brackets would else overflow the stack.
constexpr int kMaxDepth = 32;

// What an error body says, whatever its shape.
struct ErrorBody {
  std::string message;
  std::string code;
  std::string type;
  std::string param;
  // google.rpc.Code of the management API; 0 when the body has none.
  int grpc_code = 0;
  google::rpc::BadRequest bad_request;
};

// `text` cut to `limit` bytes on a character boundary.
std::string Cut(absl::string_view text, std::size_t limit) {
  if (text.size() <= limit) return std::string(text);
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0) == 0x80) --limit;
  return std::string(text.substr(0, limit));
}

// The member `key` as text: strings as they are, other scalars as JSON.
std::string TextMember(const Json& object, const char* key) {
  const auto member = object.find(key);
  if (member == object.end() || member->is_null()) return "";
  if (member->is_string()) return member->get<std::string>();
  return member->dump(-1, ' ', false, Json::error_handler_t::replace);
}

// FastAPI: `{"detail": [{"loc": ["body", "top_k"], "msg": "…"}, …]}`.
void ReadValidationDetail(const Json& detail, ErrorBody* body) {
  for (const Json& item : detail) {
    if (!item.is_object()) continue;
    std::string field;
    const auto loc = item.find("loc");
    if (loc != item.end() && loc->is_array()) {
      for (const Json& part : *loc) {
        if (part.is_number_integer()) {
          absl::StrAppend(&field, "[", part.get<std::int64_t>(), "]");
        } else if (part.is_string() && part != "body") {
          absl::StrAppend(&field, field.empty() ? "" : ".", part.get<std::string>());
        }
      }
    }
    auto* violation = body->bad_request.add_field_violations();
    violation->set_field(field);
    violation->set_description(TextMember(item, "msg"));
    absl::StrAppend(&body->message, body->message.empty() ? "" : "; ", field,
                    field.empty() ? "" : ": ", violation->description());
  }
}

ErrorBody ReadJson(const Json& json) {
  ErrorBody body;
  // A failed response of the Responses API carries its error inside.
  const auto response = json.find("response");
  if (response != json.end() && response->is_object() && response->contains("error")) {
    return ReadJson({{"error", (*response)["error"]}});
  }
  const auto error = json.find("error");
  const auto detail = json.find("detail");
  if (error != json.end() && error->is_object()) {
    body.message = TextMember(*error, "message");
    body.code = TextMember(*error, "code");
    body.type = TextMember(*error, "type");
    body.param = TextMember(*error, "param");
  } else if (error != json.end() && error->is_string()) {
    body.message = error->get<std::string>();
  } else if (detail != json.end() && detail->is_array()) {
    ReadValidationDetail(*detail, &body);
  } else if (detail != json.end() && detail->is_string()) {
    body.message = detail->get<std::string>();
  } else {
    body.message = TextMember(json, "message");
    if (body.message.empty()) body.message = TextMember(json, "error_message");
    body.code = TextMember(json, "code");
    const auto code = json.find("code");
    if (code != json.end() && code->is_number_integer()) {
      const auto value = code->get<std::int64_t>();
      if (value >= 1 && value <= kUnauthenticatedCode) body.grpc_code = static_cast<int>(value);
    }
  }
  return body;
}

// The text of a page, tags removed and white space folded: what a proxy's HTML
// says to a person.
std::string TextOfPage(absl::string_view page) {
  std::string text;
  bool in_tag = false;
  for (const char c : page) {
    if (c == '<') {
      in_tag = true;
      if (!text.empty() && text.back() != ' ') text += ' ';
    } else if (c == '>') {
      in_tag = false;
    } else if (!in_tag) {
      const bool space = absl::ascii_isspace(static_cast<unsigned char>(c));
      if (!space) text += c;
      if (space && !text.empty() && text.back() != ' ') text += ' ';
    }
  }
  return std::string(absl::StripAsciiWhitespace(text));
}

// What `text` is as JSON, without what is nested deeper than kMaxDepth; discarded when it
// is none.
Json ParseShallow(absl::string_view text) {
  const auto keep = [](int depth, Json::parse_event_t, const Json&) { return depth < kMaxDepth; };
  return Json::parse(text.begin(), text.end(), keep, /*allow_exceptions=*/false);
}

ErrorBody ReadBody(absl::string_view text) {
  const Json json = ParseShallow(text);
  if (json.is_object()) return ReadJson(json);
  ErrorBody body;
  if (json.is_string()) {
    body.message = json.get<std::string>();
  } else {
    body.message = absl::StrContains(text, '<') ? TextOfPage(text)
                                                : std::string(absl::StripAsciiWhitespace(text));
  }
  return body;
}

// Codes and types that an error object inside a 200 stream may carry; the HTTP
// status that the same error would have had.
int HttpStatusOfCode(absl::string_view code) {
  static const auto& codes = *new absl::flat_hash_map<std::string, int>{
      {"api_error", 500},
      {"authentication_error", 401},
      {"bad_request", 400},
      {"billing_error", 402},
      {"deployment_scaling_up", 503},
      {"internal_server_error", 500},
      {"invalid_request_error", 400},
      {"not_found", 404},
      {"not_found_error", 404},
      {"overloaded_error", 503},
      {"permission_error", 403},
      {"precondition_failed", 412},
      {"rate_limit_error", 429},
      {"rate_limit_exceeded", 429},
      {"request_too_large", 413},
      {"server_error", 500},
      {"server_overloaded", 503},
      {"service_unavailable", 503},
      {"timeout_error", 504},
      {"too_many_requests", 429},
      {"unauthorized", 401},
  };
  const auto found = codes.find(absl::AsciiStrToLower(code));
  if (found != codes.end()) return found->second;
  int number = 0;
  return absl::SimpleAtoi(code, &number) && number >= 400 && number <= 599 ? number : 0;
}

// Whether upstream says that the key is bad.
bool IsCredentialFailure(int http_status, const ErrorBody& body) {
  if (http_status == 401 || body.grpc_code == kUnauthenticatedCode) return true;
  return http_status == 403 &&
         (absl::EqualsIgnoreCase(body.code, "UNAUTHORIZED") ||
          absl::StrContains(absl::AsciiStrToLower(body.message), "api key"));
}

Error MakeError(int http_status, const ErrorBody& body, absl::string_view raw,
                KeyOwner key_owner) {
  Error error;
  error.reason = errors_v1::ERROR_REASON_UPSTREAM_ERROR;
  error.code = body.grpc_code != 0 ? static_cast<grpc::StatusCode>(body.grpc_code)
                                   : FromHttpStatus(http_status);
  error.message = body.message;
  error.bad_request = body.bad_request;
  auto& upstream = error.upstream.emplace();
  upstream.set_http_status(http_status);
  upstream.set_code(Cut(body.code, 256));
  upstream.set_type(Cut(body.type, 256));
  upstream.set_param(Cut(body.param, 256));
  upstream.set_body(Cut(raw, kMaxKeptBodyBytes));
  if (!IsCredentialFailure(http_status, body)) return error;
  if (key_owner == KeyOwner::kCaller) {
    error.code = grpc::StatusCode::UNAUTHENTICATED;
    error.message = absl::StrCat("upstream refused the caller's own key: ",
                                 body.message.empty() ? "no reason given" : body.message);
  } else {
    // The caller must not be blamed for the service's key.
    error.code = grpc::StatusCode::INTERNAL;
    error.reason = errors_v1::ERROR_REASON_UPSTREAM_CREDENTIALS;
    error.message = absl::StrCat("upstream refused the service's own credentials: ",
                                 body.message.empty() ? "no reason given" : body.message);
  }
  return error;
}

// `text` with invalid bytes as U+FFFD: protobuf strings must be UTF-8.
std::string ToValidUtf8(absl::string_view text) {
  const std::string quoted = Json(std::string(text))
                                 .dump(-1, ' ', false, Json::error_handler_t::replace);
  return Json::parse(quoted).get<std::string>();
}

}  // namespace

bool HasMember(absl::string_view body, const std::string& key) {
  const Json json = Json::parse(body.begin(), body.end(), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return false;
  const auto member = json.find(key);
  return member != json.end() && !member->is_null();
}

std::string KeptBody(absl::string_view body) {
  // Four bytes more than needed, so that the cut never makes text invalid.
  return Cut(ToValidUtf8(body.substr(0, kMaxKeptBodyBytes + 4)), kMaxKeptBodyBytes);
}

grpc::StatusCode FromHttpStatus(int http_status) {
  switch (http_status) {
    case 400: case 413: case 415: case 422: return grpc::StatusCode::INVALID_ARGUMENT;
    case 401: return grpc::StatusCode::UNAUTHENTICATED;
    case 402: case 412: return grpc::StatusCode::FAILED_PRECONDITION;
    case 403: return grpc::StatusCode::PERMISSION_DENIED;
    case 404: case 410: return grpc::StatusCode::NOT_FOUND;
    case 405: case 501: return grpc::StatusCode::UNIMPLEMENTED;
    case 409: return grpc::StatusCode::ABORTED;
    case 416: return grpc::StatusCode::OUT_OF_RANGE;
    case 429: return grpc::StatusCode::RESOURCE_EXHAUSTED;
    case 499: return grpc::StatusCode::CANCELLED;
    case 500: return grpc::StatusCode::INTERNAL;
    case 408: case 425: case 502: case 503: return grpc::StatusCode::UNAVAILABLE;
    case 504: return grpc::StatusCode::DEADLINE_EXCEEDED;
    default: break;
  }
  if (http_status >= 520 && http_status <= 527) return grpc::StatusCode::UNAVAILABLE;
  if (http_status >= 400 && http_status <= 499) return grpc::StatusCode::FAILED_PRECONDITION;
  return grpc::StatusCode::UNKNOWN;
}

Error FromErrorAnswer(const upstream::ResponseHead& head, absl::string_view body,
                      KeyOwner key_owner) {
  const std::string text = ToValidUtf8(body);
  Error error = MakeError(head.status, ReadBody(text), text, key_owner);
  if (error.message.empty()) {
    error.message = absl::StrCat("upstream answered HTTP status ", head.status, " without a message");
  }
  return error;
}

Error FromStreamError(absl::string_view body, KeyOwner key_owner) {
  const std::string text = ToValidUtf8(body);
  const ErrorBody parsed = ReadBody(text);
  int status = HttpStatusOfCode(parsed.code);
  if (status == 0) status = HttpStatusOfCode(parsed.type);
  if (status == 0) status = 500;
  Error error = MakeError(status, parsed, text, key_owner);
  error.upstream->set_http_status(200);
  if (error.message.empty()) error.message = "upstream sent an error inside the stream";
  return error;
}

}  // namespace fireworks::server
