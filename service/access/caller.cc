#include "service/access/caller.h"

namespace fireworks::access {

absl::StatusOr<Caller> AnonymousAuthenticator::Identify(const Credentials&) const {
  return Caller{Caller::Kind::kAnonymous, "anonymous"};
}

}  // namespace fireworks::access
