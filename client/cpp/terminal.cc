#include "client/cpp/terminal.h"

#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace fireworks::client {

bool IsTerminal(int fd) { return isatty(fd) == 1; }

bool UseColor(bool is_terminal, const char* no_color, const char* term) {
  if (!is_terminal) return false;
  if (no_color != nullptr && *no_color != '\0') return false;
  return term == nullptr || absl::string_view(term) != "dumb";
}

std::string Dim(absl::string_view text) {
  if (absl::StripAsciiWhitespace(text).empty()) return std::string(text);
  return absl::StrCat("\x1b[2m", text, "\x1b[0m");
}

absl::Status WriteAll(int fd, absl::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EPIPE) {
      return absl::CancelledError("the reader has left");
    } else if (errno != EINTR) {
      return absl::UnavailableError(absl::StrCat("cannot write: ", std::strerror(errno)));
    }
  }
  return absl::OkStatus();
}

}  // namespace fireworks::client
