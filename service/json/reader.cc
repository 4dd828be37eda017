#include "service/json/reader.h"

namespace fireworks::json::internal {
namespace {

std::size_t SkipDigits(absl::string_view text, std::size_t i) {
  while (i < text.size() && text[i] >= '0' && text[i] <= '9') ++i;
  return i;
}

}  // namespace

std::size_t NumberLength(absl::string_view text) {
  const std::size_t integer = !text.empty() && text[0] == '-' ? 1 : 0;
  const bool zero = integer < text.size() && text[integer] == '0';
  std::size_t end = zero ? integer + 1 : SkipDigits(text, integer);
  if (end == integer) return 0;
  if (end < text.size() && text[end] == '.') {
    const std::size_t fraction = SkipDigits(text, end + 1);
    if (fraction == end + 1) return end;
    end = fraction;
  }
  if (end < text.size() && (text[end] == 'e' || text[end] == 'E')) {
    std::size_t digits = end + 1;
    if (digits < text.size() && (text[digits] == '+' || text[digits] == '-')) ++digits;
    const std::size_t exponent = SkipDigits(text, digits);
    if (exponent != digits) end = exponent;
  }
  return end;
}

std::string DescribeParseError(absl::string_view what) {
  // "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error while parsing
  // value - invalid literal; last read: 'x'; expected '}'"
  constexpr absl::string_view kWords = "syntax error ";
  constexpr absl::string_view kQuote = "; last read: '";
  constexpr absl::string_view kExpected = "; expected ";
  const std::size_t begin = what.find(kWords);
  if (begin == absl::string_view::npos) {
    // nlohmann 3.11.3 has words of its own for a text without anything in it.
    const bool empty = what.find("empty input") != absl::string_view::npos;
    return empty ? "while parsing value - unexpected end of input" : "a number that is too large";
  }
  what.remove_prefix(begin + kWords.size());
  const std::size_t quote = what.find(kQuote);
  if (quote == absl::string_view::npos) return std::string(what);
  const std::size_t expected = what.rfind(kExpected);
  return absl::StrCat(what.substr(0, quote), expected == absl::string_view::npos || expected < quote
                                                 ? absl::string_view()
                                                 : what.substr(expected));
}

}  // namespace fireworks::json::internal
