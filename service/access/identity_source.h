// One way in which callers are identified. ConfiguredAuthenticator asks several.
#ifndef FIREWORKS_SERVICE_ACCESS_IDENTITY_SOURCE_H_
#define FIREWORKS_SERVICE_ACCESS_IDENTITY_SOURCE_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "service/access/caller.h"
#include "service/access/source_status.h"

namespace fireworks::access {

// What of a call's credentials sources look at; views are borrowed.
struct Presented {
  absl::optional<absl::string_view> token;  // of `authorization: Bearer`
  absl::Span<const absl::string_view> uri_sans;
  absl::Span<const absl::string_view> dns_sans;
};

// The token in the values of `authorization`: nullopt when there are none.
// INVALID_ARGUMENT, without anything of them, when there are several, or one that is
// no bearer token (RFC 6750 §2.1).
absl::StatusOr<absl::optional<absl::string_view>> FindBearerToken(
    absl::Span<const absl::string_view> authorization);

// Thread-safe.
class IdentitySource {
 public:
  virtual ~IdentitySource() = default;

  // The caller. NOT_FOUND when the call has nothing that concerns this source; else
  // UNAUTHENTICATED with the reason, for the operator. Does not block.
  virtual absl::StatusOr<Caller> Identify(const Presented& presented) const = 0;

  // Whether it looks at bearer tokens.
  virtual bool takes_tokens() const = 0;

  // Takes over what has changed in files and elsewhere; to be called about every
  // second. May block. Else what is wrong; then the last good state counts.
  virtual absl::Status Refresh() { return absl::OkStatus(); }

  // Whether it has all that it needs.
  virtual bool ready() const { return true; }

  // What Refresh reads. Does not block.
  virtual std::vector<SourceStatus> Sources() const { return {}; }
};

}  // namespace fireworks::access

#endif  // FIREWORKS_SERVICE_ACCESS_IDENTITY_SOURCE_H_
