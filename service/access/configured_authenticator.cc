#include "service/access/configured_authenticator.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "service/access/identity_config.h"

namespace fireworks::access {

absl::StatusOr<std::unique_ptr<ConfiguredAuthenticator>> ConfiguredAuthenticator::Create(
    const fireworks::service::v1::Identity& config, Options options) {
  absl::StatusOr<IdentitySources> made = MakeIdentitySources(config, options.fetch, options.now);
  if (!made.ok()) return made.status();
  return std::make_unique<ConfiguredAuthenticator>(std::move(made->sources), made->anonymous,
                                                   std::move(options));
}

ConfiguredAuthenticator::ConfiguredAuthenticator(
    std::vector<std::unique_ptr<IdentitySource>> sources, bool anonymous, Options options)
    : sources_(std::move(sources)),
      anonymous_(anonymous),
      takes_tokens_(std::any_of(sources_.begin(), sources_.end(),
                                [](const auto& source) { return source->takes_tokens(); })),
      options_(std::move(options)) {}

absl::StatusOr<Caller> ConfiguredAuthenticator::Find(const Credentials& credentials) const {
  Presented presented{absl::nullopt, credentials.uri_sans, credentials.dns_sans};
  if (takes_tokens_) {
    const absl::StatusOr<absl::optional<absl::string_view>> token =
        FindBearerToken(credentials.authorization);
    if (!token.ok()) return token.status();
    presented.token = *token;
  }
  // What the source says that came closest.
  absl::Status why = absl::UnauthenticatedError("no credentials");
  if (presented.token) why = absl::UnauthenticatedError("an unknown token");
  for (const std::unique_ptr<IdentitySource>& source : sources_) {
    absl::StatusOr<Caller> caller = source->Identify(presented);
    if (caller.ok()) return caller;
    if (!absl::IsNotFound(caller.status())) why = caller.status();
  }
  // A token that has ceased to work must not turn its owner into someone else.
  if (anonymous_ && !presented.token) return AnonymousAuthenticator().Identify(credentials);
  return why;
}

absl::StatusOr<Caller> ConfiguredAuthenticator::Identify(const Credentials& credentials) const {
  absl::StatusOr<Caller> caller = Find(credentials);
  if (caller.ok()) return caller;
  if (options_.on_refused) options_.on_refused(caller.status().message());
  return UnauthenticatedError();
}

absl::Status ConfiguredAuthenticator::Refresh() {
  std::string wrong;
  for (const std::unique_ptr<IdentitySource>& source : sources_) {
    const absl::Status refreshed = source->Refresh();
    if (refreshed.ok()) continue;
    absl::StrAppend(&wrong, wrong.empty() ? "" : "\n", refreshed.message());
  }
  return wrong.empty() ? absl::OkStatus() : absl::UnavailableError(wrong);
}

std::vector<SourceStatus> ConfiguredAuthenticator::Sources() const {
  std::vector<SourceStatus> all;
  for (const std::unique_ptr<IdentitySource>& source : sources_) {
    for (SourceStatus& one : source->Sources()) all.push_back(std::move(one));
  }
  return all;
}

bool ConfiguredAuthenticator::ready() const {
  return std::all_of(sources_.begin(), sources_.end(),
                     [](const auto& source) { return source->ready(); });
}

}  // namespace fireworks::access
