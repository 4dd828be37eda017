// What a decoder met that the contract does not say.
#ifndef FIREWORKS_SERVICE_JSON_DRIFT_H_
#define FIREWORKS_SERVICE_JSON_DRIFT_H_

#include <cstdint>

namespace fireworks::json {

// What did not fit the contract. Counts add up over calls.
struct Drift {
  std::uint32_t unknown_keys = 0;        // keys without a field
  std::uint32_t unknown_enum_values = 0; // names that the enum lacks
  std::uint32_t type_mismatches = 0;     // values of another type or range
  std::uint32_t unknown_variants = 0;    // union values that no arm takes
  std::uint32_t duplicate_keys = 0;      // earlier values that were dropped
  std::uint32_t repaired_strings = 0;    // texts with invalid UTF-8 replaced

  bool any() const {
    return (unknown_keys | unknown_enum_values | type_mismatches | unknown_variants |
            duplicate_keys | repaired_strings) != 0;
  }
  bool operator==(const Drift& other) const {
    return unknown_keys == other.unknown_keys && unknown_enum_values == other.unknown_enum_values &&
           type_mismatches == other.type_mismatches &&
           unknown_variants == other.unknown_variants && duplicate_keys == other.duplicate_keys &&
           repaired_strings == other.repaired_strings;
  }
  void Add(const Drift& other) {
    unknown_keys += other.unknown_keys;
    unknown_enum_values += other.unknown_enum_values;
    type_mismatches += other.type_mismatches;
    unknown_variants += other.unknown_variants;
    duplicate_keys += other.duplicate_keys;
    repaired_strings += other.repaired_strings;
  }
};

}  // namespace fireworks::json

#endif  // FIREWORKS_SERVICE_JSON_DRIFT_H_
