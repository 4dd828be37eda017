#include "service/upstream/head_parser.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace fireworks::upstream {

bool IsEventStream(const ResponseHead& head) {
  absl::string_view type = head.Find("content-type");
  type = type.substr(0, type.find(';'));
  return head.status / 100 == 2 &&
         absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(type), "text/event-stream");
}

HeadParser::Progress HeadParser::AddLine(absl::string_view line) {
  bytes_ += line.size();
  if (bytes_ > max_bytes_) return Progress::kTooLarge;
  if (complete_) return Progress::kMore;
  const bool folded = absl::StartsWith(line, " ") || absl::StartsWith(line, "\t");
  line = absl::StripAsciiWhitespace(line);
  if (!in_head_) return AddStatusLine(line);
  if (line.empty()) return FinishHead();
  if (!folded) return AddHeader(line);
  // RFC 9112 §5.2: a folded line goes on with the value before it.
  if (head_.headers.empty()) return Progress::kInvalid;
  absl::StrAppend(&head_.headers.back().value, " ", line);
  return Progress::kMore;
}

// "HTTP/1.1 200 OK", "HTTP/2 200": three digits (RFC 9112 §4).
HeadParser::Progress HeadParser::AddStatusLine(absl::string_view line) {
  const std::size_t space = line.find(' ');
  if (!absl::StartsWith(line, "HTTP/") || space == line.npos) return Progress::kInvalid;
  if (!absl::SimpleAtoi(line.substr(space + 1, 3), &head_.status) || head_.status < 100) {
    return Progress::kInvalid;
  }
  in_head_ = true;
  return Progress::kMore;
}

HeadParser::Progress HeadParser::AddHeader(absl::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == line.npos) return Progress::kInvalid;
  head_.headers.push_back(
      {absl::AsciiStrToLower(absl::StripAsciiWhitespace(line.substr(0, colon))),
       std::string(absl::StripAsciiWhitespace(line.substr(colon + 1)))});
  return Progress::kMore;
}

HeadParser::Progress HeadParser::FinishHead() {
  in_head_ = false;
  if (head_.status / 100 == 1) {
    head_ = ResponseHead();
    return Progress::kMore;
  }
  complete_ = true;
  return Progress::kComplete;
}

}  // namespace fireworks::upstream
