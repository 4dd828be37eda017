#include "client/cpp/error.h"

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/any.pb.h"
#include "google/rpc/code.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace fireworks::client {
namespace {

// Payloads of an absl::Status: a serialized google.rpc.Status, and what we found out.
constexpr char kDetails[] = "type.googleapis.com/google.rpc.Status";
constexpr char kUnreachable[] = "fireworks.client/unreachable";
constexpr char kRequestId[] = "fireworks.client/request_id";

void AddDetail(const google::protobuf::Any& detail, Error* error) {
  google::rpc::ErrorInfo info;
  google::rpc::RequestInfo request;
  google::rpc::RetryInfo retry;
  google::rpc::BadRequest bad_request;
  if (detail.UnpackTo(&info)) {
    error->reason = info.reason();
    error->domain = info.domain();
    error->metadata = {info.metadata().begin(), info.metadata().end()};
  } else if (detail.UnpackTo(&request)) {
    error->request_id = request.request_id();
  } else if (detail.UnpackTo(&retry)) {
    error->retry_delay = absl::Seconds(retry.retry_delay().seconds()) +
                         absl::Nanoseconds(retry.retry_delay().nanos());
  } else if (detail.UnpackTo(&bad_request)) {
    for (const auto& violation : bad_request.field_violations()) {
      error->violations.push_back({violation.field(), violation.description()});
    }
  }
}

void AddDetails(const std::string& serialized, Error* error) {
  google::rpc::Status details;
  if (!details.ParseFromString(serialized)) return;
  for (const google::protobuf::Any& detail : details.details()) AddDetail(detail, error);
}

// What identifies the failed call, in brackets, or nothing.
std::string Identification(const Error& error) {
  std::vector<std::string> parts;
  if (!error.request_id.empty()) parts.push_back(absl::StrCat("request id ", error.request_id));
  auto http_status = error.metadata.find("http_status");
  if (http_status != error.metadata.end()) {
    parts.push_back(absl::StrCat("upstream HTTP ", http_status->second));
  }
  return parts.empty() ? "" : absl::StrCat(" [", absl::StrJoin(parts, ", "), "]");
}

}  // namespace

Error ErrorFromStatus(const grpc::Status& status) {
  Error error;
  error.code = status.error_code();
  error.message = status.error_message();
  AddDetails(status.error_details(), &error);
  return error;
}

Error ErrorFromStatus(const absl::Status& status) {
  Error error;
  // The codes of both are the same by number.
  error.code = static_cast<grpc::StatusCode>(status.raw_code());
  error.message = std::string(status.message());
  if (const auto details = status.GetPayload(kDetails)) {
    AddDetails(std::string(*details), &error);
  }
  const auto request_id = status.GetPayload(kRequestId);
  if (request_id && error.request_id.empty()) error.request_id = std::string(*request_id);
  error.unreachable = status.GetPayload(kUnreachable).has_value();
  return error;
}

absl::Status ToStatus(const grpc::Status& status, bool unreachable, absl::string_view request_id) {
  absl::Status result(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  if (!status.error_details().empty()) {
    result.SetPayload(kDetails, absl::Cord(status.error_details()));
  }
  if (!request_id.empty()) result.SetPayload(kRequestId, absl::Cord(request_id));
  if (unreachable) result.SetPayload(kUnreachable, absl::Cord("true"));
  return result;
}

absl::string_view StatusCodeName(grpc::StatusCode code) {
  const auto* value = google::rpc::Code_descriptor()->FindValueByNumber(code);
  return value == nullptr ? absl::string_view("UNKNOWN") : absl::string_view(value->name());
}

std::string FormatError(const Error& error) {
  std::string text(StatusCodeName(error.code));
  if (!error.reason.empty()) absl::StrAppend(&text, " (", error.reason, ")");
  if (!error.message.empty()) absl::StrAppend(&text, ": ", error.message);
  absl::StrAppend(&text, Identification(error));
  if (error.retry_delay) {
    absl::StrAppend(&text, " retry in ", absl::FormatDuration(*error.retry_delay));
  }
  for (const FieldViolation& violation : error.violations) {
    // The service's own refusals sum the violations up in their message.
    if (absl::StrContains(error.message, violation.field) &&
        absl::StrContains(error.message, violation.description)) {
      continue;
    }
    absl::StrAppend(&text, "\n  ", violation.field, ": ", violation.description);
  }
  return text;
}

}  // namespace fireworks::client
