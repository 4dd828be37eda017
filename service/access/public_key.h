// Keys that verify signatures of tokens: RS256 and ES256 (RFC 7518 §3.3, §3.4), on
// OpenSSL's EVP. What a key may be used for is decided when it is made, so that
// nothing in a token can change it.
#ifndef FIREWORKS_SERVICE_ACCESS_PUBLIC_KEY_H_
#define FIREWORKS_SERVICE_ACCESS_PUBLIC_KEY_H_

#include <openssl/evp.h>

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"

namespace fireworks::access {

enum class JwtAlgorithm { kRs256, kEs256 };

// "RS256" or "ES256".
absl::string_view AlgorithmName(JwtAlgorithm algorithm);

// A public key for one algorithm. Moves; else immutable, for any thread.
class PublicKey {
 public:
  // Of a JSON Web Key (RFC 7517): RSA of 2048 to 8192 bits is for RS256, EC on P-256
  // for ES256. INVALID_ARGUMENT when it is another key, is meant for something else
  // (`use`, `key_ops`, `alg`), or is private: whoever publishes a private key has no
  // key any more.
  static absl::StatusOr<PublicKey> FromJwk(const nlohmann::json& jwk);

  JwtAlgorithm algorithm() const { return algorithm_; }

  // Whether `signature`, in the form of a JWS, is this key's for `text`.
  bool Verify(absl::string_view text, absl::string_view signature) const;

 private:
  struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  };
  using OwnedKey = std::unique_ptr<EVP_PKEY, FreeKey>;

  PublicKey(JwtAlgorithm algorithm, OwnedKey key) : algorithm_(algorithm), key_(std::move(key)) {}

  // Of the members that give an RSA, or an EC, key its value.
  static absl::StatusOr<OwnedKey> RsaKey(const nlohmann::json& jwk);
  static absl::StatusOr<OwnedKey> EcKey(const nlohmann::json& jwk);

  JwtAlgorithm algorithm_;
  OwnedKey key_;
};

}  // namespace fireworks::access

#endif  // FIREWORKS_SERVICE_ACCESS_PUBLIC_KEY_H_
