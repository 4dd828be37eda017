// Where the upstream is, as text from a flag.
#ifndef FIREWORKS_SERVICE_UPSTREAM_BASE_URL_H_
#define FIREWORKS_SERVICE_UPSTREAM_BASE_URL_H_

#include <string>

#include "absl/status/statusor.h"

namespace fireworks::upstream {

// Checks a base URL of the form "https://host[:port][/prefix]" and returns it
// in the form to which a target that begins with "/" is appended: no slash at
// the end. INVALID_ARGUMENT for any other scheme than http and https, and for a
// user, a query, a fragment, dot segments and control bytes: none of them has a
// meaning in front of a target.
absl::StatusOr<std::string> NormalizeBaseUrl(const std::string& text);

}  // namespace fireworks::upstream

#endif  // FIREWORKS_SERVICE_UPSTREAM_BASE_URL_H_
