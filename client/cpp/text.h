// Text that others wrote, made fit for a terminal. Pure functions.
#ifndef FIREWORKS_CLIENT_CPP_TEXT_H_
#define FIREWORKS_CLIENT_CPP_TEXT_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace fireworks::client {

// Whether `text` is UTF-8 (RFC 3629), which Protobuf asks of strings.
bool IsUtf8(absl::string_view text);

// `text` with control characters in a visible form (`^[` for escape), so that it
// cannot move the cursor, change colours or set the terminal's title. Newlines
// and tabs stay. `text` must be UTF-8.
std::string ForTerminal(absl::string_view text);

// The same on one line: newlines and tabs too become visible.
std::string ForTerminalLine(absl::string_view text);

// How many characters `text`, which must be UTF-8, has. A terminal gives each of
// them one column, wide and combining ones excepted.
std::size_t CountCharacters(absl::string_view text);

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_TEXT_H_
