#include "service/access/jwt.h"

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "service/access/testing_jwt.h"

namespace fireworks::access {
namespace {

using nlohmann::json;

constexpr std::int64_t kNow = 1'700'000'000;
constexpr char kHeader[] = R"({"alg":"RS256","kid":"rsa"})";

class JwtTest : public testing::Test {
 protected:
  JwtTest() {
    rules_.issuer = "https://issuer.example";
    rules_.audiences = {"fireworks-grpc", "other"};
    rules_.algorithms = {JwtAlgorithm::kRs256, JwtAlgorithm::kEs256};
    rules_.name_prefix = "jwt:";
  }

  static json Claims() {
    return {{"iss", "https://issuer.example"},
            {"aud", "fireworks-grpc"},
            {"sub", "alice"},
            {"exp", kNow + 600}};
  }

  // The claims with one changed, or removed by null.
  static json With(const char* claim, const json& value) {
    json claims = Claims();
    if (value.is_null()) {
      claims.erase(claim);
    } else {
      claims[claim] = value;
    }
    return claims;
  }

  // The caller's name, or why there is none.
  std::string Verify(absl::string_view token) const {
    const auto parsed = ParseJwt(token);
    if (!parsed.ok()) return absl::StrCat("unreadable: ", parsed.status().message());
    const auto verified = VerifyJwt(*parsed, rules_, *keys_, absl::FromUnixSeconds(now_));
    return verified.ok() ? verified->name : std::string(verified.status().message());
  }

  std::string VerifyClaims(const json& claims) const {
    return Verify(TestKey::Rsa().Token("rsa", claims));
  }

