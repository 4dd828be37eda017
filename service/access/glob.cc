#include "service/access/glob.h"

#include <cstddef>

namespace fireworks::access {

bool MatchesGlob(absl::string_view pattern, absl::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  // The last `*`, and how much of `text` it has taken: all that ever needs to be
  // tried again.
  std::size_t star = absl::string_view::npos;
  std::size_t taken = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != absl::string_view::npos) {
      p = star + 1;
      t = ++taken;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace fireworks::access
