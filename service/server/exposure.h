// Who can reach the service, and whether its configuration accepts that.
#ifndef FIREWORKS_SERVICE_SERVER_EXPOSURE_H_
#define FIREWORKS_SERVICE_SERVER_EXPOSURE_H_

#include "absl/status/status.h"
#include "service/server/config.h"

namespace fireworks::server {

// Whether nobody on the way can read what callers send.
bool HasPrivateListener(const Options& options);

// FAILED_PRECONDITION: everyone who comes from elsewhere would be served.
absl::Status CheckIdentity(const Options& options);

// FAILED_PRECONDITION: others could read along, and nobody asked for that.
absl::Status CheckPlaintext(const Options& options);

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_EXPOSURE_H_
