#include "service/server/error.h"

#include <algorithm>
#include <utility>

#include "absl/strings/strip.h"
#include "google/protobuf/duration.pb.h"
#include "google/rpc/status.pb.h"
#include "service/errors/field_violations.h"

namespace fireworks::server {
namespace {

namespace errors_v1 = fireworks::errors::v1;

constexpr char kDomain[] = "fireworks.ai";
constexpr std::size_t kMaxMessageBytes = 1024;
constexpr std::size_t kMaxDetailBytes = 3072;

// How many bytes gRPC writes for `byte`: it percent-encodes all but printable
// ASCII, and '%' itself.
std::size_t EncodedBytes(unsigned char byte) {
  return byte >= 0x20 && byte < 0x7f && byte != '%' ? 1 : 3;
}

// `text` cut so that gRPC writes at most `limit` bytes for it, never inside a
// character.
std::string CutMessage(absl::string_view text, std::size_t limit) {
  static constexpr absl::string_view kMark = "...";
  std::size_t encoded = 0;
  std::size_t end = 0;        // bytes that fit
  std::size_t end_marked = 0; // bytes that fit with the mark behind them
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool starts_character = (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80;
    if (starts_character) {
      if (encoded + kMark.size() <= limit) end_marked = i;
      end = i;
    }
    encoded += EncodedBytes(static_cast<unsigned char>(text[i]));
    if (encoded > limit) return std::string(text.substr(0, std::min(end, end_marked))) + "...";
  }
  return std::string(text);
}

google::protobuf::Duration ToProto(absl::Duration duration) {
  google::protobuf::Duration proto;
  absl::Duration rest;
  proto.set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &rest));
  proto.set_nanos(static_cast<int>(absl::ToInt64Nanoseconds(rest)));
  return proto;
}

google::rpc::ErrorInfo MakeErrorInfo(const Error& error) {
  google::rpc::ErrorInfo info;
  info.set_reason(ReasonName(error.reason));
  info.set_domain(kDomain);
  if (error.upstream) {
    auto& metadata = *info.mutable_metadata();
    if (error.upstream->http_status() != 0) {
      metadata["http_status"] = std::to_string(error.upstream->http_status());
    }
    if (!error.upstream->code().empty()) metadata["upstream_code"] = error.upstream->code();
  }
  return info;
}

// Appends `detail` unless the details would grow too large.
bool AddDetail(const google::protobuf::Message& detail, google::rpc::Status* status) {
  status->add_details()->PackFrom(detail);
  if (status->ByteSizeLong() <= kMaxDetailBytes) return true;
  status->mutable_details()->RemoveLast();
  return false;
}

errors_v1::ErrorReason ReasonOf(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kFailedPrecondition: return errors_v1::ERROR_REASON_NOT_CONFIGURED;
    case absl::StatusCode::kUnauthenticated: return errors_v1::ERROR_REASON_UNAUTHENTICATED;
    case absl::StatusCode::kPermissionDenied: return errors_v1::ERROR_REASON_PERMISSION_DENIED;
    case absl::StatusCode::kResourceExhausted: return errors_v1::ERROR_REASON_QUOTA_EXCEEDED;
    default: return errors_v1::ERROR_REASON_INVALID_REQUEST;
  }
}

}  // namespace

std::string ReasonName(errors_v1::ErrorReason reason) {
  return std::string(
      absl::StripPrefix(errors_v1::ErrorReason_Name(reason), "ERROR_REASON_"));
}

Error RequestError(const absl::Status& status) {
  Error error;
  error.code = static_cast<grpc::StatusCode>(status.code());
  error.message = std::string(status.message());
  error.bad_request = errors::GetFieldViolations(status);
  error.reason = ReasonOf(status.code());
  return error;
}

grpc::Status ToStatus(const Error& error, absl::string_view request_id) {
  google::rpc::Status status;
  status.set_code(error.code);
  status.set_message(CutMessage(error.message, kMaxMessageBytes));

  AddDetail(MakeErrorInfo(error), &status);
  google::rpc::RequestInfo request_info;
  request_info.set_request_id(std::string(request_id));
  AddDetail(request_info, &status);
  if (error.retry_after) {
    google::rpc::RetryInfo retry_info;
    *retry_info.mutable_retry_delay() = ToProto(*error.retry_after);
    AddDetail(retry_info, &status);
  }
  google::rpc::BadRequest bad_request = error.bad_request;
  while (bad_request.field_violations_size() > 0 && !AddDetail(bad_request, &status)) {
    bad_request.mutable_field_violations()->RemoveLast();
  }
  if (error.upstream && !AddDetail(*error.upstream, &status)) {
    errors_v1::UpstreamError without_body = *error.upstream;
    without_body.clear_body();
    AddDetail(without_body, &status);
  }
  return grpc::Status(error.code, status.message(), status.SerializeAsString());
}

}  // namespace fireworks::server
