// What answers say of when to come back.
//
// Input: three lines, the values of retry-after-ms, retry-after and date.
#include <chrono>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/upstream/retry_after.h"
#include "tests/fuzz/check.h"

namespace fireworks {
namespace {

// An hour into 2026.
constexpr std::int64_t kNow = 1767229200;

void Test(absl::string_view input) {
  upstream::ResponseHead head;
  head.status = 429;
  for (const char* name : {"retry-after-ms", "retry-after", "date"}) {
    const absl::string_view value = fuzz::TakeUntil('\n', &input);
    if (!value.empty()) head.headers.push_back({name, std::string(value)});
  }
  const auto wait = upstream::RetryAfter(head, absl::FromUnixSeconds(kNow));
  if (wait) {
    fuzz::Check(wait->count() >= 0 && *wait <= std::chrono::hours(24),
                "a wait is between nothing and a day");
  }
  if (wait && head.Find("date").empty()) {
    const auto later = upstream::RetryAfter(head, absl::FromUnixSeconds(kNow + 1));
    fuzz::Check(later && *later <= *wait, "time that passes makes no wait longer");
  }
}

}  // namespace
}  // namespace fireworks

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fireworks::Test(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
