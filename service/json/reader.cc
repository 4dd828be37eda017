#include "service/json/reader.h"

namespace fireworks::json::internal {

std::string DescribeParseError(absl::string_view what) {
  // "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error while parsing
  // value - invalid literal; last read: 'x'; expected '}'"
  constexpr absl::string_view kWords = "syntax error ";
  constexpr absl::string_view kQuote = "; last read: '";
  constexpr absl::string_view kExpected = "; expected ";
  const std::size_t begin = what.find(kWords);
  if (begin == absl::string_view::npos) return "a number that is too large";
  what.remove_prefix(begin + kWords.size());
  const std::size_t quote = what.find(kQuote);
  if (quote == absl::string_view::npos) return std::string(what);
  const std::size_t expected = what.rfind(kExpected);
  return absl::StrCat(what.substr(0, quote), expected == absl::string_view::npos || expected < quote
                                                 ? absl::string_view()
                                                 : what.substr(expected));
}

}  // namespace fireworks::json::internal
