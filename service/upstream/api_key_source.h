// Where the service's own API keys come from.
#ifndef FIREWORKS_SERVICE_UPSTREAM_API_KEY_SOURCE_H_
#define FIREWORKS_SERVICE_UPSTREAM_API_KEY_SOURCE_H_

#include <sys/stat.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/upstream/secret.h"

namespace fireworks::upstream {

// The longest key that is believed to be one, in bytes.
inline constexpr std::size_t kMaxApiKeyBytes = 4096;

// Reads the key from the file at `path` or, when `path` is empty, from the
// environment variable `variable`. One newline (LF or CRLF) at the end is not
// part of the key. When `path` is empty and the variable is unset or empty, the
// result is an empty Secret: whether that will do is for the caller to say.
//
// Errors never contain the key: NOT_FOUND, PERMISSION_DENIED or UNAVAILABLE
// when the file can't be read, INVALID_ARGUMENT when the file is empty or the
// key is too long or holds anything but visible ASCII.
absl::StatusOr<Secret> ReadApiKey(const std::string& path, const char* variable);

// Tells whether a file has been written, or another put in its place.
class FileVersion {
 public:
  FileVersion() = default;
  explicit FileVersion(const struct stat& file) : file_(file) {}

  time_t modified() const { return file_.st_mtim.tv_sec; }

  bool operator==(const FileVersion& other) const;
  bool operator!=(const FileVersion& other) const { return !(*this == other); }

 private:
  struct stat file_ {};
};

struct ApiKeyFile {
  Secret key;
  FileVersion version;
};

// Reads the key from the file at `path`, which others may replace at any time, and
// which is to be read again later. Symbolic links are followed anew each time.
// Errors are those of ReadApiKey, and FAILED_PRECONDITION for what is no regular
// file (it might block) and UNAVAILABLE for a file that doesn't stop changing.
// They call the key `what`: passwords are kept in the same way.
absl::StatusOr<ApiKeyFile> ReadApiKeyFile(const std::string& path,
                                          absl::string_view what = "API key");

// INVALID_ARGUMENT when a key is longer than kMaxApiKeyBytes or holds anything
// but visible ASCII. `source` names the key in the message.
absl::Status CheckApiKey(const Secret& key, absl::string_view source);

}  // namespace fireworks::upstream

#endif  // FIREWORKS_SERVICE_UPSTREAM_API_KEY_SOURCE_H_
