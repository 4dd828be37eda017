#include "tests/simulator/resource_upload.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace fireworks::simulator {
namespace {

// A parameter of a header field: "x" of `form-data; name="x"`; empty when absent.
std::string Parameter(absl::string_view field, absl::string_view name) {
  for (absl::string_view part : absl::StrSplit(field, ';')) {
    part = absl::StripAsciiWhitespace(part);
    if (!absl::ConsumePrefix(&part, absl::StrCat(name, "="))) continue;
    absl::ConsumePrefix(&part, "\"");
    absl::ConsumeSuffix(&part, "\"");
    return std::string(part);
  }
  return "";
}

absl::string_view Disposition(absl::string_view head) {
  for (absl::string_view line : absl::StrSplit(head, "\r\n")) {
    if (absl::StartsWithIgnoreCase(line, "content-disposition:")) return line;
  }
  return "";
}

}  // namespace

absl::StatusOr<UploadedFile> FindUploadedFile(const HttpRequest& request) {
  const absl::string_view type = FindHeader(request.headers, "content-type");
  const std::string boundary = Parameter(type, "boundary");
  if (!absl::StartsWithIgnoreCase(type, "multipart/form-data") || boundary.empty()) {
    return absl::InvalidArgumentError("the body must be multipart/form-data with a boundary");
  }
  // The first delimiter need not have a line in front of it.
  const std::string body = absl::StrCat("\r\n", request.body);
  const std::string delimiter = absl::StrCat("\r\n--", boundary);
  const std::vector<absl::string_view> pieces = absl::StrSplit(body, delimiter);
  // In front of the first delimiter and behind the last there is no part.
  for (std::size_t i = 1; i + 1 < pieces.size(); ++i) {
    const std::size_t end_of_head = pieces[i].find("\r\n\r\n");
    if (end_of_head == absl::string_view::npos) continue;
    const absl::string_view disposition = Disposition(pieces[i].substr(0, end_of_head));
    if (Parameter(disposition, "name") != "file") continue;
    return UploadedFile{Parameter(disposition, "filename"), pieces[i].size() - end_of_head - 4};
  }
  return absl::InvalidArgumentError("the body has no part called \"file\"");
}

}  // namespace fireworks::simulator
