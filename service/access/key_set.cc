#include "service/access/key_set.h"

#include <atomic>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/access/reloaded_file.h"
#include "service/access/strict_json.h"

namespace fireworks::access {
namespace {

std::uint64_t NextGeneration() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

class FileKeySource : public KeySource {
 public:
  explicit FileKeySource(const std::string& path)
      : file_(path, kMaxKeySetBytes, [](const std::string& content, const std::string& name) {
          absl::StatusOr<std::shared_ptr<const KeySet>> keys = KeySet::Parse(content);
          if (keys.ok()) return keys;
          return absl::StatusOr<std::shared_ptr<const KeySet>>(absl::InvalidArgumentError(
              absl::StrCat(name, ": ", keys.status().message())));
        }) {}

  std::shared_ptr<const KeySet> Current() const override { return file_.Current(); }
  absl::Status Refresh() override { return file_.Refresh(); }
  SourceStatus status() const override { return file_.status("issuer keys"); }

 private:
  ReloadedFile<KeySet> file_;
};

}  // namespace

KeySet::KeySet() : generation_(NextGeneration()) {}

absl::StatusOr<std::shared_ptr<const KeySet>> KeySet::Parse(absl::string_view text) {
  const absl::StatusOr<nlohmann::json> document = ParseJsonObject(text);
  if (!document.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("not a JWK Set: ", document.status().message()));
  }
  const auto list = document->find("keys");
  if (list == document->end() || !list->is_array()) {
    return absl::InvalidArgumentError("not a JWK Set: it has no array `keys`");
  }
  std::shared_ptr<KeySet> set(std::make_shared<KeySet>(KeySet()));
  std::string passed_over;
  for (std::size_t i = 0; i < list->size(); ++i) {
    const nlohmann::json& jwk = (*list)[i];
    const std::string* kid = FindString(jwk, "kid");
    absl::StatusOr<PublicKey> key =
        kid == nullptr || kid->empty()
            ? absl::StatusOr<PublicKey>(absl::InvalidArgumentError("it has no `kid`"))
            : PublicKey::FromJwk(jwk);
    if (!key.ok()) {
      absl::StrAppend(&passed_over, "; keys[", i, "]: ", key.status().message());
    } else if (!set->keys_.emplace(*kid, *std::move(key)).second) {
      return absl::InvalidArgumentError(absl::StrCat("keys[", i, "] has the `kid` of another"));
    }
  }
  if (set->keys_.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("no key for RS256 or ES256", passed_over));
  }
  return std::shared_ptr<const KeySet>(std::move(set));
}

const PublicKey* KeySet::Find(absl::string_view kid) const {
  const auto found = keys_.find(kid);
  return found == keys_.end() ? nullptr : &found->second;
}

std::unique_ptr<KeySource> MakeFileKeySource(const std::string& path) {
  return std::make_unique<FileKeySource>(path);
}

}  // namespace fireworks::access
