#include "service/access/public_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "service/access/strict_json.h"

namespace fireworks::access {
namespace {

using nlohmann::json;

constexpr int kMinRsaBits = 2048;
// Verification takes the square of the size: a key must not make tokens expensive.
constexpr int kMaxRsaBits = 8192;
constexpr int kMaxRsaExponentBits = 64;
constexpr std::size_t kP256Bytes = 32;

struct Free {
  void operator()(BIGNUM* value) const { BN_free(value); }
  void operator()(ECDSA_SIG* value) const { ECDSA_SIG_free(value); }
  void operator()(EVP_MD_CTX* value) const { EVP_MD_CTX_free(value); }
  void operator()(EVP_PKEY_CTX* value) const { EVP_PKEY_CTX_free(value); }
  void operator()(OSSL_PARAM* value) const { OSSL_PARAM_free(value); }
  void operator()(OSSL_PARAM_BLD* value) const { OSSL_PARAM_BLD_free(value); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

const unsigned char* Bytes(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Owned<BIGNUM> Number(absl::string_view bytes) {
  return Owned<BIGNUM>(BN_bin2bn(Bytes(bytes), static_cast<int>(bytes.size()), nullptr));
}

// The bytes of a member in base64url; empty when there are none.
std::string Member(const json& jwk, const char* name) {
  const std::string* text = FindString(jwk, name);
  return text == nullptr ? "" : DecodeBase64Url(*text).value_or("");
}

// A public key of OpenSSL's type `type`; null when the values make none.
EVP_PKEY* MakeKey(const char* type, OSSL_PARAM_BLD* values) {
  const Owned<OSSL_PARAM> parameters(OSSL_PARAM_BLD_to_param(values));
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (parameters == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    ERR_clear_error();
    return nullptr;
  }
  return key;
}

// Whether the key is published for verifying signatures by `algorithm`.
absl::Status CheckPurpose(const json& jwk, JwtAlgorithm algorithm) {
  for (const char* secret : {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}) {
    if (jwk.contains(secret)) return absl::InvalidArgumentError("it is a private key");
  }
  const std::string* use = FindString(jwk, "use");
  if (jwk.contains("use") && (use == nullptr || *use != "sig")) {
    return absl::InvalidArgumentError("its `use` is not `sig`");
  }
  const std::string* named = FindString(jwk, "alg");
  if (jwk.contains("alg") && (named == nullptr || *named != AlgorithmName(algorithm))) {
    return absl::InvalidArgumentError("its `alg` is neither RS256 nor ES256, or not its type's");
  }
  const auto operations = jwk.find("key_ops");
  if (operations == jwk.end()) return absl::OkStatus();
  if (operations->is_array()) {
    for (const json& operation : *operations) {
      if (operation == "verify") return absl::OkStatus();
    }
  }
  return absl::InvalidArgumentError("its `key_ops` do not hold `verify`");
}

// r and s of 32 bytes each, as a JWS has them, in the form that OpenSSL takes.
std::string ToDer(absl::string_view signature) {
  const Owned<ECDSA_SIG> both(ECDSA_SIG_new());
  Owned<BIGNUM> r = Number(signature.substr(0, kP256Bytes));
  Owned<BIGNUM> s = Number(signature.substr(kP256Bytes));
  if (both == nullptr || r == nullptr || s == nullptr ||
      ECDSA_SIG_set0(both.get(), r.get(), s.get()) != 1) {
    return "";
  }
  // They belong to `both` now.
  static_cast<void>(r.release());
  static_cast<void>(s.release());
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(both.get(), &der);
  if (size <= 0) return "";
  const std::string text(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return text;
}

}  // namespace

absl::string_view AlgorithmName(JwtAlgorithm algorithm) {
  return algorithm == JwtAlgorithm::kRs256 ? "RS256" : "ES256";
}

absl::StatusOr<PublicKey::OwnedKey> PublicKey::RsaKey(const json& jwk) {
  const Owned<BIGNUM> modulus = Number(Member(jwk, "n"));
  const Owned<BIGNUM> exponent = Number(Member(jwk, "e"));
  const Owned<OSSL_PARAM_BLD> values(OSSL_PARAM_BLD_new());
  if (modulus == nullptr || exponent == nullptr || values == nullptr) {
    return absl::ResourceExhaustedError("no memory for a key");
  }
  const int bits = BN_num_bits(modulus.get());
  if (bits < kMinRsaBits || bits > kMaxRsaBits) {
    return absl::InvalidArgumentError(
        absl::StrCat("its modulus has ", bits, " bits; it must have ", kMinRsaBits, " to ",
                     kMaxRsaBits));
  }
  if (BN_is_one(exponent.get()) || !BN_is_odd(exponent.get()) ||
      BN_num_bits(exponent.get()) > kMaxRsaExponentBits) {
    return absl::InvalidArgumentError("its exponent is not an odd number above 1 of 64 bits");
  }
  OSSL_PARAM_BLD_push_BN(values.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
  OSSL_PARAM_BLD_push_BN(values.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
  OwnedKey key(MakeKey("RSA", values.get()));
  if (key == nullptr) return absl::InvalidArgumentError("its numbers make no RSA key");
  return key;
}

absl::StatusOr<PublicKey::OwnedKey> PublicKey::EcKey(const json& jwk) {
  const std::string* curve = FindString(jwk, "crv");
  if (curve == nullptr || *curve != "P-256") {
    return absl::InvalidArgumentError("its curve is not P-256");
  }
  const std::string x = Member(jwk, "x");
  const std::string y = Member(jwk, "y");
  if (x.size() != kP256Bytes || y.size() != kP256Bytes) {
    return absl::InvalidArgumentError("its coordinates are not of 32 bytes");
  }
  const std::string point = absl::StrCat("\x04", x, y);  // uncompressed
  const Owned<OSSL_PARAM_BLD> values(OSSL_PARAM_BLD_new());
  if (values == nullptr) return absl::ResourceExhaustedError("no memory for a key");
  OSSL_PARAM_BLD_push_utf8_string(values.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(values.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                   point.size());
  OwnedKey key(MakeKey("EC", values.get()));
  if (key == nullptr) return absl::InvalidArgumentError("its point is not on the curve");
  return key;
}

absl::StatusOr<PublicKey> PublicKey::FromJwk(const json& jwk) {
  const std::string* type = FindString(jwk, "kty");
  if (type == nullptr || (*type != "RSA" && *type != "EC")) {
    return absl::InvalidArgumentError("its type is neither RSA nor EC");
  }
  const JwtAlgorithm algorithm = *type == "RSA" ? JwtAlgorithm::kRs256 : JwtAlgorithm::kEs256;
  const absl::Status purpose = CheckPurpose(jwk, algorithm);
  if (!purpose.ok()) return purpose;
  absl::StatusOr<OwnedKey> key = algorithm == JwtAlgorithm::kRs256 ? RsaKey(jwk) : EcKey(jwk);
  if (!key.ok()) return key.status();
  return PublicKey(algorithm, *std::move(key));
}

bool PublicKey::Verify(absl::string_view text, absl::string_view signature) const {
  std::string der;
  if (algorithm_ == JwtAlgorithm::kEs256) {
    if (signature.size() != 2 * kP256Bytes) return false;
    der = ToDer(signature);
    signature = der;
  } else if (signature.size() != static_cast<std::size_t>(EVP_PKEY_get_size(key_.get()))) {
    return false;
  }
  // RSA's padding is PKCS #1 v1.5 where nothing else is set: what RS256 is.
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  const bool valid =
      context != nullptr &&
      EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1 &&
      EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(text),
                       text.size()) == 1;
  if (!valid) ERR_clear_error();
  return valid;
}

}  // namespace fireworks::access
