// An instance of a JSON Schema, for tool arguments and JSON mode.
#ifndef FIREWORKS_TESTS_SIMULATOR_SCHEMA_EXAMPLE_H_
#define FIREWORKS_TESTS_SIMULATOR_SCHEMA_EXAMPLE_H_

#include <cstdint>

#include "nlohmann/json.hpp"

namespace fireworks::simulator {

// A value that fits `schema`, the same for the same seed. Knows type (also a
// list of types), const, enum, default, properties, items, minItems, minimum,
// minLength, anyOf, oneOf, allOf and local $ref; of what it does not know it
// takes no notice. Recursion through $ref stops with null after 8 levels.
nlohmann::ordered_json SchemaExample(const nlohmann::ordered_json& schema, std::uint64_t seed);

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_SCHEMA_EXAMPLE_H_
