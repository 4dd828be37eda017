#include "tests/simulator/errors.h"

#include <functional>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "nlohmann/json.hpp"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kBadKey[] = "The API key is missing or not valid.";

using Canned = std::function<HttpResponse(int status, absl::string_view request_id)>;

// Messages and ids quote requests, which may hold bytes that are not UTF-8.
template <typename AnyJson>
std::string Dump(const AnyJson& json) {
  return json.dump(-1, ' ', false, AnyJson::error_handler_t::replace);
}

// Both inference families by name: {code, message}.
Canned Gateway(std::string code, std::string message) {
  return [code, message](int status, absl::string_view request_id) {
    return GatewayError(status, code, message, request_id);
  };
}

Canned Engine(std::string code, std::string message) {
  return
      [code, message](int status, absl::string_view) { return EngineError(status, code, message); };
}

Canned Verbatim(std::string content_type, std::string body) {
  return [content_type, body](int status, absl::string_view) {
    return HttpResponse{status, {{"content-type", content_type}}, body};
  };
}

const std::map<std::string, Canned, std::less<>>& CannedErrors() {
  static const auto* const kErrors = new std::map<std::string, Canned, std::less<>>{
      {"unauthorized", [](int, absl::string_view) { return InferenceUnauthorized(); }},
      {"forbidden", [](int, absl::string_view id) { return ManagementUnauthorized(id); }},
      {"payment", Gateway("PAYMENT_REQUIRED", "This account has no paid plan.")},
      {"not_found", Gateway("NOT_FOUND", "No such model, or it is not deployed.")},
      {"suspended", Gateway("PRECONDITION_FAILED", "The account is suspended.")},
      {"rate_limit", Gateway("RATE_LIMIT_EXCEEDED", "The account's rate limit is used up.")},
      {"scaling_up", Gateway("DEPLOYMENT_SCALING_UP", "The deployment is scaling up from zero.")},
      {"internal", Gateway("INTERNAL", "The gateway failed.")},
      {"context", Engine("invalid_request_error",
                         "The prompt is too long: 200000, model maximum context length: 131072")},
      {"invalid", Engine("invalid_request_error", "The request is not valid.")},
      {"overloaded", [](int, absl::string_view) { return OverloadedError(); }},
      {"adaptive", Engine("too_many_requests", "rate limit exceeded, please try again later")},
      {"string", Verbatim("application/json", R"({"error":"A plain string."})")},
      {"validation", Verbatim("application/json",
                              R"({"detail":[{"loc":["body","messages"],"msg":"Field required",)"
                              R"("type":"missing","input":{},"ctx":null}]})")},
      {"status", [](int, absl::string_view) { return StatusError(5, "resource not found"); }},
      {"html", Verbatim("text/html", "<html><body><h1>Bad gateway</h1></body></html>")},
      {"text", Verbatim("text/plain", "upstream connect error")},
      {"empty", Verbatim("application/json", "")},
      {"garbage", Verbatim("application/json", R"({"error":{"message":)")},
  };
  return *kErrors;
}

absl::string_view FittingName(int status) {
  switch (status) {
    case 400:
    case 413:
    case 415:
      return "invalid";
    case 401:
      return "unauthorized";
    case 402:
      return "payment";
    case 403:
      return "forbidden";
    case 404:
      return "not_found";
    case 412:
      return "suspended";
    case 422:
      return "validation";
    case 429:
      return "rate_limit";
    case 502:
    case 504:
      return "html";
    case 503:
      return "scaling_up";
    default:
      return "internal";
  }
}

const char* AnthropicErrorType(int status) {
  switch (status) {
    case 401:
      return "authentication_error";
    case 402:
      return "billing_error";
    case 403:
      return "permission_error";
    case 404:
      return "not_found_error";
    case 413:
      return "request_too_large";
    case 429:
      return "rate_limit_error";
    case 503:
    case 529:
      return "overloaded_error";
    case 504:
      return "timeout_error";
    default:
      return status < 500 ? "invalid_request_error" : "api_error";
  }
}

int HttpStatusOf(int grpc_code) {
  switch (grpc_code) {
    case 3:   // INVALID_ARGUMENT
    case 9:   // FAILED_PRECONDITION
    case 11:  // OUT_OF_RANGE
      return 400;
    case 5:  // NOT_FOUND
      return 404;
    case 6:   // ALREADY_EXISTS
    case 10:  // ABORTED
      return 409;
    case 7:  // PERMISSION_DENIED
      return 403;
    case 8:  // RESOURCE_EXHAUSTED
      return 429;
    case 12:  // UNIMPLEMENTED
      return 501;
    case 14:  // UNAVAILABLE
      return 503;
    case 16:  // UNAUTHENTICATED
      return 401;
    default:
      return 500;
  }
}

}  // namespace

HttpResponse GatewayError(int status, absl::string_view code, absl::string_view message,
                          absl::string_view request_id) {
  const Json body = {{"error",
                      {{"message", std::string(message)},
                       {"param", nullptr},
                       {"code", std::string(code)},
                       {"type", "error"}}},
                     {"request_id", std::string(request_id)}};
  return JsonResponse(status, Dump(body));
}

HttpResponse EngineError(int status, absl::string_view code, absl::string_view message) {
  const Json body = {{"error",
                      {{"object", "error"},
                       {"type", "invalid_request_error"},
                       {"code", std::string(code)},
                       {"message", std::string(message)}}}};
  return JsonResponse(status, Dump(body));
}

HttpResponse OverloadedError() {
  return EngineError(429, "too_many_requests", "No first token in time: overloaded.");
}

HttpResponse AnthropicError(int status, absl::string_view message, absl::string_view request_id) {
  const Json body = {
      {"type", "error"},
      {"error", {{"type", AnthropicErrorType(status)}, {"message", std::string(message)}}},
      {"request_id", std::string(request_id)}};
  return JsonResponse(status, Dump(body));
}

std::string JoinRefusals(const std::vector<std::string>& refusals) {
  const std::string joined = absl::StrJoin(refusals, "; ");
  return refusals.size() == 1
             ? joined
             : absl::StrCat(refusals.size(), " request validation errors: ", joined);
}

HttpResponse EngineInvalidRequest(const std::vector<std::string>& refusals) {
  return EngineError(400, "invalid_request_error", JoinRefusals(refusals));
}

HttpResponse StatusError(int grpc_code, absl::string_view message) {
  const nlohmann::json body = {
      {"code", grpc_code}, {"details", nlohmann::json::array()}, {"message", std::string(message)}};
  return JsonResponse(HttpStatusOf(grpc_code), Dump(body));
}

HttpResponse InferenceUnauthorized() {
  const Json body = {
      {"error", {{"message", kBadKey}, {"code", "UNAUTHORIZED"}, {"type", "error"}}}};
  return JsonResponse(401, Dump(body));
}

HttpResponse ManagementUnauthorized(absl::string_view request_id) {
  return GatewayError(403, "UNAUTHORIZED", kBadKey, request_id);
}

HttpResponse CannedError(int status, absl::string_view name, absl::string_view request_id) {
  const auto found = CannedErrors().find(name.empty() ? FittingName(status) : name);
  if (found == CannedErrors().end()) {
    return EngineInvalidRequest({absl::StrCat("simulator knows no error body '", name, "'")});
  }
  HttpResponse response = found->second(status, request_id);
  response.status = status;
  return response;
}

}  // namespace fireworks::simulator
