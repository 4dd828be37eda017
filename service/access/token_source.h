// Callers with fixed tokens, of which only the hashes are known.
#ifndef FIREWORKS_SERVICE_ACCESS_TOKEN_SOURCE_H_
#define FIREWORKS_SERVICE_ACCESS_TOKEN_SOURCE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "fireworks/service/v1/policy.pb.h"
#include "service/access/identity_source.h"
#include "service/access/reloaded_file.h"
#include "service/access/sha256.h"
#include "service/access/text_format.h"

namespace fireworks::access {

// Immutable; any thread.
class TokenTable {
 public:
  // `place` is where `tokens` stand. INVALID_ARGUMENT when a name or a hash is none,
  // or a hash is there twice.
  static absl::StatusOr<std::shared_ptr<const TokenTable>> Make(
      const fireworks::service::v1::StaticTokens& tokens, const TextPlace& place);

  // The name of the token with this hash. Compares with every entry, in a time that
  // tells neither which one it is nor how much of it agrees.
  absl::optional<std::string> Find(const Sha256Digest& token) const;

 private:
  struct Entry {
    std::string name;
    Sha256Digest token;
  };
  std::vector<Entry> entries_;
};

// Thread-safe.
class TokenSource : public IdentitySource {
 public:
  // `place` is where `config` stands. Reads its file; one that makes no sense is an
  // error.
  static absl::StatusOr<std::unique_ptr<IdentitySource>> Make(
      const fireworks::service::v1::StaticTokens& config, const TextPlace& place);

  // Of Make.
  TokenSource(std::shared_ptr<const TokenTable> tokens, const std::string& path);

  absl::StatusOr<Caller> Identify(const Presented& presented) const override;
  bool takes_tokens() const override { return true; }
  absl::Status Refresh() override;
  bool ready() const override { return !file_ || file_->Current() != nullptr; }
  std::vector<SourceStatus> Sources() const override;

 private:
  const std::shared_ptr<const TokenTable> tokens_;
  absl::optional<ReloadedFile<TokenTable>> file_;
};

}  // namespace fireworks::access

#endif  // FIREWORKS_SERVICE_ACCESS_TOKEN_SOURCE_H_
