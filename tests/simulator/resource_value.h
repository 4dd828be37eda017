// Single values of the inventory's types as ProtoJSON reads and prints them.
//
// Functions without state.
#ifndef FIREWORKS_TESTS_SIMULATOR_RESOURCE_VALUE_H_
#define FIREWORKS_TESTS_SIMULATOR_RESOURCE_VALUE_H_

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "nlohmann/json.hpp"
#include "tests/simulator/inventory.h"

namespace fireworks::simulator {

// `value` as the server prints it back: a number for "7" where the field is an
// int32, "7" for a number where it is an int64. Nothing when it does not fit the
// type, which is neither a message, a list nor a map.
std::optional<nlohmann::json> CanonicalScalar(const Type& type, const nlohmann::json& value);

// A point in time as ProtoJSON prints it: in UTC, with 0, 3, 6 or 9 digits of
// the second's fraction.
std::string TimeText(absl::Time time);

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_RESOURCE_VALUE_H_
