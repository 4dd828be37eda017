// Looks ahead in JSON text: what a value is, before the parser has reached it.
//
// The text need not be valid JSON: the parser, which comes after, is the judge.
// On invalid text these functions return something within its bounds.
#ifndef FIREWORKS_SERVICE_JSON_TEXT_SCAN_H_
#define FIREWORKS_SERVICE_JSON_TEXT_SCAN_H_

#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"

namespace fireworks::json {

enum class JsonType : std::uint8_t { kNull, kBool, kNumber, kString, kObject, kArray };

// The type of the value that begins with `first`.
JsonType TypeOfValue(char first);

// The text of a string, without its quotes, with escapes resolved.
std::string Unquote(absl::string_view quoted);

// Whether that text is `value`; mostly without resolving anything.
bool QuotedEquals(absl::string_view quoted, absl::string_view value);

// Calls `visit` with the quoted key and the value's text (which begins at the
// value's first byte and ends at its last) of each member of the object that
// `text` begins with, until `visit` returns false. Bytes after the object are
// ignored.
void ForEachMember(absl::string_view text,
                   absl::FunctionRef<bool(absl::string_view key, absl::string_view value)> visit);

// The same for the elements of the array that `text` begins with.
void ForEachElement(absl::string_view text,
                    absl::FunctionRef<bool(absl::string_view value)> visit);

}  // namespace fireworks::json

#endif  // FIREWORKS_SERVICE_JSON_TEXT_SCAN_H_
