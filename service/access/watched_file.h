// A file that others may replace while we run: policy, keys, tokens.
#ifndef FIREWORKS_SERVICE_ACCESS_WATCHED_FILE_H_
#define FIREWORKS_SERVICE_ACCESS_WATCHED_FILE_H_

#include <sys/stat.h>

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "service/access/sha256.h"

namespace fireworks::access {

// Tells when a file's content has changed, however that came about: written over,
// renamed over, or reached by another path since a symbolic link on the way was
// swapped, as Kubernetes does for mounted secrets. Looks when it is asked and has
// no thread; whoever owns it asks on its own thread, again and again. Not
// thread-safe.
class WatchedFile {
 public:
  // Files of more than `max_bytes` are refused.
  WatchedFile(std::string path, std::size_t max_bytes)
      : path_(std::move(path)), max_bytes_(max_bytes) {}

  // The content, if it is not that of the last time; nullopt if it is. Never
  // content that was read while the file was being written, as far as its times
  // and size show that: then this time is skipped. Errors (NOT_FOUND,
  // PERMISSION_DENIED, FAILED_PRECONDITION for what is no file, RESOURCE_EXHAUSTED
  // for one that is too big, else UNAVAILABLE) name the path; the next good look
  // after one compares with the last content that was handed out.
  absl::StatusOr<absl::optional<std::string>> Poll();

  const std::string& path() const { return path_; }

  // Of the content that was handed out last; none before.
  const absl::optional<Sha256Digest>& digest() const { return content_; }

 private:
  // Whether the file may still hold what it held at the last look.
  bool LooksUnchanged(const struct stat& now) const;

  const std::string path_;
  const std::size_t max_bytes_;
  absl::optional<struct stat> seen_;       // of the last look that succeeded
  timespec seen_at_{};                     // when that was
  absl::optional<Sha256Digest> content_;   // of what was handed out last
};

}  // namespace fireworks::access

#endif  // FIREWORKS_SERVICE_ACCESS_WATCHED_FILE_H_
