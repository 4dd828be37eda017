#include "service/access/testing_jwt.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace fireworks::access {
namespace {

using nlohmann::json;

constexpr int kP256Bytes = 32;

const unsigned char* Bytes(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// A number of the key in base64url, of at least `size` bytes.
std::string Number(const EVP_PKEY* key, const char* name, int size = 0) {
  BIGNUM* value = nullptr;
  EVP_PKEY_get_bn_param(key, name, &value);
  std::string bytes(static_cast<std::size_t>(std::max(size, BN_num_bytes(value))), '\0');
  BN_bn2binpad(value, reinterpret_cast<unsigned char*>(bytes.data()),
               static_cast<int>(bytes.size()));
  BN_free(value);
  return Base64Url(bytes);
}

std::string FromDer(const std::string& der) {
  const unsigned char* data = Bytes(der);
  ECDSA_SIG* both = d2i_ECDSA_SIG(nullptr, &data, static_cast<long>(der.size()));
  std::string bytes(2 * kP256Bytes, '\0');
  auto* out = reinterpret_cast<unsigned char*>(bytes.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(both), out, kP256Bytes);
  BN_bn2binpad(ECDSA_SIG_get0_s(both), out + kP256Bytes, kP256Bytes);
  ECDSA_SIG_free(both);
  return bytes;
}

}  // namespace

std::string Base64Url(absl::string_view bytes) { return absl::WebSafeBase64Escape(bytes); }

std::string SignedText(absl::string_view header, absl::string_view claims) {
  return absl::StrCat(Base64Url(header), ".", Base64Url(claims));
}

std::string HmacToken(absl::string_view header, absl::string_view claims,
                      absl::string_view secret) {
  const std::string text = SignedText(header, claims);
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), Bytes(text), text.size(), mac,
       &size);
  return absl::StrCat(text, ".",
                      Base64Url(absl::string_view(reinterpret_cast<char*>(mac), size)));
}

const TestKey& TestKey::Rsa() {
  static const TestKey key = MakeRsa(2048);
  return key;
}

const TestKey& TestKey::OtherRsa() {
  static const TestKey key = MakeRsa(2048);
  return key;
}

const TestKey& TestKey::Ec() {
  static const TestKey key = MakeEc("P-256");
  return key;
}

TestKey TestKey::MakeRsa(int bits) {
  return TestKey(true, EVP_RSA_gen(static_cast<unsigned int>(bits)));
}

TestKey TestKey::MakeEc(const char* curve) { return TestKey(false, EVP_EC_gen(curve)); }

json TestKey::Jwk(const std::string& kid) const {
  if (rsa_) {
    return {{"kty", "RSA"},
            {"kid", kid},
            {"use", "sig"},
            {"alg", "RS256"},
            {"n", Number(key_.get(), OSSL_PKEY_PARAM_RSA_N)},
            {"e", Number(key_.get(), OSSL_PKEY_PARAM_RSA_E)}};
  }
  return {{"kty", "EC"},
          {"kid", kid},
          {"use", "sig"},
          {"alg", "ES256"},
          {"crv", "P-256"},
          {"x", Number(key_.get(), OSSL_PKEY_PARAM_EC_PUB_X, kP256Bytes)},
          {"y", Number(key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y, kP256Bytes)}};
}

std::string TestKey::Pem() const {
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PUBKEY(bio, key_.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string pem(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return pem;
}

std::string TestKey::Sign(absl::string_view text) const {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key_.get());
  std::size_t size = 0;
  EVP_DigestSign(context, nullptr, &size, Bytes(text), text.size());
  std::string signature(size, '\0');
  EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size, Bytes(text),
                 text.size());
  signature.resize(size);
  EVP_MD_CTX_free(context);
  return rsa_ ? signature : FromDer(signature);
}

std::string TestKey::RawToken(absl::string_view header, absl::string_view claims) const {
  const std::string text = SignedText(header, claims);
  return absl::StrCat(text, ".", Base64Url(Sign(text)));
}

std::string TestKey::Token(const std::string& kid, const json& claims) const {
  const json header = {{"alg", rsa_ ? "RS256" : "ES256"}, {"kid", kid}, {"typ", "JWT"}};
  return RawToken(header.dump(), claims.dump());
}

std::string JwkSet(const std::vector<json>& keys) { return json{{"keys", keys}}.dump(); }

}  // namespace fireworks::access
