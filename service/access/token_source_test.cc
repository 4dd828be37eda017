#include "service/access/token_source.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/test_folder.h"

namespace fireworks::access {
namespace {

using testing_support::TestFolder;
using fireworks::service::v1::StaticTokens;
using testing::HasSubstr;
using testing::Not;

void Add(const std::string& name, const std::string& token, StaticTokens* tokens) {
  auto* entry = tokens->add_tokens();
  entry->set_name(name);
  entry->set_sha256(ToHex(Sha256(token)));
}

std::string Entry(const std::string& name, const std::string& token) {
  return absl::StrCat("tokens { name: \"", name, "\" sha256: \"", ToHex(Sha256(token)), "\" }\n");
}

// The caller with this token; empty if it is nobody's.
std::string Identify(const IdentitySource& source, absl::string_view token) {
  const auto caller = source.Identify({token, {}, {}});
  if (!caller.ok()) {
    EXPECT_EQ(caller.status().code(), absl::StatusCode::kNotFound);
    return "";
  }
  EXPECT_EQ(caller->kind, Caller::Kind::kToken);
  return caller->name;
}

std::string Error(const StaticTokens& config) {
  return std::string(TokenSource::Make(config, TextPlace("static_tokens")).status().message());
}

TEST(TokenSourceTest, KnowsATokenByItsHash) {
  StaticTokens config;
  Add("alice", "token-of-alice", &config);
  Add("bob", "token-of-bob", &config);
  Add("bob", "next-token-of-bob", &config);
  const auto source = TokenSource::Make(config, TextPlace("static_tokens"));
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_EQ(Identify(**source, "token-of-alice"), "token:alice");
  EXPECT_EQ(Identify(**source, "token-of-bob"), "token:bob");
  EXPECT_EQ(Identify(**source, "next-token-of-bob"), "token:bob");
  EXPECT_EQ((*source)->Identify({absl::nullopt, {}, {}}).status().code(),
            absl::StatusCode::kNotFound);
}

TEST(TokenSourceTest, NothingButTheTokenWillDo) {
  StaticTokens config;
  Add("alice", "token-of-alice", &config);
  const auto source = TokenSource::Make(config, TextPlace("static_tokens"));
  ASSERT_TRUE(source.ok());
  for (const std::string& token :
       {std::string(), std::string("token-of-alic"), std::string("token-of-alice "),
        std::string("Token-of-alice"), config.tokens(0).sha256(), std::string("alice"),
        std::string("token-of-alice\0", 15)}) {
    EXPECT_EQ(Identify(**source, token), "") << token;
  }
}

// The comparison runs over all entries: each is found, wherever it stands.
TEST(TokenTableTest, FindsEveryEntryOfManyAndOnlyThose) {
  StaticTokens config;
  for (int i = 0; i < 100; ++i) Add(absl::StrCat("n", i), absl::StrCat("t", i), &config);
  const auto table = TokenTable::Make(config, TextPlace("static_tokens"));
  ASSERT_TRUE(table.ok());
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ((*table)->Find(Sha256(absl::StrCat("t", i))), absl::StrCat("n", i));
  }
  Sha256Digest near = Sha256("t50");
  near.back() ^= 1;
  EXPECT_FALSE((*table)->Find(near));
}

TEST(TokenSourceTest, RefusesEntriesThatMeanNothing) {
  EXPECT_THAT(Error(StaticTokens()), HasSubstr("needs `tokens` or a `file`"));
  StaticTokens config;
  Add("alice", "t", &config);
  config.mutable_tokens(0)->set_name("alice bob");
  EXPECT_THAT(Error(config), HasSubstr("static_tokens.tokens[0].name"));
  config.mutable_tokens(0)->set_name("alice");
  Add("bob", "t", &config);
  EXPECT_THAT(Error(config), HasSubstr("tokens[1].sha256: another entry has the same"));
  // The token itself where its hash should be: it must not come back in the error.
  config.mutable_tokens(1)->set_sha256("token-in-the-clear");
  EXPECT_THAT(Error(config), HasSubstr("tokens[1].sha256: must be 64"));
  EXPECT_THAT(Error(config), Not(HasSubstr("token-in-the-clear")));
  config.mutable_tokens(1)->set_sha256(ToHex(Sha256("")));
  EXPECT_THAT(Error(config), HasSubstr("hash of nothing"));
}

TEST(TokenSourceTest, TakesOverTheFileAndKeepsTheLastGoodOne) {
  TestFolder folder;
  StaticTokens config;
  Add("alice", "token-of-alice", &config);
  config.set_file(folder.Replace("tokens", Entry("bob", "token-of-bob")));
  const auto made = TokenSource::Make(config, TextPlace("static_tokens"));
  ASSERT_TRUE(made.ok()) << made.status();
  IdentitySource& source = **made;
  EXPECT_TRUE(source.ready());
  EXPECT_EQ(Identify(source, "token-of-bob"), "token:bob");

  folder.Replace("tokens", "tokens {\n  name: 7\n}");
  EXPECT_THAT(source.Refresh().message(), HasSubstr(config.file() + ":2:9: "));
  folder.Replace("tokens", absl::StrCat("file: \"", config.file(), "\""));
  EXPECT_FALSE(source.Refresh().ok());
  EXPECT_EQ(Identify(source, "token-of-bob"), "token:bob");

  folder.Replace("tokens", Entry("carol", "token-of-carol"));
  EXPECT_TRUE(source.Refresh().ok());
  EXPECT_EQ(Identify(source, "token-of-bob"), "");
  EXPECT_EQ(Identify(source, "token-of-carol"), "token:carol");
  EXPECT_EQ(Identify(source, "token-of-alice"), "token:alice");
}

TEST(TokenSourceTest, AFileThatIsNotThereStopsTheStart) {
  TestFolder folder;
  StaticTokens config;
  config.set_file(folder.Path("nowhere"));
  EXPECT_THAT(Error(config), HasSubstr(config.file()));
}

}  // namespace
}  // namespace fireworks::access
