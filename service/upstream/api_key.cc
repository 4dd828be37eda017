#include "service/upstream/api_key.h"

#include <openssl/sha.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace fireworks::upstream {
namespace {

constexpr std::size_t kFingerprintBytes = 4;

std::array<std::uint8_t, 32> Sha256(absl::string_view bytes) {
  std::array<std::uint8_t, 32> digest;
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  return digest;
}

}  // namespace

ApiKey::ApiKey(const Secret& key)
    : authorization_line_(absl::StrCat("authorization: Bearer ", key.Reveal())),
      digest_(Sha256(key.Reveal())),
      fingerprint_(absl::BytesToHexString(absl::string_view(
          reinterpret_cast<const char*>(digest_.data()), kFingerprintBytes))) {}

}  // namespace fireworks::upstream
