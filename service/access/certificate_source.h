// Callers with certificates.
#ifndef FIREWORKS_SERVICE_ACCESS_CERTIFICATE_SOURCE_H_
#define FIREWORKS_SERVICE_ACCESS_CERTIFICATE_SOURCE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "fireworks/service/v1/policy.pb.h"
#include "service/access/identity_source.h"
#include "service/access/text_format.h"

namespace fireworks::access {

// The trust domain of a SPIFFE ID (the SPIFFE-ID standard, §2): nullopt unless `id` is
// one in every respect, that is, without anything that two readers could understand
// differently.
absl::optional<absl::string_view> SpiffeTrustDomain(absl::string_view id);

// Whether `name` is a host's name, of labels of letters, digits and hyphens; neither
// one with a wildcard nor with a dot at its end.
bool IsHostName(absl::string_view name);

// Immutable; any thread.
class CertificateSource : public IdentitySource {
 public:
  // `place` is where `config` stands. INVALID_ARGUMENT when it accepts nothing, or a
  // trust domain is none.
  static absl::StatusOr<std::unique_ptr<IdentitySource>> Make(
      const fireworks::service::v1::PeerCertificate& config, const TextPlace& place);

  // Of Make.
  CertificateSource(std::vector<std::string> trust_domains, std::vector<std::string> dns_names)
      : trust_domains_(std::move(trust_domains)), dns_names_(std::move(dns_names)) {}

  absl::StatusOr<Caller> Identify(const Presented& presented) const override;
  bool takes_tokens() const override { return false; }

 private:
  const std::vector<std::string> trust_domains_;
  const std::vector<std::string> dns_names_;  // patterns, in lower case
};

}  // namespace fireworks::access

#endif  // FIREWORKS_SERVICE_ACCESS_CERTIFICATE_SOURCE_H_
