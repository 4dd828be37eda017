#include "service/access/public_key.h"

#include <string>

#include "gtest/gtest.h"
#include "service/access/testing_jwt.h"

namespace fireworks::access {
namespace {

using nlohmann::json;

// A key's JWK with one member changed, or removed by null.
json With(const TestKey& key, const char* member, const json& value) {
  json jwk = key.Jwk("k");
  if (value.is_null()) {
    jwk.erase(member);
  } else {
    jwk[member] = value;
  }
  return jwk;
}

bool IsUsable(const json& jwk) { return PublicKey::FromJwk(jwk).ok(); }

TEST(PublicKeyTest, VerifiesWhatItsOwnerSigned) {
  for (const TestKey* owner : {&TestKey::Rsa(), &TestKey::Ec()}) {
    const auto key = PublicKey::FromJwk(owner->Jwk("k"));
    ASSERT_TRUE(key.ok()) << key.status();
    const std::string signature = owner->Sign("text");
    EXPECT_TRUE(key->Verify("text", signature));
    EXPECT_FALSE(key->Verify("texT", signature));
    EXPECT_FALSE(key->Verify("", signature));
  }
}

TEST(PublicKeyTest, OneWrongBitMakesASignatureNone) {
  for (const TestKey* owner : {&TestKey::Rsa(), &TestKey::Ec()}) {
    const auto key = PublicKey::FromJwk(owner->Jwk("k"));
    ASSERT_TRUE(key.ok());
    std::string signature = owner->Sign("text");
    for (std::size_t i = 0; i < signature.size(); i += 7) {
      signature[i] ^= 1;
      EXPECT_FALSE(key->Verify("text", signature)) << i;
      signature[i] ^= 1;
    }
    EXPECT_TRUE(key->Verify("text", signature));
  }
}

TEST(PublicKeyTest, SignaturesOfAnotherSizeAreNone) {
  for (const TestKey* owner : {&TestKey::Rsa(), &TestKey::Ec()}) {
    const auto key = PublicKey::FromJwk(owner->Jwk("k"));
    ASSERT_TRUE(key.ok());
    const std::string signature = owner->Sign("text");
    EXPECT_FALSE(key->Verify("text", ""));
    EXPECT_FALSE(key->Verify("text", signature.substr(1)));
    EXPECT_FALSE(key->Verify("text", signature + '\0'));
    EXPECT_FALSE(key->Verify("text", std::string(1, '\0') + signature));
  }
}

// r = s = 0 passed for a signature in several libraries.
TEST(PublicKeyTest, ASignatureOfZeroesIsNone) {
  const auto ec = PublicKey::FromJwk(TestKey::Ec().Jwk("k"));
  ASSERT_TRUE(ec.ok());
  EXPECT_FALSE(ec->Verify("text", std::string(64, '\0')));
  const auto rsa = PublicKey::FromJwk(TestKey::Rsa().Jwk("k"));
  ASSERT_TRUE(rsa.ok());
  EXPECT_FALSE(rsa->Verify("text", std::string(256, '\0')));
}

TEST(PublicKeyTest, AKeySaysWhatItIsFor) {
  EXPECT_EQ(PublicKey::FromJwk(TestKey::Rsa().Jwk("k"))->algorithm(), JwtAlgorithm::kRs256);
  EXPECT_EQ(PublicKey::FromJwk(TestKey::Ec().Jwk("k"))->algorithm(), JwtAlgorithm::kEs256);
  const TestKey& rsa = TestKey::Rsa();
  for (const char* member : {"use", "alg"}) EXPECT_TRUE(IsUsable(With(rsa, member, nullptr)));
  for (const char* alg : {"RS384", "PS256", "HS256", "ES256", "none", ""}) {
    EXPECT_FALSE(IsUsable(With(rsa, "alg", alg))) << alg;
  }
  EXPECT_FALSE(IsUsable(With(TestKey::Ec(), "alg", "RS256")));
  EXPECT_FALSE(IsUsable(With(rsa, "alg", 256)));
  EXPECT_FALSE(IsUsable(With(rsa, "use", "enc")));
  EXPECT_FALSE(IsUsable(With(rsa, "use", json::array())));
  EXPECT_TRUE(IsUsable(With(rsa, "key_ops", {"sign", "verify"})));
  EXPECT_FALSE(IsUsable(With(rsa, "key_ops", {"encrypt"})));
  EXPECT_FALSE(IsUsable(With(rsa, "key_ops", json::array())));
  EXPECT_FALSE(IsUsable(With(rsa, "key_ops", "verify")));
}

TEST(PublicKeyTest, OtherTypesAndPrivateKeysAreRefused) {
  EXPECT_FALSE(IsUsable({{"kty", "oct"}, {"k", "c2VjcmV0"}, {"alg", "HS256"}}));
  EXPECT_FALSE(IsUsable(With(TestKey::Rsa(), "kty", "oct")));
  EXPECT_FALSE(IsUsable(With(TestKey::Rsa(), "kty", "EC")));
  EXPECT_FALSE(IsUsable(With(TestKey::Rsa(), "kty", nullptr)));
  EXPECT_FALSE(IsUsable(With(TestKey::Rsa(), "d", "AQAB")));
  EXPECT_FALSE(IsUsable(json::array()));
  EXPECT_FALSE(IsUsable(nullptr));
}

TEST(PublicKeyTest, RsaKeysAreNeitherWeakNorExpensive) {
  EXPECT_FALSE(IsUsable(TestKey::MakeRsa(1024).Jwk("k")));
  EXPECT_FALSE(IsUsable(With(TestKey::Rsa(), "n", Base64Url(std::string(1025, '\xff')))));
  EXPECT_FALSE(IsUsable(With(TestKey::Rsa(), "n", "")));
  EXPECT_FALSE(IsUsable(With(TestKey::Rsa(), "n", "not base64!")));
  EXPECT_FALSE(IsUsable(With(TestKey::Rsa(), "e", nullptr)));
  EXPECT_FALSE(IsUsable(With(TestKey::Rsa(), "e", Base64Url("\x01"))));  // all text signs itself
  EXPECT_FALSE(IsUsable(With(TestKey::Rsa(), "e", Base64Url("\x04"))));
  EXPECT_FALSE(IsUsable(With(TestKey::Rsa(), "e", Base64Url(std::string(9, '\xff')))));
}

TEST(PublicKeyTest, EcKeysArePointsOnP256) {
  EXPECT_FALSE(IsUsable(With(TestKey::Ec(), "crv", "P-384")));
  EXPECT_FALSE(IsUsable(With(TestKey::Ec(), "crv", nullptr)));
  EXPECT_FALSE(IsUsable(With(TestKey::Ec(), "y", Base64Url(std::string(32, '\x01')))));
  EXPECT_FALSE(IsUsable(With(TestKey::Ec(), "x", Base64Url(std::string(33, '\x01')))));
  EXPECT_FALSE(IsUsable(With(TestKey::Ec(), "x", nullptr)));
}

}  // namespace
}  // namespace fireworks::access
