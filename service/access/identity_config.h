// From the configuration of identities to the sources that find them.
#ifndef FIREWORKS_SERVICE_ACCESS_IDENTITY_CONFIG_H_
#define FIREWORKS_SERVICE_ACCESS_IDENTITY_CONFIG_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "fireworks/service/v1/policy.pb.h"
#include "service/access/identity_source.h"
#include "service/access/url_key_source.h"

namespace fireworks::access {

struct IdentitySources {
  std::vector<std::unique_ptr<IdentitySource>> sources;  // in their order
  bool anonymous = false;                                // whether anyone comes last
};

// Errors, INVALID_ARGUMENT, name the field, from `identity` on; or they are those of a
// file that cannot be read or makes no sense: files are read once. Nothing is fetched.
// `fetch` may be empty if nothing is to be fetched.
absl::StatusOr<IdentitySources> MakeIdentitySources(const fireworks::service::v1::Identity& config,
                                                    const FetchFunction& fetch,
                                                    const WallClock& now);

}  // namespace fireworks::access

#endif  // FIREWORKS_SERVICE_ACCESS_IDENTITY_CONFIG_H_
