// Identifies callers as the configuration says (fireworks.service.v1.Identity).
#ifndef FIREWORKS_SERVICE_ACCESS_CONFIGURED_AUTHENTICATOR_H_
#define FIREWORKS_SERVICE_ACCESS_CONFIGURED_AUTHENTICATOR_H_

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "fireworks/service/v1/policy.pb.h"
#include "service/access/caller.h"
#include "service/access/identity_source.h"
#include "service/access/url_key_source.h"

namespace fireworks::access {

// Asks its sources in order; the first one that recognises a call names its caller.
// Thread-safe. Identify does not block; all that may happens in Refresh.
class ConfiguredAuthenticator : public Authenticator {
 public:
  struct Options {
    WallClock now = absl::Now;
    // Fetches `jwks_url`; required where one is configured.
    FetchFunction fetch;
    // Called for each call that is refused, on its thread, with why: for metrics and
    // logs, never for the caller. One of few texts, which hold nothing of the call.
    // Must not block. May be empty.
    std::function<void(absl::string_view why)> on_refused;
  };

  // Checks the configuration, and reads its files once: one that is not there or makes
  // no sense is an error. Addresses are left to Refresh. Errors name the field.
  static absl::StatusOr<std::unique_ptr<ConfiguredAuthenticator>> Create(
      const fireworks::service::v1::Identity& config, Options options);

  // Of Create; or of any sources, and whether anyone is taken whom they do not know.
  ConfiguredAuthenticator(std::vector<std::unique_ptr<IdentitySource>> sources, bool anonymous,
                          Options options);

  absl::StatusOr<Caller> Identify(const Credentials& credentials) const override;

  // Takes over new keys and tokens; to be called about every second, on a thread that
  // may wait for files and for `fetch`. One line for each thing that is wrong; there
  // the last good state counts.
  absl::Status Refresh();

  // Whether all sources have what they need, above all keys that are fetched.
  bool ready() const;

  // What Refresh reads. Does not block.
  std::vector<SourceStatus> Sources() const;

 private:
  // As Identify; its errors say why, and are for the operator.
  absl::StatusOr<Caller> Find(const Credentials& credentials) const;

  const std::vector<std::unique_ptr<IdentitySource>> sources_;
  const bool anonymous_;     // whether anyone is taken whom no source recognises
  const bool takes_tokens_;  // whether one of the sources looks at bearer tokens
  const Options options_;
};

}  // namespace fireworks::access

#endif  // FIREWORKS_SERVICE_ACCESS_CONFIGURED_AUTHENTICATOR_H_
