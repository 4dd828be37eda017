#include "service/access/certificate_source.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "service/access/glob.h"

namespace fireworks::access {
namespace {

bool IsTrustDomain(absl::string_view name) {
  return !name.empty() && name.size() <= 255 &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '.' || c == '-' ||
                  c == '_';
         });
}

bool IsPathSegment(absl::string_view segment) {
  return !segment.empty() && segment != "." && segment != ".." &&
         std::all_of(segment.begin(), segment.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '.' || c == '-' || c == '_';
         });
}

bool IsHostLabel(absl::string_view label) {
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '-';
         });
}

}  // namespace

absl::optional<absl::string_view> SpiffeTrustDomain(absl::string_view id) {
  if (!IsCallerName(id) || !absl::ConsumePrefix(&id, "spiffe://")) return absl::nullopt;
  const std::vector<absl::string_view> parts = absl::StrSplit(id, '/');
  // The domain alone is nobody's workload.
  if (parts.size() < 2 || !IsTrustDomain(parts.front()) ||
      !std::all_of(parts.begin() + 1, parts.end(), IsPathSegment)) {
    return absl::nullopt;
  }
  return parts.front();
}

bool IsHostName(absl::string_view name) {
  if (name.size() > 253) return false;
  const std::vector<absl::string_view> labels = absl::StrSplit(name, '.');
  return std::all_of(labels.begin(), labels.end(), IsHostLabel);
}

absl::StatusOr<std::unique_ptr<IdentitySource>> CertificateSource::Make(
    const fireworks::service::v1::PeerCertificate& config, const TextPlace& place) {
  if (config.spiffe_trust_domains().empty() && config.dns_names().empty()) {
    return place.Error("spiffe_trust_domains",
                       "peer_certificate needs `spiffe_trust_domains` or `dns_names`");
  }
  for (int i = 0; i < config.spiffe_trust_domains_size(); ++i) {
    if (!IsTrustDomain(config.spiffe_trust_domains(i))) {
      return place.Error("spiffe_trust_domains",
                         "must be a bare trust domain in lower case, such as `prod.example`", i);
    }
  }
  std::vector<std::string> dns_names;
  for (int i = 0; i < config.dns_names_size(); ++i) {
    if (config.dns_names(i).empty()) return place.Error("dns_names", "must not be empty", i);
    dns_names.push_back(absl::AsciiStrToLower(config.dns_names(i)));
  }
  return std::unique_ptr<IdentitySource>(std::make_unique<CertificateSource>(
      std::vector<std::string>(config.spiffe_trust_domains().begin(),
                               config.spiffe_trust_domains().end()),
      std::move(dns_names)));
}

absl::StatusOr<Caller> CertificateSource::Identify(const Presented& presented) const {
  // A SPIFFE certificate has exactly one URI name (X509-SVID §2).
  if (presented.uri_sans.size() == 1) {
    const absl::string_view id = presented.uri_sans.front();
    const absl::optional<absl::string_view> domain = SpiffeTrustDomain(id);
    if (domain && std::find(trust_domains_.begin(), trust_domains_.end(), *domain) !=
                      trust_domains_.end()) {
      return Caller{Caller::Kind::kCertificate, std::string(id)};
    }
  }
  for (const absl::string_view name : presented.dns_sans) {
    if (!IsHostName(name)) continue;
    const std::string lower = absl::AsciiStrToLower(name);
    for (const std::string& pattern : dns_names_) {
      if (MatchesGlob(pattern, lower)) {
        return Caller{Caller::Kind::kCertificate, absl::StrCat("dns:", lower)};
      }
    }
  }
  return absl::NotFoundError("no certificate with an accepted name");
}

}  // namespace fireworks::access
