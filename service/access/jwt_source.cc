#include "service/access/jwt_source.h"

#include <string>

#include "absl/status/status.h"
#include "service/access/strict_json.h"

namespace fireworks::access {

absl::StatusOr<Caller> JwtSource::Identify(const Presented& presented) const {
  if (!presented.token) return absl::NotFoundError("no token");
  const std::shared_ptr<const KeySet> keys = keys_->Current();
  const absl::Time now = now_();
  const Sha256Digest digest = Sha256(*presented.token);
  if (keys != nullptr) {
    if (absl::optional<std::string> name = verified_.Find(digest, keys->generation(), now)) {
      return Caller{Caller::Kind::kJwt, *std::move(name)};
    }
  }

  const absl::StatusOr<ParsedJwt> token = ParseJwt(*presented.token);
  // A fixed token, say; and others have tokens too.
  if (!token.ok()) return absl::NotFoundError(token.status().message());
  const std::string* issuer = FindString(token->claims, "iss");
  if (issuer == nullptr || *issuer != rules_.issuer) return absl::NotFoundError("another issuer");
  if (keys == nullptr) return absl::UnauthenticatedError("no keys yet");

  const absl::StatusOr<VerifiedJwt> verified = VerifyJwt(*token, rules_, *keys, now);
  if (verified.status().code() == absl::StatusCode::kNotFound) keys_->ReportUnknownKey();
  if (!verified.ok()) return absl::UnauthenticatedError(verified.status().message());
  verified_.Add(digest, keys->generation(), verified->expires, verified->name);
  return Caller{Caller::Kind::kJwt, verified->name};
}

}  // namespace fireworks::access
