// What a program may do on the terminal, if it is one: whether to colour, and
// writes that tell a reader who has left from a write that failed.
#ifndef FIREWORKS_CLIENT_CPP_TERMINAL_H_
#define FIREWORKS_CLIENT_CPP_TERMINAL_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace fireworks::client {

bool IsTerminal(int fd);

// Whether text for a terminal may be coloured, given the values of the
// environment variables NO_COLOR (set and not empty: no, see no-color.org) and
// TERM (`dumb`: no); null stands for unset.
bool UseColor(bool is_terminal, const char* no_color, const char* term);

// `text` in faint type. Blank and empty text comes back as it is.
std::string Dim(absl::string_view text);

// Writes all of `text` to `fd` at once: nothing is buffered, so that each token
// shows when it arrives. CANCELLED when the reader of a pipe has left (SIGPIPE
// must be ignored), UNAVAILABLE with the system's words when writing fails
// otherwise.
absl::Status WriteAll(int fd, absl::string_view text);

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_TERMINAL_H_
