// Who calls. Every later check (policy, quotas, keys) hangs on a Caller.
#ifndef FIREWORKS_SERVICE_ACCESS_CALLER_H_
#define FIREWORKS_SERVICE_ACCESS_CALLER_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace fireworks::access {

// An identified caller. A value; cheap to copy.
struct Caller {
  // How the identity was established.
  enum class Kind { kAnonymous, kCertificate, kJwt, kToken };

  Kind kind = Kind::kAnonymous;
  // Stable name for logs, metrics and policy: visible ASCII, at most
  // kMaxCallerName bytes. How it begins tells who vouches for it: "spiffe://…",
  // "dns:…", "token:…", the prefix of a JWT's issuer, or it is "anonymous".
  std::string name;
};

inline constexpr std::size_t kMaxCallerName = 512;

// Whether `name` can be a caller's: neither empty nor too long, visible ASCII only.
bool IsCallerName(absl::string_view name);

// What is known of a call before anything of it is trusted. Views are borrowed
// for the duration of Identify.
struct Credentials {
  // gRPC's peer URI, such as "ipv4:10.0.0.7:51234".
  absl::string_view peer;
  // All values of the metadata key `authorization`, as they came.
  absl::Span<const absl::string_view> authorization;
  // The subject alternative names of the peer's certificate. Only of one that TLS
  // has verified against the configured authorities; else they stay empty.
  absl::Span<const absl::string_view> uri_sans;
  absl::Span<const absl::string_view> dns_sans;
};

// What a call gets that nothing identifies: UNAUTHENTICATED, and the same words
// whatever was wrong, so that nobody learns from them what to try next.
absl::Status UnauthenticatedError();

// Turns credentials into a caller. Thread-safe.
class Authenticator {
 public:
  virtual ~Authenticator() = default;

  // UnauthenticatedError() when nothing matches. Does not block.
  virtual absl::StatusOr<Caller> Identify(const Credentials& credentials) const = 0;
};

// Takes everyone, by the name "anonymous".
class AnonymousAuthenticator : public Authenticator {
 public:
  absl::StatusOr<Caller> Identify(const Credentials& credentials) const override;
};

}  // namespace fireworks::access

#endif  // FIREWORKS_SERVICE_ACCESS_CALLER_H_
