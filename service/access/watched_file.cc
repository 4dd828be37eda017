#include "service/access/watched_file.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace fireworks::access {
namespace {

// Clocks of file systems are coarse: two changes this close together may carry the
// same time.
constexpr time_t kTimeGranularitySeconds = 2;

absl::Status FileError(const std::string& path, int error) {
  const std::string message = absl::StrCat(path, ": ", strerror(error));
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

bool SameTime(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool SameFile(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
         SameTime(a.st_mtim, b.st_mtim) && SameTime(a.st_ctim, b.st_ctim);
}

// Up to `max_bytes` + 1, the last of which shows that there are too many.
absl::StatusOr<std::string> ReadAll(int file, std::size_t max_bytes, const std::string& path) {
  std::string bytes;
  char block[16 * 1024];
  while (bytes.size() <= max_bytes) {
    const ssize_t count = read(file, block, sizeof(block));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FileError(path, errno);
    if (count == 0) break;
    bytes.append(block, static_cast<std::size_t>(count));
  }
  if (bytes.size() > max_bytes) {
    return absl::ResourceExhaustedError(absl::StrCat(path, ": more than ", max_bytes, " bytes"));
  }
  return bytes;
}

}  // namespace

bool WatchedFile::LooksUnchanged(const struct stat& now) const {
  // A file that had just been written when we looked may have been written once
  // more at the same time, as far as its clock tells.
  return seen_ && SameFile(*seen_, now) &&
         seen_->st_ctim.tv_sec + kTimeGranularitySeconds < seen_at_.tv_sec;
}

absl::StatusOr<absl::optional<std::string>> WatchedFile::Poll() {
  // Not blocking, lest a named pipe in the file's place stop us.
  const int file = open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return FileError(path_, errno);
  const auto close_file = absl::MakeCleanup([file] { close(file); });
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  struct stat before {};
  if (fstat(file, &before) != 0) return FileError(path_, errno);
  if (!S_ISREG(before.st_mode)) {
    return absl::FailedPreconditionError(absl::StrCat(path_, ": not a regular file"));
  }
  if (content_ && LooksUnchanged(before)) return absl::nullopt;

  absl::StatusOr<std::string> bytes = ReadAll(file, max_bytes_, path_);
  if (!bytes.ok()) return bytes.status();
  struct stat after {};
  if (fstat(file, &after) != 0) return FileError(path_, errno);
  if (!SameFile(before, after)) return absl::nullopt;

  seen_ = after;
  seen_at_ = now;
  const Sha256Digest digest = Sha256(*bytes);
  if (content_ == digest) return absl::nullopt;
  content_ = digest;
  return absl::make_optional(*std::move(bytes));
}

}  // namespace fireworks::access
