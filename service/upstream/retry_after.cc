#include "service/upstream/retry_after.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"

namespace fireworks::upstream {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLongest = std::chrono::hours(24);

// The three forms of RFC 9110 §5.6.7; the first is the one that is written today.
constexpr absl::string_view kDateForms[] = {
    "%a, %d %b %Y %H:%M:%S GMT",
    "%A, %d-%b-%y %H:%M:%S GMT",
    "%a %b %e %H:%M:%S %Y",
};

std::optional<absl::Time> ParseDate(absl::string_view text) {
  for (const absl::string_view form : kDateForms) {
    absl::Time time;
    std::string error;
    if (absl::ParseTime(form, text, &time, &error)) return time;
  }
  return std::nullopt;
}

// A decimal number without sign, exponent, "inf" or "nan".
std::optional<double> ParseNumber(absl::string_view text) {
  for (const char byte : text) {
    if (!absl::ascii_isdigit(byte) && byte != '.') return std::nullopt;
  }
  double number = 0;
  if (!absl::SimpleAtod(text, &number)) return std::nullopt;
  return number;
}

// What is too large for the type would be undefined to convert.
milliseconds Bounded(double wait_ms) {
  const double longest = static_cast<double>(kLongest.count());
  return milliseconds(static_cast<milliseconds::rep>(std::clamp(wait_ms, 0.0, longest)));
}

}  // namespace

std::optional<milliseconds> RetryAfter(const ResponseHead& head, absl::Time now) {
  if (const auto wait = ParseNumber(head.Find("retry-after-ms"))) return Bounded(*wait);
  const absl::string_view value = absl::StripAsciiWhitespace(head.Find("retry-after"));
  if (const auto wait = ParseNumber(value)) return Bounded(*wait * 1000);
  const std::optional<absl::Time> date = ParseDate(value);
  if (!date) return std::nullopt;
  const absl::Time from = ParseDate(head.Find("date")).value_or(now);
  return Bounded(absl::ToDoubleMilliseconds(*date - from));
}

bool ForbidsRetry(const ResponseHead& head) {
  return absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(head.Find("x-should-retry")), "false");
}

}  // namespace fireworks::upstream
