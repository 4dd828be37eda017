// When an event left the simulator, told in the event's own text: `@` and 19 digits,
// nanoseconds of the monotonic clock. Readers on the same machine take the time that
// an event was on its way from it, whatever lies between.
//
// Functions without state.
#ifndef FIREWORKS_TESTS_SIMULATOR_TIME_STAMP_H_
#define FIREWORKS_TESTS_SIMULATOR_TIME_STAMP_H_

#include <chrono>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace fireworks::simulator {

// What stands in a text for a time that is not known yet, as long as a time.
extern const char kUnstamped[];

// Replaces the first kUnstamped in `bytes` by the time now; without one it does nothing.
void StampTime(std::string* bytes);

// The first time in `bytes`; nullopt when there is none, or only kUnstamped.
std::optional<std::chrono::steady_clock::time_point> FindTimeStamp(absl::string_view bytes);

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_TIME_STAMP_H_
