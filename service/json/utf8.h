// UTF-8 (RFC 3629) as JSON text needs it.
#ifndef FIREWORKS_SERVICE_JSON_UTF8_H_
#define FIREWORKS_SERVICE_JSON_UTF8_H_

#include <cstddef>

#include "absl/strings/string_view.h"

namespace fireworks::json {

// One step through bytes that may be UTF-8.
struct Utf8Step {
  // Bytes to go on by: those of a character, or, where `valid` is false, of the
  // longest part that could still have become one (what one U+FFFD replaces,
  // Unicode §3.9).
  std::size_t length;
  bool valid;
};

// Looks at the first character of `text`, which must not be empty.
Utf8Step NextCharacter(absl::string_view text);

}  // namespace fireworks::json

#endif  // FIREWORKS_SERVICE_JSON_UTF8_H_
