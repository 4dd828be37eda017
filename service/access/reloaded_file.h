// What a watched file means, always the last version of it that made sense.
#ifndef FIREWORKS_SERVICE_ACCESS_RELOADED_FILE_H_
#define FIREWORKS_SERVICE_ACCESS_RELOADED_FILE_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "service/access/sha256.h"
#include "service/access/source_status.h"
#include "service/access/watched_file.h"

namespace fireworks::access {

// Thread-safe. Current() never waits for a reload.
template <typename T>
class ReloadedFile {
 public:
  // Makes a T of the file's content. Its errors name `path` where they can.
  using Parse =
      std::function<absl::StatusOr<std::shared_ptr<const T>>(const std::string& content,
                                                             const std::string& path)>;

  ReloadedFile(std::string path, std::size_t max_bytes, Parse parse)
      : file_(path, max_bytes), parse_(std::move(parse)) {
    status_.where = std::move(path);
  }

  ReloadedFile(const ReloadedFile&) = delete;
  ReloadedFile& operator=(const ReloadedFile&) = delete;

  // Looks at the file; reads it if it changed. OK when Current() is what the file
  // says; else what is wrong, again each time until it is mended, and Current()
  // stays as it was.
  absl::Status Refresh() {
    std::lock_guard<std::mutex> refreshing(refresh_mutex_);
    absl::Status refreshed = Look();
    std::lock_guard<std::mutex> lock(mutex_);
    status_.problem = std::string(refreshed.message());
    return refreshed;
  }

  // Null until a Refresh has succeeded. Shared with the callers that still use it
  // when the next one comes.
  std::shared_ptr<const T> Current() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return current_;
  }

  // For people; `what` the file is.
  SourceStatus status(std::string what) const {
    std::lock_guard<std::mutex> lock(mutex_);
    SourceStatus status = status_;
    status.what = std::move(what);
    return status;
  }

 private:
  // Of Refresh.
  absl::Status Look() {
    absl::StatusOr<absl::optional<std::string>> content = file_.Poll();
    if (!content.ok()) return content.status();
    if (!*content) return content_status_;
    absl::StatusOr<std::shared_ptr<const T>> parsed = parse_(**content, file_.path());
    content_status_ = parsed.status();
    if (parsed.ok()) {
      std::lock_guard<std::mutex> lock(mutex_);
      current_ = *std::move(parsed);
      status_.sha256 = ToHex(*file_.digest());
      status_.read_at = absl::Now();
    }
    return content_status_;
  }

  std::mutex refresh_mutex_;
  WatchedFile file_;             // guarded by refresh_mutex_
  const Parse parse_;
  // Whether the content that was read last made sense. Guarded by refresh_mutex_.
  absl::Status content_status_ = absl::UnavailableError("the file was being written");

  mutable std::mutex mutex_;
  std::shared_ptr<const T> current_;  // guarded by mutex_
  SourceStatus status_;               // guarded by mutex_
};

}  // namespace fireworks::access

#endif  // FIREWORKS_SERVICE_ACCESS_RELOADED_FILE_H_
