// Plausible values for what the simulator has no better answer to.
//
// Functions without state.
#ifndef FIREWORKS_TESTS_SIMULATOR_RESOURCE_EXAMPLE_H_
#define FIREWORKS_TESTS_SIMULATOR_RESOURCE_EXAMPLE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"
#include "tests/simulator/inventory.h"

namespace fireworks::simulator {

// When everything in an example happened.
inline constexpr char kExampleTime[] = "2026-01-15T09:30:00.123456Z";

// A message with every field set, the same each time. Messages deeper than a
// few levels are null, so that a type may hold itself. Addresses of files are
// signed URLs below `name`.
nlohmann::json ExampleMessage(const Type& message, absl::string_view name);

// An address that a file could be fetched from or put to.
std::string SignedUrl(absl::string_view name, absl::string_view file);

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_RESOURCE_EXAMPLE_H_
