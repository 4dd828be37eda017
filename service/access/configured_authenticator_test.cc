#include "service/access/configured_authenticator.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "service/access/sha256.h"
#include "service/access/testing_jwt.h"
#include "tests/support/test_folder.h"

namespace fireworks::access {
namespace {

using testing_support::TestFolder;
using fireworks::service::v1::Identity;
using nlohmann::json;
using testing::HasSubstr;

constexpr std::int64_t kNow = 1'700'000'000;

class ConfiguredAuthenticatorTest : public testing::Test {
 protected:
  ConfiguredAuthenticatorTest() { folder_.Replace("jwks", JwkSet({TestKey::Rsa().Jwk("a")})); }

  absl::Status Configure(const std::string& text) {
    Identity config;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &config)) << text;
    ConfiguredAuthenticator::Options options;
    options.now = [this] { return absl::FromUnixSeconds(now_); };
    options.fetch = [this](const KeyFetch& what) {
      fetched_.push_back(what);
      return answer_;
    };
    options.on_refused = [this](absl::string_view why) { refused_ = std::string(why); };
    auto made = ConfiguredAuthenticator::Create(config, std::move(options));
    if (made.ok()) authenticator_ = *std::move(made);
    return made.status();
  }

  // A source of tokens from `issuer`, with the keys in `jwks`.
  std::string Jwt(const std::string& issuer, const std::string& more = "") const {
    return absl::StrCat("sources { jwt { issuer: \"", issuer, "\" audiences: \"us\" jwks_file: \"",
                        folder_.Path("jwks"), "\" ", more, " } }\n");
  }

  static std::string Token(const TestKey& key, const std::string& kid,
                           const std::string& issuer = "i") {
    return "Bearer " +
           key.Token(kid, {{"iss", issuer}, {"aud", "us"}, {"sub", "bob"}, {"exp", kNow + 60}});
  }

  // The caller; "" if there is none, with the fixed answer.
  std::string Identify(const std::vector<absl::string_view>& authorization,
                       const std::vector<absl::string_view>& uris = {}) const {
    Credentials credentials;
    credentials.authorization = authorization;
    credentials.uri_sans = uris;
    const auto caller = authenticator_->Identify(credentials);
    if (caller.ok()) return caller->name;
    EXPECT_EQ(caller.status(), UnauthenticatedError());
    return "";
  }

  const std::string tokens_ = absl::StrCat(
      "sources { static_tokens { tokens { name: \"alice\" sha256: \"",
      ToHex(Sha256("secret-of-alice")), "\" } } }\n");
  const std::string certificates_ =
      "sources { peer_certificate { spiffe_trust_domains: \"prod.example\" } }\n";
  const std::string anonymous_ = "sources { anonymous {} }\n";

  TestFolder folder_;
  std::int64_t now_ = kNow;
  absl::StatusOr<std::string> answer_ = JwkSet({TestKey::Rsa().Jwk("a")});
  std::vector<KeyFetch> fetched_;
  std::string refused_;
  std::unique_ptr<ConfiguredAuthenticator> authenticator_;
};

TEST_F(ConfiguredAuthenticatorTest, WithoutSourcesEveryoneIsAnonymous) {
  ASSERT_TRUE(Configure("").ok());
  EXPECT_EQ(Identify({}), "anonymous");
  EXPECT_EQ(Identify({"Bearer whatever"}), "anonymous");
}

TEST_F(ConfiguredAuthenticatorTest, TheFirstSourceThatKnowsTheCallNamesIt) {
  ASSERT_TRUE(Configure(certificates_ + Jwt("i") + tokens_ + anonymous_).ok());
  const std::string token = Token(TestKey::Rsa(), "a");
  EXPECT_EQ(Identify({}, {"spiffe://prod.example/x"}), "spiffe://prod.example/x");
  EXPECT_EQ(Identify({token}, {"spiffe://prod.example/x"}), "spiffe://prod.example/x");
  EXPECT_EQ(Identify({token}, {"spiffe://test.example/x"}), "jwt:bob");
  EXPECT_EQ(Identify({token}), "jwt:bob");
  EXPECT_EQ(Identify({"Bearer secret-of-alice"}), "token:alice");
  EXPECT_EQ(Identify({}), "anonymous");

  ASSERT_TRUE(Configure(Jwt("i") + certificates_).ok());
  EXPECT_EQ(Identify({token}, {"spiffe://prod.example/x"}), "jwt:bob");
}

TEST_F(ConfiguredAuthenticatorTest, WithoutAnonymousACallNeedsCredentials) {
  ASSERT_TRUE(Configure(certificates_ + Jwt("i") + tokens_).ok());
  EXPECT_EQ(Identify({}), "");
  EXPECT_EQ(refused_, "no credentials");
  EXPECT_EQ(Identify({}, {"spiffe://test.example/x"}), "");
}

