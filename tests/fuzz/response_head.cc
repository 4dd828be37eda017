// Heads of answers, line by line, and what becomes of them: the trailing metadata that
// a caller gets, which aborts inside gRPC when a byte of it is illegal.
//
// Input: the lines of the head, interim ones and trailers too.
#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "service/server/metadata.h"
#include "service/upstream/head_parser.h"
#include "tests/fuzz/check.h"

namespace fireworks {
namespace {

using fuzz::Check;
using upstream::HeadParser;

constexpr std::size_t kMaxHeadBytes = 1000;

void CheckHead(const upstream::ResponseHead& head) {
  Check(head.status >= 200 && head.status <= 999, "a final status is one");
  std::size_t bytes = 0;
  for (const upstream::Header& header : head.headers) {
    bytes += header.name.size() + header.value.size();
    Check(std::none_of(header.name.begin(), header.name.end(), absl::ascii_isupper),
          "names are lower case", header.name);
    Check(header.value.find('\n') == header.value.npos, "a value is one line", header.value);
    Check(head.Find(header.name).data() != nullptr, "a header is found by its name");
  }
  Check(bytes <= kMaxHeadBytes, "a head is bounded");
}

void CheckTrailers(const upstream::ResponseHead& head) {
  server::Trailers trailers;
  trailers.AddUpstream(head);
  std::size_t bytes = 0;
  for (const auto& [name, value] : trailers.entries()) {
    bytes += name.size() + value.size();
    Check(!name.empty() && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.") ==
                               name.npos,
          "a name is legal in gRPC", name);
    Check(!absl::EndsWith(name, "-bin") && !absl::StartsWith(name, "grpc-"),
          "a name is ours to use", name);
    Check(fuzz::IsPrintable(value), "a value is printable", value);
  }
  Check(bytes <= 2048, "copied headers are bounded");
}

void Test(absl::string_view input) {
  HeadParser parser(kMaxHeadBytes);
  std::size_t fed = 0;
  bool was_complete = false;
  while (!input.empty()) {
    const absl::string_view line = input.substr(0, input.find('\n') == input.npos
                                                       ? input.size()
                                                       : input.find('\n') + 1);
    input.remove_prefix(line.size());
    fed += line.size();
    const HeadParser::Progress progress = parser.AddLine(line);
    Check((progress == HeadParser::Progress::kTooLarge) == (fed > kMaxHeadBytes),
          "the cap is kept to the byte");
    Check((progress == HeadParser::Progress::kComplete) == (parser.complete() && !was_complete),
          "a head is completed once");
    was_complete = parser.complete();
    if (progress == HeadParser::Progress::kTooLarge) return;
    if (progress == HeadParser::Progress::kInvalid) return;
  }
  if (!parser.complete()) return;
  CheckHead(parser.head());
  CheckTrailers(parser.head());
  Check(!upstream::IsEventStream(parser.head()) || parser.head().status < 300,
        "only a success is a stream");
}

}  // namespace
}  // namespace fireworks

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fireworks::Test(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
