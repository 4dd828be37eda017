#include "service/access/identity_config.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/access/caller.h"
#include "service/access/certificate_source.h"
#include "service/access/jwt_source.h"
#include "service/access/text_format.h"
#include "service/access/token_source.h"

namespace fireworks::access {
namespace {

namespace v1 = fireworks::service::v1;

constexpr char kServiceAccounts[] = "system:serviceaccount:";

absl::StatusOr<absl::Duration> ReadDuration(bool set, const google::protobuf::Duration& value,
                                            absl::Duration otherwise, absl::Duration most,
                                            const char* field, const TextPlace& place) {
  if (!set) return otherwise;
  const absl::Duration duration =
      absl::Seconds(value.seconds()) + absl::Nanoseconds(value.nanos());
  if (duration < absl::ZeroDuration() || duration > most) {
    return place.Error(field, absl::StrCat("must be from 0 to ", absl::FormatDuration(most)));
  }
  return duration;
}

absl::Status ReadAlgorithms(const v1::JsonWebToken& config, const TextPlace& place,
                            JwtRules* rules) {
  for (int i = 0; i < config.algorithms_size(); ++i) {
    switch (config.algorithms(i)) {
      case v1::JWT_ALGORITHM_RS256:
        rules->algorithms.push_back(JwtAlgorithm::kRs256);
        break;
      case v1::JWT_ALGORITHM_ES256:
        rules->algorithms.push_back(JwtAlgorithm::kEs256);
        break;
      default:
        return place.Error("algorithms", "must be JWT_ALGORITHM_RS256 or JWT_ALGORITHM_ES256", i);
    }
  }
  if (rules->algorithms.empty()) {
    rules->algorithms = {JwtAlgorithm::kRs256, JwtAlgorithm::kEs256};
  }
  return absl::OkStatus();
}

absl::StatusOr<JwtRules> ReadRules(const v1::JsonWebToken& config, const TextPlace& place) {
  JwtRules rules;
  rules.issuer = config.issuer();
  if (rules.issuer.empty()) return place.Error("issuer", "required");
  rules.audiences.assign(config.audiences().begin(), config.audiences().end());
  if (rules.audiences.empty() || std::count(rules.audiences.begin(), rules.audiences.end(), "") > 0) {
    return place.Error("audiences", "required: without one, tokens for other services would do");
  }
  const absl::Status algorithms = ReadAlgorithms(config, place, &rules);
  if (!algorithms.ok()) return algorithms;
  rules.kubernetes = config.kubernetes();
  if (!config.subject_claim().empty()) {
    if (rules.kubernetes) return place.Error("subject_claim", "excludes `kubernetes`");
    rules.subject_claim = config.subject_claim();
  }
  rules.name_prefix = config.name_prefix();
  if (rules.name_prefix.empty() && !rules.kubernetes) rules.name_prefix = "jwt:";
  if (!rules.name_prefix.empty() && !IsCallerName(rules.name_prefix)) {
    return place.Error("name_prefix", "must be visible ASCII");
  }
  const absl::StatusOr<absl::Duration> leeway =
      ReadDuration(config.has_leeway(), config.leeway(), rules.leeway, absl::Minutes(10), "leeway",
                   place);
  if (!leeway.ok()) return leeway.status();
  rules.leeway = *leeway;
  return rules;
}

// What the names of callers begin with whom `rules` name.
std::string FullPrefix(const JwtRules& rules) {
  return absl::StrCat(rules.name_prefix, rules.kubernetes ? kServiceAccounts : "");
}

absl::StatusOr<UrlKeySource::Timing> ReadTiming(const v1::JsonWebToken& config,
                                                const TextPlace& place) {
  UrlKeySource::Timing timing;
  const absl::StatusOr<absl::Duration> interval =
      ReadDuration(config.has_refresh_interval(), config.refresh_interval(), timing.interval,
                   absl::Hours(24), "refresh_interval", place);
  if (!interval.ok()) return interval.status();
  const absl::StatusOr<absl::Duration> least =
      ReadDuration(config.has_min_refresh_interval(), config.min_refresh_interval(),
                   timing.min_interval, absl::Hours(1), "min_refresh_interval", place);
  if (!least.ok()) return least.status();
  if (*least < absl::Seconds(1) || *least > *interval) {
    return place.Error("min_refresh_interval", "must be from 1s to `refresh_interval`");
  }
  return UrlKeySource::Timing{*interval, *least};
}

absl::StatusOr<std::unique_ptr<KeySource>> MakeKeys(const v1::JsonWebToken& config,
                                                    const TextPlace& place,
                                                    const FetchFunction& fetch,
                                                    const WallClock& now) {
  if (!config.jwks_file().empty()) {
    std::unique_ptr<KeySource> keys = MakeFileKeySource(config.jwks_file());
    const absl::Status read = keys->Refresh();
    if (!read.ok()) return read;
    return keys;
  }
  if (config.jwks_url().empty()) return place.Error("jwks_file", "or `jwks_url` is required");
  if (!absl::StartsWith(config.jwks_url(), "https://")) {
    return place.Error("jwks_url", "must begin with https://: whoever answers names callers");
  }
  if (!fetch) return place.Error("jwks_url", "cannot be fetched here; use `jwks_file`");
  const absl::StatusOr<UrlKeySource::Timing> timing = ReadTiming(config, place);
  if (!timing.ok()) return timing.status();
  return std::unique_ptr<KeySource>(std::make_unique<UrlKeySource>(
      KeyFetch{config.jwks_url(), config.jwks_ca_file(), config.jwks_token_file()}, *timing, fetch,
      now));
}

// Makes the sources one by one.
class Builder {
 public:
  Builder(const FetchFunction& fetch, const WallClock& now) : fetch_(fetch), now_(now) {}