  JwtRules rules_;
  std::int64_t now_ = kNow;
  std::shared_ptr<const KeySet> keys_ =
      *KeySet::Parse(JwkSet({TestKey::Rsa().Jwk("rsa"), TestKey::Ec().Jwk("ec")}));
};

TEST_F(JwtTest, TakesRs256AndEs256) {
  EXPECT_EQ(Verify(TestKey::Rsa().Token("rsa", Claims())), "jwt:alice");
  EXPECT_EQ(Verify(TestKey::Ec().Token("ec", Claims())), "jwt:alice");
}

TEST_F(JwtTest, TheConfigurationPinsTheAlgorithm) {
  rules_.algorithms = {JwtAlgorithm::kEs256};
  EXPECT_EQ(Verify(TestKey::Rsa().Token("rsa", Claims())),
            "an algorithm that the configuration does not accept");
  EXPECT_EQ(Verify(TestKey::Ec().Token("ec", Claims())), "jwt:alice");
}

TEST_F(JwtTest, NoOtherAlgorithmIsRead) {
  for (const char* alg : {"none", "None", "NONE", "", "HS256", "HS512", "RS384", "RS512", "PS256",
                          "ES384", "EdDSA", "rs256", "RS256 ", "RSA-OAEP"}) {
    const json header = {{"alg", alg}, {"kid", "rsa"}};
    const std::string text = SignedText(header.dump(), Claims().dump());
    const std::string why = "unreadable: another `alg` than RS256 and ES256";
    EXPECT_EQ(Verify(text + "."), why) << alg;
    EXPECT_EQ(Verify(text + "." + Base64Url(TestKey::Rsa().Sign(text))), why) << alg;
  }
  EXPECT_EQ(Verify(TestKey::Rsa().RawToken(R"({"kid":"rsa"})", Claims().dump())),
            "unreadable: no `alg`");
  EXPECT_EQ(Verify(TestKey::Rsa().RawToken(R"({"alg":["RS256"],"kid":"rsa"})", Claims().dump())),
            "unreadable: no `alg`");
}

// The classic: what is public becomes the secret.
TEST_F(JwtTest, ThePublicKeyIsNoSecret) {
  const std::string claims = Claims().dump();
  const std::string pem = TestKey::Rsa().Pem();
  EXPECT_EQ(Verify(HmacToken(R"({"alg":"HS256","kid":"rsa"})", claims, pem)),
            "unreadable: another `alg` than RS256 and ES256");
  EXPECT_EQ(Verify(HmacToken(kHeader, claims, pem)), "a wrong signature");
  EXPECT_EQ(Verify(HmacToken(kHeader, claims, TestKey::Rsa().Jwk("rsa").dump())),
            "a wrong signature");
}

TEST_F(JwtTest, AKeyIsForItsOwnAlgorithmOnly) {
  const std::string claims = Claims().dump();
  EXPECT_EQ(Verify(TestKey::Rsa().RawToken(R"({"alg":"ES256","kid":"rsa"})", claims)),
            "its key is for another algorithm");
  EXPECT_EQ(Verify(TestKey::Ec().RawToken(R"({"alg":"RS256","kid":"ec"})", claims)),
            "its key is for another algorithm");
  EXPECT_EQ(Verify(TestKey::Ec().RawToken(kHeader, claims)), "a wrong signature");
}

TEST_F(JwtTest, KeysThatATokenBringsAlongCountForNothing) {
  const json header = {{"alg", "RS256"},
                       {"kid", "rsa"},
                       {"jwk", TestKey::OtherRsa().Jwk("rsa")},
                       {"jku", "https://attacker.example/keys"},
                       {"x5u", "https://attacker.example/chain"}};
  EXPECT_EQ(Verify(TestKey::OtherRsa().RawToken(header.dump(), Claims().dump())),
            "a wrong signature");
}

TEST_F(JwtTest, TheKeyIsTheOneThatItNames) {
  const std::string claims = Claims().dump();
  EXPECT_EQ(Verify(TestKey::Rsa().RawToken(R"({"alg":"RS256"})", claims)), "unreadable: no `kid`");
  EXPECT_EQ(Verify(TestKey::Rsa().RawToken(R"({"alg":"RS256","kid":""})", claims)),
            "unreadable: no `kid`");
  EXPECT_EQ(Verify(TestKey::Rsa().RawToken(R"({"alg":"RS256","kid":7})", claims)),
            "unreadable: no `kid`");
  EXPECT_EQ(Verify(TestKey::Rsa().Token("another", Claims())), "signed with an unknown key");
  const std::string named = TestKey::Rsa().Token("another", Claims());
  const auto parsed = ParseJwt(named);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(VerifyJwt(*parsed, rules_, *keys_, absl::FromUnixSeconds(now_)).status().code(),
            absl::StatusCode::kNotFound);
}

TEST_F(JwtTest, HeadersThatAskForMoreAreRefused) {
  const auto with = [](const char* more) {
    return TestKey::Rsa().RawToken(absl::StrCat(R"({"alg":"RS256","kid":"rsa",)", more, "}"),
                                Claims().dump());
  };
  EXPECT_EQ(Verify(with(R"("crit":["b64"],"b64":false)")), "unreadable: a critical extension");
  EXPECT_EQ(Verify(with(R"("crit":[])")), "unreadable: a critical extension");
  EXPECT_EQ(Verify(with(R"("typ":"logout+jwt")")), "unreadable: another `typ` than JWT and at+jwt");
  EXPECT_EQ(Verify(with(R"("typ":1)")), "unreadable: another `typ` than JWT and at+jwt");
  for (const char* typ : {"JWT", "jwt", "at+jwt", "application/at+jwt"}) {
    EXPECT_EQ(Verify(with(absl::StrCat("\"typ\":\"", typ, "\"").c_str())), "jwt:alice") << typ;
  }
}

TEST_F(JwtTest, TheIssuerIsTheConfiguredOne) {
  for (const json& issuer : {json("https://issuer.example/"), json("HTTPS://issuer.example"),
                             json(""), json(nullptr), json::array({"https://issuer.example"})}) {
    EXPECT_EQ(VerifyClaims(With("iss", issuer)), "another issuer") << issuer;
  }
}

TEST_F(JwtTest, OneOfTheAudiencesIsOurs) {
  EXPECT_EQ(VerifyClaims(With("aud", {"x", "other"})), "jwt:alice");
  for (const json& audience :
       {json("x"), json(nullptr), json(""), json::array(), json::array({"x"}), json(7),
        json("fireworks-grpc2"), json::array({"fireworks-grpc", 7}), json{{"fireworks-grpc", 1}}}) {
    EXPECT_EQ(VerifyClaims(With("aud", audience)), "another audience") << audience;
  }
}

TEST_F(JwtTest, ATokenEndsWithItsLeeway) {
  rules_.leeway = absl::Seconds(30);
  now_ = kNow + 600 + 29;
  EXPECT_EQ(VerifyClaims(Claims()), "jwt:alice");
  now_ = kNow + 600 + 30;
  EXPECT_EQ(VerifyClaims(Claims()), "it has expired");
  rules_.leeway = absl::ZeroDuration();
  now_ = kNow + 600;
  EXPECT_EQ(VerifyClaims(Claims()), "it has expired");
  now_ = kNow + 599;
  EXPECT_EQ(VerifyClaims(Claims()), "jwt:alice");
}

TEST_F(JwtTest, ATokenBeginsWithItsLeeway) {
  rules_.leeway = absl::Seconds(30);
  EXPECT_EQ(VerifyClaims(With("nbf", kNow + 30)), "jwt:alice");
  EXPECT_EQ(VerifyClaims(With("nbf", kNow + 31)), "it is not valid yet");
  EXPECT_EQ(VerifyClaims(With("nbf", kNow - 31)), "jwt:alice");
}

TEST_F(JwtTest, TimesAreNumbers) {
  EXPECT_EQ(VerifyClaims(With("exp", nullptr)), "no `exp`");
  EXPECT_EQ(VerifyClaims(With("exp", std::to_string(kNow + 600))), "no `exp`");
  EXPECT_EQ(VerifyClaims(With("exp", true)), "no `exp`");
  EXPECT_EQ(VerifyClaims(With("exp", kNow + 600.5)), "jwt:alice");
  EXPECT_EQ(VerifyClaims(With("exp", 1e300)), "jwt:alice");
  EXPECT_EQ(VerifyClaims(With("exp", -1e300)), "it has expired");
  EXPECT_EQ(VerifyClaims(With("exp", std::numeric_limits<std::int64_t>::min())),
            "it has expired");
  EXPECT_EQ(VerifyClaims(With("nbf", "soon")), "`nbf` is no time");
  EXPECT_EQ(VerifyClaims(With("nbf", std::numeric_limits<std::uint64_t>::max())),
            "it is not valid yet");
}

TEST_F(JwtTest, TheSubjectCanBeAnotherClaim) {
  rules_.subject_claim = "client_id";
  EXPECT_EQ(VerifyClaims(Claims()), "it names no subject");
  EXPECT_EQ(VerifyClaims(With("client_id", "app-1")), "jwt:app-1");
}

TEST_F(JwtTest, ASubjectMustBeFitForAName) {
  EXPECT_EQ(VerifyClaims(With("sub", nullptr)), "it names no subject");
  EXPECT_EQ(VerifyClaims(With("sub", "")), "it names no subject");
  EXPECT_EQ(VerifyClaims(With("sub", 7)), "it names no subject");
  const std::string unfit = "its subject cannot be a caller's name";
  EXPECT_EQ(VerifyClaims(With("sub", "a b")), unfit);
  EXPECT_EQ(VerifyClaims(With("sub", "a\nb")), unfit);
  EXPECT_EQ(VerifyClaims(With("sub", std::string("alice\0", 6))), unfit);
  EXPECT_EQ(VerifyClaims(With("sub", "al\u00efce")), unfit);
  EXPECT_EQ(VerifyClaims(With("sub", std::string(513, 'a'))), unfit);
}

TEST_F(JwtTest, AServiceAccountIsWhatBothClaimsSay) {
  rules_.kubernetes = true;
  rules_.name_prefix = "";
  const auto claims = [](const std::string& sub, const json& kubernetes) {
    json all = With("sub", sub);
    all["kubernetes.io"] = kubernetes;
    return all;
  };
  const json web_chat = {{"namespace", "web"},
                         {"serviceaccount", {{"name", "chat"}, {"uid", "1"}}},
                         {"pod", {{"name", "chat-7"}, {"uid", "2"}}}};
  EXPECT_EQ(VerifyClaims(claims("system:serviceaccount:web:chat", web_chat)),
            "system:serviceaccount:web:chat");
  rules_.name_prefix = "east/";
  EXPECT_EQ(VerifyClaims(claims("system:serviceaccount:web:chat", web_chat)),
            "east/system:serviceaccount:web:chat");

  const std::string none = "it names no service account";
  EXPECT_EQ(VerifyClaims(Claims()), none);
  EXPECT_EQ(VerifyClaims(claims("system:serviceaccount:web:admin", web_chat)), none);
  EXPECT_EQ(VerifyClaims(claims("system:serviceaccount:web:chat", "web")), none);
  EXPECT_EQ(VerifyClaims(claims("system:serviceaccount:web:chat", {{"namespace", "web"}})), none);
  // Colons would let one pass for another.
  EXPECT_EQ(VerifyClaims(claims("system:serviceaccount:a:b:c",
                                {{"namespace", "a:b"}, {"serviceaccount", {{"name", "c"}}}})),
            none);
}

TEST_F(JwtTest, AClaimThatIsThereTwiceMakesItUnreadable) {
  const std::string claims = Claims().dump();
  const std::string twice = absl::StrCat(R"({"sub":"admin",)", claims.substr(1));
  EXPECT_EQ(Verify(TestKey::Rsa().RawToken(kHeader, twice)),
            "unreadable: a key twice, or nested too deep");
  EXPECT_EQ(Verify(TestKey::Rsa().RawToken(R"({"alg":"RS256","alg":"RS256","kid":"rsa"})", claims)),
            "unreadable: a key twice, or nested too deep");
}

TEST_F(JwtTest, TextThatIsNoJsonIsUnreadable) {
  const std::string claims = Claims().dump();
  for (const char* text : {"", "{", "[]", "null", "\"x\"", "{\"sub\":\"\xff\xfe\"}"}) {
    EXPECT_EQ(Verify(TestKey::Rsa().RawToken(kHeader, text)).rfind("unreadable", 0), 0u) << text;
    EXPECT_EQ(Verify(TestKey::Rsa().RawToken(text, claims)).rfind("unreadable", 0), 0u) << text;
  }
}

TEST_F(JwtTest, NoBeginningOfATokenIsOne) {
  const std::string token = TestKey::Ec().Token("ec", Claims());
  for (std::size_t size = 0; size < token.size(); ++size) {
    EXPECT_NE(Verify(token.substr(0, size)), "jwt:alice") << size;
  }
}

TEST_F(JwtTest, NoTokenWithAnotherCharacterIsOne) {
  const std::string token = TestKey::Ec().Token("ec", Claims());
  for (std::size_t i = 0; i < token.size(); ++i) {
    for (const char other : {'A', '.', '=', '+', '\0', '\xff'}) {
      std::string changed = token;
      if (changed[i] == other) continue;
      changed[i] = other;
      EXPECT_NE(Verify(changed), "jwt:alice") << i << " " << static_cast<int>(other);
    }
  }
}

TEST_F(JwtTest, MoreOrFewerPartsAreNoToken) {
  const std::string token = TestKey::Rsa().Token("rsa", Claims());
  EXPECT_EQ(Verify(token + "."), "unreadable: not three parts");
  EXPECT_EQ(Verify("." + token), "unreadable: not three parts");
  EXPECT_EQ(Verify("a.b.c.d.e"), "unreadable: not three parts");  // as encrypted ones have
  EXPECT_EQ(Verify("a.b"), "unreadable: not three parts");
  EXPECT_EQ(Verify(""), "unreadable: not three parts");
  EXPECT_EQ(Verify("..").rfind("unreadable", 0), 0u);
  EXPECT_EQ(Verify(token + "="), "unreadable: no signature");
}

TEST_F(JwtTest, PartsOfTwoTokensMakeNone) {
  const std::vector<std::string> mine =
      absl::StrSplit(TestKey::Rsa().Token("rsa", Claims()), '.');
  const std::vector<std::string> other =
      absl::StrSplit(TestKey::Rsa().Token("rsa", With("sub", "bob")), '.');
  EXPECT_EQ(Verify(absl::StrCat(mine[0], ".", other[1], ".", mine[2])), "a wrong signature");
}

TEST_F(JwtTest, LongTokensAreNotLookedAt) {
  const std::string token =
      TestKey::Rsa().Token("rsa", With("x", std::string(kMaxTokenBytes, 'x')));
  EXPECT_EQ(Verify(token), "unreadable: too long");
  EXPECT_EQ(Verify(std::string(kMaxTokenBytes + 1, '.')), "unreadable: too long");
  EXPECT_EQ(VerifyClaims(With("x", std::string(kMaxTokenBytes / 2, 'x'))), "jwt:alice");
}

}  // namespace
}  // namespace fireworks::access
