// Signed tokens (JWS compact serialization, RFC 7515; JWT, RFC 7519; the advice of
// RFC 8725), from bytes that anyone may have sent to the name of a caller.
#ifndef FIREWORKS_SERVICE_ACCESS_JWT_H_
#define FIREWORKS_SERVICE_ACCESS_JWT_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"
#include "service/access/key_set.h"
#include "service/access/public_key.h"

namespace fireworks::access {

// The longest token that is looked at, in bytes.
inline constexpr std::size_t kMaxTokenBytes = 16 * 1024;

// A token taken apart, of which nothing is verified. Views are of the token's text.
struct ParsedJwt {
  JwtAlgorithm algorithm = JwtAlgorithm::kRs256;
  std::string kid;
  nlohmann::json claims;             // an object
  absl::string_view signed_text;     // header and claims as they were sent
  std::string signature;
};

// INVALID_ARGUMENT, without anything of the token, unless it is exactly three parts in
// canonical base64url, header and claims are JSON objects without repeated keys, and
// the header names RS256 or ES256, a `kid`, a `typ` of access tokens if any, and no
// critical extension (`crit`): we have none.
absl::StatusOr<ParsedJwt> ParseJwt(absl::string_view token);

// What is asked of an issuer's tokens. Immutable once it is in use.
struct JwtRules {
  std::string issuer;
  std::vector<std::string> audiences;
  std::vector<JwtAlgorithm> algorithms;
  // The claim that names the caller; of no use with `kubernetes`.
  std::string subject_claim = "sub";
  // The caller is the service account of the `kubernetes.io` claim.
  bool kubernetes = false;
  // What the caller's name begins with.
  std::string name_prefix;
  absl::Duration leeway = absl::Seconds(30);
};

// What a verified token says.
struct VerifiedJwt {
  std::string name;    // of the caller
  absl::Time expires;  // without leeway
};

// Whether `keys` signed the token, and `rules` take it at `now`. UNAUTHENTICATED with
// the reason, which is for the operator and not for the caller, and holds nothing of
// the token; NOT_FOUND when it is signed with a key that `keys` do not have.
absl::StatusOr<VerifiedJwt> VerifyJwt(const ParsedJwt& token, const JwtRules& rules,
                                      const KeySet& keys, absl::Time now);

}  // namespace fireworks::access

#endif  // FIREWORKS_SERVICE_ACCESS_JWT_H_
