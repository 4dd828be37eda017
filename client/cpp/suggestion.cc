#include "client/cpp/suggestion.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"

namespace fireworks::client {
namespace {

constexpr std::size_t kMostSuggestions = 3;

// How many letters must be changed, added, left out or swapped with their neighbour.
std::size_t Distance(absl::string_view a, absl::string_view b) {
  std::vector<std::vector<std::size_t>> rows(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      std::size_t& best = rows[i][j];
      if (i == 0 || j == 0) {
        best = i + j;
        continue;
      }
      best = std::min({rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1), rows[i - 1][j] + 1,
                       rows[i][j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        best = std::min(best, rows[i - 2][j - 2] + 1);
      }
    }
  }
  return rows[a.size()][b.size()];
}

}  // namespace

std::vector<std::string> Suggestions(const std::string& wrong,
                                     const std::vector<std::string>& candidates) {
  std::vector<std::pair<std::size_t, std::string>> ranked;
  const std::string lower = absl::AsciiStrToLower(wrong);
  for (const std::string& candidate : candidates) {
    const std::string known = absl::AsciiStrToLower(candidate);
    const std::size_t distance = Distance(lower, known);
    const bool contained = lower.size() > 2 && absl::StrContains(known, lower);
    // A third of the letters may be wrong.
    if (contained || distance * 3 <= std::max(lower.size(), known.size())) {
      ranked.emplace_back(distance, candidate);
    }
  }
  std::sort(ranked.begin(), ranked.end());
  std::vector<std::string> best;
  for (const auto& entry : ranked) {
    if (best.size() == kMostSuggestions) break;
    best.push_back(entry.second);
  }
  return best;
}

std::string DidYouMean(const std::vector<std::string>& suggestions) {
  if (suggestions.empty()) return "";
  return absl::StrCat("; did you mean '", absl::StrJoin(suggestions, "', '"), "'?");
}

}  // namespace fireworks::client