TEST_F(ConfiguredAuthenticatorTest, ATokenThatIsNoGoodMakesNobodyAnonymous) {
  ASSERT_TRUE(Configure(Jwt("i") + tokens_ + anonymous_).ok());
  EXPECT_EQ(Identify({"Bearer guess"}), "");
  EXPECT_EQ(refused_, "an unknown token");
  now_ = kNow + 3600;
  EXPECT_EQ(Identify({Token(TestKey::Rsa(), "a")}), "");
  EXPECT_EQ(refused_, "it has expired");
  now_ = kNow;
  EXPECT_EQ(Identify({Token(TestKey::OtherRsa(), "a")}), "");
  EXPECT_EQ(refused_, "a wrong signature");
  EXPECT_EQ(Identify({Token(TestKey::Rsa(), "a", "another issuer")}), "");
}

TEST_F(ConfiguredAuthenticatorTest, AuthorizationIsOneBearerToken) {
  ASSERT_TRUE(Configure(tokens_ + anonymous_).ok());
  EXPECT_EQ(Identify({"bearer   secret-of-alice"}), "token:alice");
  for (const absl::string_view value :
       {absl::string_view(""), absl::string_view("Bearer"), absl::string_view("Bearer "),
        absl::string_view("secret-of-alice"), absl::string_view("Basic secret-of-alice"),
        absl::string_view("Bearer\tsecret-of-alice"), absl::string_view("Bearer secret-of-alice "),
        absl::string_view("Bearer secret-of-alice, Bearer x"),
        absl::string_view("Bearer secret-of-alice\0", 23), absl::string_view("Bearer \xff\xfe")}) {
    EXPECT_EQ(Identify({value}), "") << value;
  }
  EXPECT_EQ(Identify({"Bearer secret-of-alice", "Bearer secret-of-alice"}), "");
  EXPECT_EQ(refused_, "several `authorization`");
}

TEST_F(ConfiguredAuthenticatorTest, SeveralIssuersEachNameTheirOwn) {
  folder_.Replace("other", JwkSet({TestKey::Ec().Jwk("e")}));
  ASSERT_TRUE(Configure(Jwt("i") + absl::StrCat("sources { jwt { issuer: \"j\" audiences: \"us\" "
                                                "name_prefix: \"j:\" jwks_file: \"",
                                                folder_.Path("other"), "\" } }"))
                  .ok());
  EXPECT_EQ(Identify({Token(TestKey::Rsa(), "a", "i")}), "jwt:bob");
  EXPECT_EQ(Identify({Token(TestKey::Ec(), "e", "j")}), "j:bob");
  EXPECT_EQ(Identify({Token(TestKey::Ec(), "e", "i")}), "");
  EXPECT_EQ(Identify({Token(TestKey::Rsa(), "a", "j")}), "");
}

TEST_F(ConfiguredAuthenticatorTest, ATokenThatIsRememberedStillExpires) {
  ASSERT_TRUE(Configure(Jwt("i", "leeway {}")).ok());
  const std::string token = Token(TestKey::Rsa(), "a");
  EXPECT_EQ(Identify({token}), "jwt:bob");
  now_ = kNow + 59;
  EXPECT_EQ(Identify({token}), "jwt:bob");
  now_ = kNow + 60;
  EXPECT_EQ(Identify({token}), "");
}

TEST_F(ConfiguredAuthenticatorTest, KeysRotateAndTokensOfAKeyThatIsGoneEnd) {
  ASSERT_TRUE(Configure(Jwt("i")).ok());
  const std::string before = Token(TestKey::Rsa(), "a");
  const std::string after = Token(TestKey::Ec(), "b");
  EXPECT_EQ(Identify({before}), "jwt:bob");
  EXPECT_EQ(Identify({after}), "");
  EXPECT_EQ(refused_, "signed with an unknown key");

  folder_.Replace("jwks", JwkSet({TestKey::Rsa().Jwk("a"), TestKey::Ec().Jwk("b")}));
  ASSERT_TRUE(authenticator_->Refresh().ok());
  EXPECT_EQ(Identify({before}), "jwt:bob");
  EXPECT_EQ(Identify({after}), "jwt:bob");

  folder_.Replace("jwks", JwkSet({TestKey::Ec().Jwk("b")}));
  ASSERT_TRUE(authenticator_->Refresh().ok());
  EXPECT_EQ(Identify({before}), "");
  EXPECT_EQ(Identify({after}), "jwt:bob");

  folder_.Replace("jwks", "oops");
  EXPECT_THAT(authenticator_->Refresh().message(), HasSubstr(folder_.Path("jwks")));
  EXPECT_EQ(Identify({after}), "jwt:bob");
}

