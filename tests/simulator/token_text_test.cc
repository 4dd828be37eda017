#include "tests/simulator/token_text.h"

#include "gmock/gmock.h"
#include "nlohmann/json.hpp"

namespace fireworks::simulator {
namespace {

TEST(TokenTextTest, SameSeedGivesSameText) {
  EXPECT_EQ(TokenText::Generated(7, 50).All(), TokenText::Generated(7, 50).All());
  EXPECT_NE(TokenText::Generated(7, 50).All(), TokenText::Generated(8, 50).All());
}

TEST(TokenTextTest, TokensJoinToTheText) {
  for (const TokenText& text :
       {TokenText::Generated(3, 40), TokenText::Literal("naïve 日本語の文 ok")}) {
    std::string joined;
    for (std::size_t i = 0; i < text.size(); ++i) joined += text.Token(i);
    EXPECT_EQ(joined, text.All());
    EXPECT_EQ(text.Join(0, 2) + text.Join(2, 10'000), joined);
  }
}

TEST(TokenTextTest, LiteralNeverCutsAUtf8Sequence) {
  const TokenText text = TokenText::Literal("日本語日本語日本語🌾🌾🌾🌾ééééééééé");
  EXPECT_GT(text.size(), 3u);
  for (std::size_t i = 0; i < text.size(); ++i) {
    EXPECT_NO_THROW(nlohmann::json(text.Token(i)).dump()) << i;
  }
}

TEST(TokenTextTest, LiteralSplitsAtWords) {
  const TokenText text = TokenText::Literal("one two");
  ASSERT_EQ(text.size(), 2u);
  EXPECT_EQ(text.Token(0), "one");
  EXPECT_EQ(text.Token(1), " two");
}

TEST(TokenTextTest, EmptyLiteralHasNoTokens) {
  EXPECT_EQ(TokenText::Literal("").size(), 0u);
  EXPECT_EQ(TokenText().All(), "");
}

TEST(TokenTextTest, TruncateDropsTheEnd) {
  TokenText text = TokenText::Literal("one two three");
  text.Truncate(2);
  EXPECT_EQ(text.All(), "one two");
}

TEST(TokenTextTest, LogprobsAreLogarithmsOfProbabilities) {
  for (const char* token : {"a", " b", "日本", ""}) {
    EXPECT_LE(TokenLogprob(token), 0.0);
    EXPECT_GT(TokenLogprob(token), -2.0);
    EXPECT_GE(TokenId(token), 0);
  }
}

}  // namespace
}  // namespace fireworks::simulator
