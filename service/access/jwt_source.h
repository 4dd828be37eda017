// Callers with JSON Web Tokens of one issuer.
#ifndef FIREWORKS_SERVICE_ACCESS_JWT_SOURCE_H_
#define FIREWORKS_SERVICE_ACCESS_JWT_SOURCE_H_

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "service/access/identity_source.h"
#include "service/access/jwt.h"
#include "service/access/key_set.h"
#include "service/access/url_key_source.h"
#include "service/access/verified_tokens.h"

namespace fireworks::access {

// Thread-safe.
class JwtSource : public IdentitySource {
 public:
  // Tokens that are remembered.
  static constexpr std::size_t kRemembered = 10'000;

  JwtSource(JwtRules rules, std::unique_ptr<KeySource> keys, WallClock now)
      : rules_(std::move(rules)), keys_(std::move(keys)), now_(std::move(now)) {}

  absl::StatusOr<Caller> Identify(const Presented& presented) const override;
  bool takes_tokens() const override { return true; }
  absl::Status Refresh() override { return keys_->Refresh(); }
  bool ready() const override { return keys_->Current() != nullptr; }
  std::vector<SourceStatus> Sources() const override { return {keys_->status()}; }

 private:
  const JwtRules rules_;
  const std::unique_ptr<KeySource> keys_;
  const WallClock now_;
  mutable VerifiedTokens verified_{kRemembered};
};

}  // namespace fireworks::access

#endif  // FIREWORKS_SERVICE_ACCESS_JWT_SOURCE_H_
