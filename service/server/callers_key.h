// A key for the upstream that a caller brings along.
#ifndef FIREWORKS_SERVICE_SERVER_CALLERS_KEY_H_
#define FIREWORKS_SERVICE_SERVER_CALLERS_KEY_H_

#include "absl/status/statusor.h"
#include "grpcpp/server_context.h"
#include "service/access/policy.h"
#include "service/upstream/secret.h"

namespace fireworks::server {

// The metadata that it comes in; never forwarded as it is, and never logged.
inline constexpr char kCallersKeyMetadata[] = "x-fireworks-api-key";

// The key of a call that `rule` allows; empty when the service's own is to be used.
// `private_listener`: nobody on the way can read what callers send.
//
// Errors, which hold nothing of the key: PERMISSION_DENIED when the rule takes none,
// rather than to use another one than the caller expects; UNAUTHENTICATED when it wants
// one; FAILED_PRECONDITION where others may have read it; INVALID_ARGUMENT when it can't
// be one, or there are two.
absl::StatusOr<upstream::Secret> CallersKey(const grpc::CallbackServerContext& context,
                                            const access::PolicyRule& rule,
                                            bool private_listener);

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_CALLERS_KEY_H_
