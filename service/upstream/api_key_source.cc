#include "service/upstream/api_key_source.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/upstream/file_descriptor.h"

namespace fireworks::upstream {
namespace {

// How often a file is read that changes under our eyes.
constexpr int kReadAttempts = 3;

// What errors call the file.
std::string NameOf(const std::string& path, absl::string_view what) {
  return absl::StrCat(what, " file ", path);
}

absl::Status FileError(const std::string& name, int error) {
  const std::string message = absl::StrCat(name, ": ", strerror(error));
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

// What is left to read of `file`, as a key. Errors call it `name`.
absl::StatusOr<Secret> ReadKey(const FileDescriptor& file, const std::string& name) {
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
  if (count < 0) {
    const int error = errno;
    const Secret wiped(std::move(bytes));
    return FileError(name, error);
  }
  bytes.resize(size);
  return ParseKey(std::move(bytes), name);
}

bool SameTime(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

// Nothing when the file was written while it was read.
absl::StatusOr<std::optional<ApiKeyFile>> TryReadApiKeyFile(const std::string& path,
                                                            const std::string& name) {
  // Not blocking, lest a named pipe in the file's place stop us.
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat before {};
  if (!file.valid() || fstat(file.get(), &before) != 0) return FileError(name, errno);
  if (!S_ISREG(before.st_mode)) {
    return absl::FailedPreconditionError(absl::StrCat(name, ": not a regular file"));
  }
  absl::StatusOr<Secret> key = ReadKey(file, name);
  struct stat after {};
  if (fstat(file.get(), &after) != 0) return FileError(name, errno);
  const FileVersion version(after);
  if (version != FileVersion(before)) return std::nullopt;
  if (!key.ok()) return key.status();
  return ApiKeyFile{*std::move(key), version};
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

bool FileVersion::operator==(const FileVersion& other) const {
  return file_.st_dev == other.file_.st_dev && file_.st_ino == other.file_.st_ino &&
         file_.st_size == other.file_.st_size && SameTime(file_.st_mtim, other.file_.st_mtim) &&
         SameTime(file_.st_ctim, other.file_.st_ctim);
}

absl::StatusOr<ApiKeyFile> ReadApiKeyFile(const std::string& path, absl::string_view what) {
  const std::string name = NameOf(path, what);
  for (int attempt = 0; attempt < kReadAttempts; ++attempt) {
    absl::StatusOr<std::optional<ApiKeyFile>> file = TryReadApiKeyFile(path, name);
    if (!file.ok()) return file.status();
    if (*file) return **std::move(file);
  }
  return absl::UnavailableError(absl::StrCat(name, " is being written"));
}

absl::StatusOr<Secret> ReadApiKey(const std::string& path, const char* variable) {
  if (!path.empty()) {
    const std::string name = NameOf(path, "API key");
    const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.valid()) return FileError(name, errno);
    return ReadKey(file, name);
  }
  const char* value = std::getenv(variable);
  if (value == nullptr || *value == '\0') return Secret();
  return ParseKey(value, absl::StrCat("environment variable ", variable));
}

}  // namespace fireworks::upstream
