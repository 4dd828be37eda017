#include "service/upstream/api_key_source.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/upstream/file_descriptor.h"

namespace fireworks::upstream {
namespace {

absl::Status FileError(const std::string& path, int error) {
  const std::string message = absl::StrCat("API key file ", path, ": ", strerror(error));
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return absl::NotFoundError(message);
    case EACCES:
    case EPERM:
      return absl::PermissionDeniedError(message);
    default:
      return absl::UnavailableError(message);
  }
}

// Takes one newline off the end and looks at what is left.
absl::StatusOr<Secret> ParseKey(std::string bytes, absl::string_view source) {
  if (absl::EndsWith(bytes, "\n")) bytes.pop_back();
  if (absl::EndsWith(bytes, "\r")) bytes.pop_back();
  Secret key(std::move(bytes));
  if (key.empty()) return absl::InvalidArgumentError(absl::StrCat(source, " is empty"));
  const absl::Status checked = CheckApiKey(key, source);
  if (!checked.ok()) return checked;
  return key;
}

absl::StatusOr<Secret> ReadFile(const std::string& path) {
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return FileError(path, errno);
  // Of its final size from the start, so that no copy of the key stays behind
  // in a block that the string outgrew. Two bytes more for a newline and one
  // more to notice what is too long.
  std::string bytes(kMaxApiKeyBytes + 3, '\0');
  std::size_t size = 0;
  ssize_t count = 0;
  do {
    count = read(file.get(), &bytes[size], bytes.size() - size);
    if (count > 0) size += static_cast<std::size_t>(count);
  } while (count > 0 || (count < 0 && errno == EINTR));
  if (count < 0) return FileError(path, errno);
  bytes.resize(size);
  return ParseKey(std::move(bytes), absl::StrCat("API key file ", path));
}

}  // namespace

absl::Status CheckApiKey(const Secret& key, absl::string_view source) {
  if (key.Reveal().size() > kMaxApiKeyBytes) {
    return absl::InvalidArgumentError(absl::StrCat(source, " is too long for an API key"));
  }
  for (const char byte : key.Reveal()) {
    if (!absl::ascii_isgraph(byte)) {
      return absl::InvalidArgumentError(
          absl::StrCat(source, " holds a space, a control byte or a byte beyond ASCII"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Secret> ReadApiKey(const std::string& path, const char* variable) {
  if (!path.empty()) return ReadFile(path);
  const char* value = std::getenv(variable);
  if (value == nullptr || *value == '\0') return Secret();
  return ParseKey(value, absl::StrCat("environment variable ", variable));
}

}  // namespace fireworks::upstream
