// Who calls. Every later check (policy, quotas, keys) hangs on a Caller.
#ifndef FIREWORKS_SERVICE_ACCESS_CALLER_H_
#define FIREWORKS_SERVICE_ACCESS_CALLER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace fireworks::access {

// An identified caller. A value; cheap to copy.
struct Caller {
  // How the identity was established.
  enum class Kind { kAnonymous };

  Kind kind = Kind::kAnonymous;
  // Stable name for logs, metrics and policy, such as "anonymous".
  std::string name;
};

// What is known of a call before anything of it is trusted. Views are borrowed
// for the duration of Identify.
struct Credentials {
  // gRPC's peer URI, such as "ipv4:10.0.0.7:51234".
  absl::string_view peer;
};

// Turns credentials into a caller. Thread-safe.
class Authenticator {
 public:
  virtual ~Authenticator() = default;

  // UNAUTHENTICATED, without detail, when nothing matches.
  virtual absl::StatusOr<Caller> Identify(const Credentials& credentials) const = 0;
};

// Takes everyone, by the name "anonymous".
class AnonymousAuthenticator : public Authenticator {
 public:
  absl::StatusOr<Caller> Identify(const Credentials& credentials) const override;
};

}  // namespace fireworks::access

#endif  // FIREWORKS_SERVICE_ACCESS_CALLER_H_
