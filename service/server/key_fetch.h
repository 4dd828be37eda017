// Fetches the keys that tokens are signed with.
#ifndef FIREWORKS_SERVICE_SERVER_KEY_FETCH_H_
#define FIREWORKS_SERVICE_SERVER_KEY_FETCH_H_

#include <string>

#include "absl/status/statusor.h"
#include "service/access/url_key_source.h"

namespace fireworks::server {

// The body of a 200 from `what.url`, on the thread that calls, within seconds; see
// access::FetchFunction. Errors name the address and hold no token.
absl::StatusOr<std::string> FetchKeys(const access::KeyFetch& what);

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_KEY_FETCH_H_
