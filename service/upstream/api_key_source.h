// Where the service's own API key comes from.
#ifndef FIREWORKS_SERVICE_UPSTREAM_API_KEY_SOURCE_H_
#define FIREWORKS_SERVICE_UPSTREAM_API_KEY_SOURCE_H_

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

// INVALID_ARGUMENT when a key is longer than kMaxApiKeyBytes or holds anything
// but visible ASCII. `source` names the key in the message.
absl::Status CheckApiKey(const Secret& key, absl::string_view source);

}  // namespace fireworks::upstream

#endif  // FIREWORKS_SERVICE_UPSTREAM_API_KEY_SOURCE_H_
