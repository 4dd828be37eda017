#include "service/access/key_set.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/access/testing_jwt.h"
#include "service/access/url_key_source.h"
#include "tests/support/test_folder.h"

namespace fireworks::access {
namespace {

using testing_support::TestFolder;
using nlohmann::json;
using testing::HasSubstr;

TEST(KeySetTest, FindsKeysByTheirIds) {
  const auto keys = KeySet::Parse(JwkSet({TestKey::Rsa().Jwk("a"), TestKey::Ec().Jwk("b")}));
  ASSERT_TRUE(keys.ok()) << keys.status();
  EXPECT_EQ((*keys)->size(), 2u);
  ASSERT_NE((*keys)->Find("a"), nullptr);
  EXPECT_EQ((*keys)->Find("a")->algorithm(), JwtAlgorithm::kRs256);
  EXPECT_EQ((*keys)->Find("b")->algorithm(), JwtAlgorithm::kEs256);
  EXPECT_EQ((*keys)->Find("c"), nullptr);
  EXPECT_EQ((*keys)->Find(""), nullptr);
}

TEST(KeySetTest, PassesOverWhatIsNotForUs) {
  json nameless = TestKey::Rsa().Jwk("");
  json encrypting = TestKey::Rsa().Jwk("a");
  encrypting["use"] = "enc";
  const auto keys = KeySet::Parse(JwkSet({{{"kty", "oct"}, {"kid", "o"}, {"k", "AAAA"}},
                                          nameless,
                                          nullptr,
                                          "text",
                                          encrypting,
                                          TestKey::Ec().Jwk("a")}));
  ASSERT_TRUE(keys.ok()) << keys.status();
  EXPECT_EQ((*keys)->size(), 1u);
  EXPECT_EQ((*keys)->Find("a")->algorithm(), JwtAlgorithm::kEs256);
}

TEST(KeySetTest, WithoutAKeyThereIsNoSet) {
  EXPECT_FALSE(KeySet::Parse("").ok());
  EXPECT_FALSE(KeySet::Parse("<html>").ok());
  EXPECT_FALSE(KeySet::Parse("[]").ok());
  EXPECT_FALSE(KeySet::Parse(R"({"keys": {}})").ok());
  EXPECT_FALSE(KeySet::Parse(R"({"keys": []})").ok());
  EXPECT_FALSE(KeySet::Parse(R"({"keys": [], "keys": []})").ok());
  EXPECT_THAT(KeySet::Parse(R"({"keys": [{"kid": "a", "kty": "oct"}]})").status().message(),
              HasSubstr("keys[0]: its type is neither RSA nor EC"));
}

TEST(KeySetTest, TwoKeysOfOneIdAreAnError) {
  EXPECT_FALSE(KeySet::Parse(JwkSet({TestKey::Rsa().Jwk("a"), TestKey::Ec().Jwk("a")})).ok());
}

TEST(FileKeySourceTest, KeepsTheLastGoodKeysAndNamesTheFile) {
  TestFolder folder;
  const std::string path = folder.Replace("jwks", JwkSet({TestKey::Rsa().Jwk("a")}));
  const auto source = MakeFileKeySource(path);
  ASSERT_TRUE(source->Refresh().ok());
  folder.Replace("jwks", "{");
  EXPECT_THAT(source->Refresh().message(), HasSubstr(path + ": not a JWK Set"));
  EXPECT_NE(source->Current()->Find("a"), nullptr);
  folder.Replace("jwks", JwkSet({TestKey::Rsa().Jwk("b")}));
  EXPECT_TRUE(source->Refresh().ok());
  EXPECT_EQ(source->Current()->Find("a"), nullptr);
  EXPECT_NE(source->Current()->Find("b"), nullptr);
}

class UrlKeySourceTest : public testing::Test {
 protected:
  // Lets time pass and refreshes, as often as a server would.
  void Pass(absl::Duration time) {
    for (absl::Duration step = absl::Seconds(1); time > absl::ZeroDuration(); time -= step) {
      now_ += step;
      status_ = source_.Refresh();
    }
  }

  absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  absl::StatusOr<std::string> answer_ = JwkSet({TestKey::Rsa().Jwk("a")});
  int fetches_ = 0;
  absl::Status status_;
  UrlKeySource source_{{"https://issuer.example/keys", "", ""},
                       {absl::Minutes(10), absl::Seconds(30)},
                       [this](const KeyFetch& what) {
                         EXPECT_EQ(what.url, "https://issuer.example/keys");
                         ++fetches_;
                         return answer_;
                       },
                       [this] { return now_; }};
};

TEST_F(UrlKeySourceTest, FetchesAtOnceAndThenAtTheInterval) {
  EXPECT_EQ(source_.Current(), nullptr);
  Pass(absl::Seconds(1));
  ASSERT_NE(source_.Current(), nullptr);
  Pass(absl::Minutes(10) - absl::Seconds(1));
  EXPECT_EQ(fetches_, 1);
  Pass(absl::Seconds(1));
  EXPECT_EQ(fetches_, 2);
}

TEST_F(UrlKeySourceTest, AnUnknownKeyAsksForOneFetchAndNotTooSoon) {
  Pass(absl::Seconds(1));
  answer_ = JwkSet({TestKey::Rsa().Jwk("a"), TestKey::Ec().Jwk("b")});
  for (int i = 0; i < 100; ++i) source_.ReportUnknownKey();
  Pass(absl::Seconds(29));
  EXPECT_EQ(fetches_, 1);
  Pass(absl::Seconds(1));
  EXPECT_EQ(fetches_, 2);
  EXPECT_NE(source_.Current()->Find("b"), nullptr);
  Pass(absl::Minutes(5));
  EXPECT_EQ(fetches_, 2);
}

TEST_F(UrlKeySourceTest, UnknownKeysWithoutEndCostAFetchEachMinimumInterval) {
  Pass(absl::Seconds(1));
  for (int second = 0; second < 300; ++second) {
    source_.ReportUnknownKey();
    Pass(absl::Seconds(1));
  }
  EXPECT_EQ(fetches_, 1 + 10);
}

TEST_F(UrlKeySourceTest, KeepsItsKeysWhenAFetchFailsAndTriesSooner) {
  Pass(absl::Seconds(1));
  answer_ = absl::UnavailableError("no route");
  Pass(absl::Minutes(10));
  EXPECT_EQ(status_.message(), "https://issuer.example/keys: no route");
  EXPECT_NE(source_.Current()->Find("a"), nullptr);
  EXPECT_EQ(fetches_, 2);
  answer_ = std::string("<html>oops</html>");
  Pass(absl::Seconds(30));
  EXPECT_EQ(fetches_, 3);
  EXPECT_THAT(status_.message(), HasSubstr("not a JWK Set"));
  EXPECT_NE(source_.Current()->Find("a"), nullptr);
  answer_ = JwkSet({TestKey::Ec().Jwk("b")});
  Pass(absl::Seconds(30));
  EXPECT_TRUE(status_.ok());
  EXPECT_EQ(source_.Current()->Find("a"), nullptr);
}

TEST_F(UrlKeySourceTest, TheSameAnswerLeavesTheSetAsItIs) {
  Pass(absl::Seconds(1));
  const auto before = source_.Current();
  Pass(absl::Minutes(10));
  EXPECT_EQ(fetches_, 2);
  EXPECT_EQ(source_.Current(), before);
}

TEST_F(UrlKeySourceTest, AnAnswerThatIsTooLongIsRefused) {
  answer_ = std::string(kMaxKeySetBytes + 1, ' ');
  Pass(absl::Seconds(1));
  EXPECT_THAT(status_.message(), HasSubstr("too long"));
  EXPECT_EQ(source_.Current(), nullptr);
}

TEST_F(UrlKeySourceTest, AClockThatIsSetBackStopsNothing) {
  Pass(absl::Seconds(1));
  now_ -= absl::Hours(24);
  Pass(absl::Seconds(1));
  EXPECT_EQ(fetches_, 2);
}

}  // namespace
}  // namespace fireworks::access
