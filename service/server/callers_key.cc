#include "service/server/callers_key.h"

#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "service/upstream/api_key_source.h"

namespace fireworks::server {

absl::StatusOr<upstream::Secret> CallersKey(const grpc::CallbackServerContext& context,
                                            const access::PolicyRule& rule,
                                            bool private_listener) {
  const auto [begin, end] = context.client_metadata().equal_range(kCallersKeyMetadata);
  if (begin == end) {
    if (rule.caller_key != access::CallerKey::kRequired) return upstream::Secret();
    return absl::UnauthenticatedError(
        absl::StrCat("rule `", rule.name, "` of the policy wants a key of the caller's own in ",
                     kCallersKeyMetadata));
  }
  if (rule.caller_key == access::CallerKey::kNever) {
    return absl::PermissionDeniedError(
        absl::StrCat("rule `", rule.name, "` of the policy takes no ", kCallersKeyMetadata));
  }
  if (!private_listener) {
    return absl::FailedPreconditionError(absl::StrCat(
        kCallersKeyMetadata, " is taken over TLS or on loopback only: others may have read it"));
  }
  if (std::next(begin) != end) {
    return absl::InvalidArgumentError(absl::StrCat(kCallersKeyMetadata, ": more than one"));
  }
  upstream::Secret key(std::string(begin->second.data(), begin->second.size()));
  if (key.empty()) return absl::InvalidArgumentError(absl::StrCat(kCallersKeyMetadata, ": empty"));
  if (absl::Status status = upstream::CheckApiKey(key, kCallersKeyMetadata); !status.ok()) {
    return status;
  }
  return key;
}

}  // namespace fireworks::server
