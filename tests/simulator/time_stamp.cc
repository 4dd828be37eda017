#include "tests/simulator/time_stamp.h"

#include <cstdint>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"

namespace fireworks::simulator {
namespace {

using std::chrono::nanoseconds;
using std::chrono::steady_clock;

// The digits of every nanosecond count that fits into 63 bits.
constexpr std::size_t kDigits = 19;

}  // namespace

const char kUnstamped[] = "@0000000000000000000";

void StampTime(std::string* bytes) {
  const std::size_t place = bytes->find(kUnstamped);
  if (place == std::string::npos) return;
  const auto now =
      std::chrono::duration_cast<nanoseconds>(steady_clock::now().time_since_epoch()).count();
  bytes->replace(place, kDigits + 1, absl::StrFormat("@%0*d", static_cast<int>(kDigits), now));
}

std::optional<steady_clock::time_point> FindTimeStamp(absl::string_view bytes) {
  for (std::size_t at = bytes.find('@'); at != absl::string_view::npos;
       at = bytes.find('@', at + 1)) {
    const absl::string_view digits = bytes.substr(at + 1, kDigits);
    const bool whole = digits.size() == kDigits &&
                       digits.find_first_not_of("0123456789") == absl::string_view::npos;
    std::int64_t count = 0;
    if (!whole || !absl::SimpleAtoi(digits, &count) || count == 0) continue;
    return steady_clock::time_point(
        std::chrono::duration_cast<steady_clock::duration>(nanoseconds(count)));
  }
  return std::nullopt;
}

}  // namespace fireworks::simulator
