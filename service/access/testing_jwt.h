// Issuers of tokens for tests: keys, key sets, and tokens of any kind.
#ifndef FIREWORKS_SERVICE_ACCESS_TESTING_JWT_H_
#define FIREWORKS_SERVICE_ACCESS_TESTING_JWT_H_

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"

namespace fireworks::access {

// Without padding.
std::string Base64Url(absl::string_view bytes);

// header.claims. in base64url, of texts that need not be JSON.
std::string SignedText(absl::string_view header, absl::string_view claims);

// A token whose signature is HMAC-SHA-256 with `secret`.
std::string HmacToken(absl::string_view header, absl::string_view claims,
                      absl::string_view secret);

// A key pair.
class TestKey {
 public:
  // Not for every test a new one: making RSA keys takes time.
  static const TestKey& Rsa();
  static const TestKey& OtherRsa();
  static const TestKey& Ec();

  static TestKey MakeRsa(int bits);
  static TestKey MakeEc(const char* curve);

  // The public key as a JSON Web Key, with `kid`, `use` and `alg`.
  nlohmann::json Jwk(const std::string& kid) const;

  // The public key as SubjectPublicKeyInfo in PEM.
  std::string Pem() const;

  // As a JWS wants it: r and s of 32 bytes for EC.
  std::string Sign(absl::string_view text) const;

  // A token of texts that need not be JSON.
  std::string RawToken(absl::string_view header, absl::string_view claims) const;

  // A token of these claims with the header that this key's tokens have.
  std::string Token(const std::string& kid, const nlohmann::json& claims) const;

 private:
  struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  };
  TestKey(bool rsa, EVP_PKEY* key) : rsa_(rsa), key_(key) {}

  bool rsa_;
  std::unique_ptr<EVP_PKEY, FreeKey> key_;
};

// A JWK Set.
std::string JwkSet(const std::vector<nlohmann::json>& keys);

}  // namespace fireworks::access

#endif  // FIREWORKS_SERVICE_ACCESS_TESTING_JWT_H_