TEST_F(ConfiguredAuthenticatorTest, FetchedKeysAreAwaitedAndAskedForWhenUnknown) {
  ASSERT_TRUE(Configure("sources { jwt { issuer: \"i\" audiences: \"us\" jwks_url: "
                        "\"https://i.example/keys\" jwks_ca_file: \"ca\" jwks_token_file: \"t\" } "
                        "}")
                  .ok());
  EXPECT_FALSE(authenticator_->ready());
  EXPECT_EQ(Identify({Token(TestKey::Rsa(), "a")}), "");
  EXPECT_EQ(refused_, "no keys yet");
  EXPECT_TRUE(fetched_.empty());  // Identify does not fetch

  ASSERT_TRUE(authenticator_->Refresh().ok());
  EXPECT_TRUE(authenticator_->ready());
  ASSERT_EQ(fetched_.size(), 1u);
  EXPECT_EQ(fetched_[0].ca_file, "ca");
  EXPECT_EQ(fetched_[0].token_file, "t");
  EXPECT_EQ(Identify({Token(TestKey::Rsa(), "a")}), "jwt:bob");

  answer_ = JwkSet({TestKey::Ec().Jwk("b")});
  now_ += 30;
  ASSERT_TRUE(authenticator_->Refresh().ok());
  EXPECT_EQ(fetched_.size(), 1u);
  EXPECT_EQ(Identify({Token(TestKey::Ec(), "b")}), "");
  ASSERT_TRUE(authenticator_->Refresh().ok());
  EXPECT_EQ(fetched_.size(), 2u);
  EXPECT_EQ(Identify({Token(TestKey::Ec(), "b")}), "jwt:bob");
}

TEST_F(ConfiguredAuthenticatorTest, ConfigurationsThatMakeNoSenseAreRefused) {
  const auto refused = [this](const std::string& text) {
    return std::string(Configure(text).message());
  };
  EXPECT_THAT(refused("sources {}"), HasSubstr("identity.sources[0]"));
  EXPECT_THAT(refused(anonymous_ + tokens_), HasSubstr("must be the last"));
  EXPECT_THAT(refused("sources { jwt {} }"), HasSubstr("identity.sources[0].jwt.issuer: required"));
  EXPECT_THAT(refused("sources { jwt { issuer: \"i\" } }"), HasSubstr("audiences: required"));
  EXPECT_THAT(refused("sources { jwt { issuer: \"i\" audiences: \"a\" } }"),
              HasSubstr("`jwks_url` is required"));
  EXPECT_THAT(refused("sources { jwt { issuer: \"i\" audiences: \"a\" jwks_url: \"http://x\" } }"),
              HasSubstr("https://"));
  EXPECT_THAT(refused("sources { jwt { issuer: \"i\" audiences: \"a\" jwks_url: \"https://x\" "
                      "min_refresh_interval {} } }"),
              HasSubstr("min_refresh_interval"));
  EXPECT_THAT(refused(Jwt("i", "leeway { seconds: 601 }")), HasSubstr("leeway"));
  EXPECT_THAT(refused(Jwt("i", "leeway { seconds: -1 }")), HasSubstr("leeway"));
  EXPECT_THAT(refused(Jwt("i", "algorithms: JWT_ALGORITHM_UNSPECIFIED")), HasSubstr("algorithms"));
  EXPECT_THAT(refused(Jwt("i", "kubernetes: true subject_claim: \"x\"")),
              HasSubstr("subject_claim"));
  EXPECT_THAT(refused(Jwt("i", "name_prefix: \"a b\"")), HasSubstr("name_prefix"));
}

TEST_F(ConfiguredAuthenticatorTest, NoSourceMayNameAnothersCallers) {
  for (const char* prefix : {"spiffe://", "spiffe://prod.example/", "s", "dns:", "token:",
                             "token:alice", "anon", "anonymous"}) {
    const absl::Status status = Configure(Jwt("i", absl::StrCat("name_prefix: \"", prefix, "\"")));
    EXPECT_THAT(status.message(), HasSubstr("could pass for the other")) << prefix;
  }
  EXPECT_FALSE(Configure(Jwt("i") + Jwt("j")).ok());
  EXPECT_FALSE(Configure(Jwt("i", "kubernetes: true") + Jwt("j", "kubernetes: true")).ok());
  EXPECT_FALSE(Configure(Jwt("i", "kubernetes: true") +
                         Jwt("j", "name_prefix: \"system:serviceaccount:web:\""))
                   .ok());
  EXPECT_TRUE(Configure(Jwt("i", "kubernetes: true") +
                        Jwt("j", "kubernetes: true name_prefix: \"east/\"") + Jwt("k"))
                  .ok());
}

TEST_F(ConfiguredAuthenticatorTest, CallsGoOnWhileKeysRotate) {
  ASSERT_TRUE(Configure(Jwt("i") + tokens_).ok());
  const std::string token = Token(TestKey::Rsa(), "a");
  std::atomic<bool> done{false};
  std::vector<std::thread> callers;
  for (int t = 0; t < 2; ++t) {
    callers.emplace_back([&] {
      while (!done) {
        EXPECT_EQ(Identify({token}), "jwt:bob");
        EXPECT_EQ(Identify({"Bearer secret-of-alice"}), "token:alice");
      }
    });
  }
  for (int i = 0; i < 20; ++i) {
    std::vector<json> keys = {TestKey::Rsa().Jwk("a")};
    if (i % 2 == 0) keys.push_back(TestKey::Ec().Jwk("b"));
    folder_.Replace("jwks", JwkSet(keys));
    EXPECT_TRUE(authenticator_->Refresh().ok());
  }
  done = true;
  for (std::thread& caller : callers) caller.join();
}

}  // namespace
}  // namespace fireworks::access
