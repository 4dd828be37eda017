#include "client/cpp/text.h"

#include "gtest/gtest.h"

namespace fireworks::client {
namespace {

TEST(IsUtf8, TakesEveryLengthOfCharacter) {
  EXPECT_TRUE(IsUtf8(""));
  EXPECT_TRUE(IsUtf8("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x8E\x86"));
  EXPECT_TRUE(IsUtf8(absl::string_view("\0", 1)));
  EXPECT_TRUE(IsUtf8("\xED\x9F\xBF\xEE\x80\x80\xF4\x8F\xBF\xBF"));
}

TEST(IsUtf8, RefusesLoneAndMissingContinuations) {
  EXPECT_FALSE(IsUtf8("\x80"));
  EXPECT_FALSE(IsUtf8("a\xC3"));
  EXPECT_FALSE(IsUtf8("\xE2\x82z"));
  EXPECT_FALSE(IsUtf8("\xFF"));
}

TEST(IsUtf8, RefusesOverlongFormsSurrogatesAndTooLargeCharacters) {
  EXPECT_FALSE(IsUtf8("\xC0\xAF"));
  EXPECT_FALSE(IsUtf8("\xE0\x9F\xBF"));
  EXPECT_FALSE(IsUtf8("\xF0\x8F\xBF\xBF"));
  EXPECT_FALSE(IsUtf8("\xED\xA0\x80"));
  EXPECT_FALSE(IsUtf8("\xF4\x90\x80\x80"));
  EXPECT_FALSE(IsUtf8("\xF5\x80\x80\x80"));
}

TEST(ForTerminal, ShowsEscapeSequencesInsteadOfSendingThem) {
  EXPECT_EQ(ForTerminal("\x1b]0;title\x07"), "^[]0;title^G");
  EXPECT_EQ(ForTerminal("a\rb\x7f"), "a^Mb^?");
}

TEST(ForTerminal, ShowsTheEightBitControls) {
  EXPECT_EQ(ForTerminal("\xC2\x9B"
                        "31m"),
            "\\u009b31m");
}

TEST(ForTerminal, KeepsTextAndLayout) {
  EXPECT_EQ(ForTerminal("na\xC3\xAFve\n\t\xC2\xA9"), "na\xC3\xAFve\n\t\xC2\xA9");
}

TEST(ForTerminalLine, KeepsOnOneLine) { EXPECT_EQ(ForTerminalLine("a\nb\tc"), "a^Jb^Ic"); }

TEST(CountCharacters, CountsCharactersNotBytes) {
  EXPECT_EQ(CountCharacters("na\xC3\xAFve"), 5u);
  EXPECT_EQ(CountCharacters(""), 0u);
}

}  // namespace
}  // namespace fireworks::client
