// Base URLs: what is taken can have a target appended.
//
// Input: the text of the flag.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "service/upstream/base_url.h"
#include "tests/fuzz/check.h"

namespace fireworks {
namespace {

using fuzz::Check;

void Test(absl::string_view input) {
  const auto url = upstream::NormalizeBaseUrl(std::string(input));
  if (!url.ok()) {
    Check(!absl::StrContains(input, '@') || !absl::StrContains(url.status().message(), input),
          "what may be a password is not repeated", url.status().message());
    return;
  }
  Check(absl::StartsWith(*url, "http://") || absl::StartsWith(*url, "https://"), "http only", *url);
  Check(!absl::EndsWith(*url, "/"), "a target can be appended", *url);
  Check(url->find_first_of("?#") == url->npos, "no query, no fragment", *url);
  const std::size_t host = url->find("://") + 3;
  const std::size_t path = std::min(url->find('/', host), url->size());
  Check(url->find('@') >= path, "no user", *url);
  const std::vector<absl::string_view> segments =
      absl::StrSplit(absl::string_view(*url).substr(path), '/');
  for (const absl::string_view segment : segments) {
    Check(segment != "." && segment != "..", "no segment is dots", *url);
  }
  for (const char c : *url) {
    Check(static_cast<unsigned char>(c) > 0x20 && c != 0x7F, "no control byte", *url);
  }
  const auto again = upstream::NormalizeBaseUrl(*url);
  Check(again.ok() && *again == *url, "a normal form is its own", *url);
}

}  // namespace
}  // namespace fireworks

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fireworks::Test(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