  absl::Status Add(const v1::IdentitySource& config, const TextPlace& place) {
    if (made_.anonymous) return place.Error("anonymous", "must be the last source");
    switch (config.kind_case()) {
      case v1::IdentitySource::kPeerCertificate:
        return Keep(CertificateSource::Make(config.peer_certificate(),
                                            place.In("peer_certificate")));
      case v1::IdentitySource::kJwt:
        return AddJwt(config.jwt(), place.In("jwt"));
      case v1::IdentitySource::kStaticTokens:
        return Keep(TokenSource::Make(config.static_tokens(), place.In("static_tokens")));
      case v1::IdentitySource::kAnonymous:
        made_.anonymous = true;
        return absl::OkStatus();
      case v1::IdentitySource::KIND_NOT_SET:
        break;
    }
    return place.Error("jwt", "a source needs a kind, such as this one");
  }

  IdentitySources Take() { return std::move(made_); }

 private:
  absl::Status Keep(absl::StatusOr<std::unique_ptr<IdentitySource>> source) {
    if (!source.ok()) return source.status();
    made_.sources.push_back(*std::move(source));
    return absl::OkStatus();
  }

  absl::Status AddJwt(const v1::JsonWebToken& config, const TextPlace& place) {
    absl::StatusOr<JwtRules> rules = ReadRules(config, place);
    if (!rules.ok()) return rules.status();
    const std::string prefix = FullPrefix(*rules);
    for (const std::string& taken : prefixes_) {
      if (absl::StartsWith(taken, prefix) || absl::StartsWith(prefix, taken)) {
        return place.Error("name_prefix", absl::StrCat("names would begin with `", prefix,
                                                       "`, and others with `", taken,
                                                       "`: one could pass for the other"));
      }
    }
    prefixes_.push_back(prefix);
    absl::StatusOr<std::unique_ptr<KeySource>> keys = MakeKeys(config, place, fetch_, now_);
    if (!keys.ok()) return keys.status();
    made_.sources.push_back(
        std::make_unique<JwtSource>(*std::move(rules), *std::move(keys), now_));
    return absl::OkStatus();
  }

  const FetchFunction& fetch_;
  const WallClock& now_;
  // What callers' names begin with; no two may give the same name.
  std::vector<std::string> prefixes_ = {"spiffe://", "dns:", "token:", "anonymous"};
  IdentitySources made_;
};

}  // namespace

absl::StatusOr<IdentitySources> MakeIdentitySources(const v1::Identity& config,
                                                    const FetchFunction& fetch,
                                                    const WallClock& now) {
  Builder builder(fetch, now);
  const TextPlace place("identity");
  for (int i = 0; i < config.sources_size(); ++i) {
    const absl::Status added = builder.Add(config.sources(i), place.In("sources", i));
    if (!added.ok()) return added;
  }
  IdentitySources sources = builder.Take();
  if (config.sources().empty()) sources.anonymous = true;
  return sources;
}

}  // namespace fireworks::access
