#include "service/access/token_source.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "service/access/label.h"

namespace fireworks::access {
namespace {

namespace v1 = fireworks::service::v1;

constexpr std::size_t kMaxFileBytes = 4 * 1024 * 1024;

absl::StatusOr<std::shared_ptr<const TokenTable>> ParseFile(const std::string& content,
                                                            const std::string& path) {
  v1::StaticTokens tokens;
  ParsedText text;
  const absl::Status parsed = text.Parse(content, path, &tokens);
  if (!parsed.ok()) return parsed;
  if (!tokens.file().empty()) return text.place().Error("file", "a file names no other");
  return TokenTable::Make(tokens, text.place());
}

}  // namespace

absl::StatusOr<std::shared_ptr<const TokenTable>> TokenTable::Make(const v1::StaticTokens& tokens,
                                                                   const TextPlace& place) {
  auto table = std::make_shared<TokenTable>();
  for (int i = 0; i < tokens.tokens_size(); ++i) {
    const v1::StaticToken& token = tokens.tokens(i);
    const TextPlace here = place.In("tokens", i);
    if (!IsLabel(token.name())) return here.Error("name", kLabelRule);
    const absl::optional<Sha256Digest> digest = DigestFromHex(token.sha256());
    if (!digest) {
      return here.Error("sha256", "must be 64 hexadecimal digits, the SHA-256 of the token");
    }
    // An empty token, as a mistaken pipe makes it.
    if (*digest == Sha256("")) return here.Error("sha256", "is the hash of nothing");
    if (table->Find(*digest)) return here.Error("sha256", "another entry has the same");
    table->entries_.push_back({token.name(), *digest});
  }
  return std::shared_ptr<const TokenTable>(std::move(table));
}

absl::optional<std::string> TokenTable::Find(const Sha256Digest& token) const {
  const Entry* found = nullptr;
  for (const Entry& entry : entries_) {
    if (EqualInConstantTime(entry.token, token)) found = &entry;
  }
  if (found == nullptr) return absl::nullopt;
  return found->name;
}

absl::StatusOr<std::unique_ptr<IdentitySource>> TokenSource::Make(const v1::StaticTokens& config,
                                                                  const TextPlace& place) {
  if (config.tokens().empty() && config.file().empty()) {
    return place.Error("tokens", "static_tokens needs `tokens` or a `file`");
  }
  absl::StatusOr<std::shared_ptr<const TokenTable>> tokens = TokenTable::Make(config, place);
  if (!tokens.ok()) return tokens.status();
  std::unique_ptr<IdentitySource> source =
      std::make_unique<TokenSource>(*std::move(tokens), config.file());
  const absl::Status read = source->Refresh();
  if (!read.ok()) return read;
  return source;
}

TokenSource::TokenSource(std::shared_ptr<const TokenTable> tokens, const std::string& path)
    : tokens_(std::move(tokens)) {
  if (!path.empty()) file_.emplace(path, kMaxFileBytes, ParseFile);
}

absl::Status TokenSource::Refresh() { return file_ ? file_->Refresh() : absl::OkStatus(); }

std::vector<SourceStatus> TokenSource::Sources() const {
  if (!file_) return {};
  return {file_->status("tokens")};
}

absl::StatusOr<Caller> TokenSource::Identify(const Presented& presented) const {
  if (!presented.token) return absl::NotFoundError("no token");
  const Sha256Digest digest = Sha256(*presented.token);
  absl::optional<std::string> name = tokens_->Find(digest);
  if (file_) {
    const std::shared_ptr<const TokenTable> more = file_->Current();
    // Both are asked, whatever the first one said: all entries take their time.
    absl::optional<std::string> other =
        more == nullptr ? absl::nullopt : more->Find(digest);
    if (!name) name = std::move(other);
  }
  if (!name) return absl::NotFoundError("an unknown token");
  return Caller{Caller::Kind::kToken, absl::StrCat("token:", *name)};
}

}  // namespace fireworks::access
