#include "service/server/answer.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace fireworks::server {

bool IsSuccess(int http_status) { return http_status >= 200 && http_status < 300; }

bool HasMediaType(absl::string_view content_type, absl::string_view media_type) {
  content_type = content_type.substr(0, content_type.find(';'));
  return absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(content_type), media_type);
}

bool IsPlain(absl::string_view content_encoding) {
  content_encoding = absl::StripAsciiWhitespace(content_encoding);
  return content_encoding.empty() || absl::EqualsIgnoreCase(content_encoding, "identity");
}

bool IsBlank(absl::string_view text) { return absl::StripAsciiWhitespace(text).empty(); }

absl::Status NoMessageError(const google::protobuf::Message& message) {
  return absl::InvalidArgumentError(absl::StrCat(
      "the request's bytes are no ", message.GetDescriptor()->full_name(), " message"));
}

}  // namespace fireworks::server
