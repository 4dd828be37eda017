#include "service/access/caller.h"

#include <algorithm>

#include "absl/strings/ascii.h"

namespace fireworks::access {

bool IsCallerName(absl::string_view name) {
  return !name.empty() && name.size() <= kMaxCallerName &&
         std::all_of(name.begin(), name.end(), absl::ascii_isgraph);
}

absl::Status UnauthenticatedError() {
  return absl::UnauthenticatedError("the call carries no credentials that this service accepts");
}

absl::StatusOr<Caller> AnonymousAuthenticator::Identify(const Credentials&) const {
  return Caller{Caller::Kind::kAnonymous, "anonymous"};
}

}  // namespace fireworks::access
