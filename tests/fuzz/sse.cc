// The parser of event streams against the naive reference, whole, byte by byte and
// in pieces that the input decides.
//
// Input: one byte that sets caps (0: none; else its low digit times 4 for a line, its
// high digit times 2 for an event), then the stream.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <sstream>
#include <string>

#include "absl/strings/string_view.h"
#include "service/sse/parser.h"
#include "service/sse/record.h"
#include "service/sse/reference_parser.h"
#include "tests/fuzz/check.h"

namespace fireworks {
namespace {

// Byte by byte is slow; longer texts have no splits that these lack.
constexpr std::size_t kMaxBytewise = 256;

// What the stream gives in pieces of as many bytes as `next_size` says. Each piece is a
// copy of its own that dies after it was fed.
template <typename NextSize>
sse::Record ParseInPieces(absl::string_view text, const sse::Limits& limits, NextSize next_size) {
  sse::RecordingHandler handler;
  sse::Parser parser(&handler, limits);
  bool dead = false;
  while (!text.empty()) {
    const std::size_t size = std::min<std::size_t>(next_size(), text.size());
    const std::unique_ptr<char[]> piece(new char[size]);
    std::copy_n(text.data(), size, piece.get());
    const bool ok = parser.Feed(absl::string_view(piece.get(), size)).ok();
    fuzz::Check(!(dead && ok), "a parser that failed stays so");
    dead = !ok;
    fuzz::Check(dead == (parser.exceeded() != sse::Exceeded::kNone), "a failure says its cap");
    text.remove_prefix(size);
  }
  return {handler.calls(), parser.exceeded(), parser.mid_event()};
}

void ExpectSame(const sse::Record& expected, const sse::Record& actual, absl::string_view pieces) {
  if (actual == expected) return;
  std::ostringstream both;
  both << "expected " << expected << "\nactual " << actual;
  fuzz::Check(false, pieces, both.str());
}

void Test(absl::string_view input) {
  if (input.empty()) return;
  const auto caps = static_cast<unsigned char>(input[0]);
  const absl::string_view text = input.substr(1);
  sse::Limits limits;
  if (caps != 0) {
    limits.max_line_bytes = (caps & 15) * 4;
    limits.max_event_bytes = (caps >> 4) * 2;
  }
  const sse::Record expected = sse::ReferenceParse(std::string(text), limits);
  ExpectSame(expected, ParseInPieces(text, limits, [&] { return text.size(); }), "whole");
  if (text.size() <= kMaxBytewise) {
    ExpectSame(expected, ParseInPieces(text, limits, [] { return 1; }), "byte by byte");
  }
  // Pieces that repeat with the input and differ with each of its bytes.
  std::minstd_rand random(static_cast<unsigned>(std::hash<std::string>()(std::string(text))));
  for (const std::size_t longest : {5, 50}) {
    ExpectSame(expected, ParseInPieces(text, limits, [&] { return 1 + random() % longest; }),
               "in pieces");
  }
}

}  // namespace
}  // namespace fireworks

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fireworks::Test(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
