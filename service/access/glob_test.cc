#include "service/access/glob.h"

#include <string>

#include "gtest/gtest.h"

namespace fireworks::access {
namespace {

TEST(GlobTest, WithoutAStarOnlyTheSameTextMatches) {
  EXPECT_TRUE(MatchesGlob("", ""));
  EXPECT_TRUE(MatchesGlob("a.B/C", "a.B/C"));
  EXPECT_FALSE(MatchesGlob("a.B/C", "a.B/CC"));
  EXPECT_FALSE(MatchesGlob("a.B/CC", "a.B/C"));
  EXPECT_FALSE(MatchesGlob("", "a"));
  EXPECT_FALSE(MatchesGlob("a?c", "abc"));
  EXPECT_FALSE(MatchesGlob("a.c", "abc"));
}

TEST(GlobTest, AStarTakesAnyNumberOfCharacters) {
  EXPECT_TRUE(MatchesGlob("*", ""));
  EXPECT_TRUE(MatchesGlob("*", "fireworks.inference.v1.ChatCompletionService/Create"));
  EXPECT_TRUE(MatchesGlob("fireworks.inference.v1.*", "fireworks.inference.v1.X/Y"));
  EXPECT_FALSE(MatchesGlob("fireworks.inference.v1.*", "fireworks.gateway.v1.X/Y"));
  EXPECT_TRUE(MatchesGlob("*/Get*", "a.B/GetModel"));
  EXPECT_FALSE(MatchesGlob("*/Get*", "a.B/ListModels"));
  EXPECT_TRUE(MatchesGlob("**a**", "a"));
}

TEST(GlobTest, ALaterMatchIsFoundWhenAnEarlierOneFails) {
  EXPECT_TRUE(MatchesGlob("*ab", "aabab"));
  EXPECT_TRUE(MatchesGlob("a*b*c", "a-b-b-c"));
  EXPECT_FALSE(MatchesGlob("a*b*c", "a-c-b"));
}

TEST(GlobTest, ManyStarsDoNotExplode) {
  std::string pattern;
  for (int i = 0; i < 100; ++i) pattern += "a*";
  EXPECT_FALSE(MatchesGlob(pattern + "b", std::string(5000, 'a')));
}

}  // namespace
}  // namespace fireworks::access
