// Makes text that the parser refused readable, where that loses nothing but
// bytes that are no characters.
#ifndef FIREWORKS_SERVICE_JSON_REPAIR_H_
#define FIREWORKS_SERVICE_JSON_REPAIR_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace fireworks::json {

enum class RepairStrings { kNo, kYes };

struct Repaired {
  // The text whose slices are kept as verbatim JSON.
  std::string text;
  // The text for the parser: `text`, with numbers that no double holds (1e999),
  // which the parser refuses, replaced by others of the same length.
  std::string parser_text;
  // Strings in which U+FFFD took the place of something.
  std::uint32_t strings = 0;
  std::uint32_t numbers = 0;

  bool any() const { return strings + numbers != 0; }
};

// Repairs `text`. With kYes, inside of strings bytes that are no UTF-8 and
// escaped surrogates without their other half become U+FFFD.
Repaired Repair(absl::string_view text, RepairStrings strings);

}  // namespace fireworks::json

#endif  // FIREWORKS_SERVICE_JSON_REPAIR_H_
