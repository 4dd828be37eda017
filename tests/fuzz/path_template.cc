// Path templates: no byte of a value leaves its segment.
//
// Input: a template in the first line, then values, separated by the byte 1F; without
// them, too many or too few, empty ones are added or the last ones left out.
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "service/contract/path_template.h"
#include "tests/fuzz/check.h"

namespace fireworks {
namespace {

using fuzz::Check;

// What a server sees of a segment (RFC 3986 §2.1). Refuses what is no encoding.
std::string Decoded(absl::string_view segment) {
  std::string bytes;
  for (std::size_t i = 0; i < segment.size(); ++i) {
    if (segment[i] != '%') {
      bytes += segment[i];
      continue;
    }
    int byte = 0;
    Check(i + 2 < segment.size() && absl::SimpleHexAtoi(segment.substr(i + 1, 2), &byte),
          "a percent sign begins an encoded byte", segment);
    bytes += static_cast<char>(byte);
    i += 2;
  }
  return bytes;
}

// The template with the values in the place of its variables.
std::string Filled(absl::string_view text, const std::vector<std::string>& values) {
  std::string path;
  for (const std::string& value : values) {
    const std::size_t open = text.find('{');
    absl::StrAppend(&path, text.substr(0, open), value);
    text.remove_prefix(text.find('}', open) + 1);
  }
  return absl::StrCat(path, text);
}

void CheckSegments(absl::string_view path, absl::string_view filled) {
  const std::vector<absl::string_view> segments = absl::StrSplit(path, '/');
  const std::vector<absl::string_view> expected = absl::StrSplit(filled, '/');
  Check(segments.size() == expected.size(), "as many segments as were meant", path);
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const std::string decoded = Decoded(segments[i]);
    Check(decoded == expected[i], "each segment is the one that was meant", path);
    Check(decoded != "." && decoded != "..", "no segment is dots", path);
    Check(i == 0 || !decoded.empty(), "no segment is empty", path);
    // A server that decodes once more sees the same.
    Check(decoded.find('%') == decoded.npos, "nothing is left to be decoded", path);
  }
}

void Test(absl::string_view input) {
  const absl::string_view text = fuzz::TakeUntil('\n', &input);
  const auto path_template = contract::PathTemplate::Parse(text);
  if (!path_template.ok()) {
    Check(absl::IsInvalidArgument(path_template.status()), "a bad template is the caller's");
    return;
  }
  Check(path_template->text() == text, "a template keeps its text");
  std::vector<std::string> values = absl::StrSplit(input, '\x1f');
  values.resize(path_template->variables().size());
  const auto path = path_template->Expand(values);
  if (!path.ok()) {
    Check(absl::IsInvalidArgument(path.status()), "a bad value is the caller's");
    return;
  }
  Check(fuzz::IsPrintable(*path), "a path is printable", *path);
  Check(path->find_first_of(" ?#\\\"<>") == path->npos, "a path ends where it should", *path);
  CheckSegments(*path, Filled(text, values));
}

}  // namespace
}  // namespace fireworks

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fireworks::Test(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
