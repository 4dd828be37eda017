#include "client/cpp/flag_set.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace fireworks::client {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class FlagSetTest : public testing::Test {
 protected:
  FlagSetTest() {
    flags_.AddString("model", "MODEL", "the model", &model_);
    flags_.AddString("system", "TEXT", "the system message", &system_);
    flags_.AddSwitch("json", "print JSON", &json_);
    flags_.AddString("two-words", "TEXT", "two words", &two_words_);
    flags_.Add("tag", "TAG", "a tag", [this](absl::string_view text) {
      if (text == "bad") return absl::InvalidArgumentError("is bad");
      tags_.emplace_back(text);
      return absl::OkStatus();
    });
  }

  std::string ErrorOf(const std::vector<std::string>& arguments) {
    return std::string(flags_.Parse(arguments).status().message());
  }

  FlagSet flags_;
  std::string model_ = "default";
  absl::optional<std::string> system_;
  bool json_ = false;
  std::string two_words_;
  std::vector<std::string> tags_;
};

TEST_F(FlagSetTest, NoArgumentsLeaveTheDefaults) {
  EXPECT_THAT(*flags_.Parse({}), IsEmpty());
  EXPECT_EQ(model_, "default");
  EXPECT_EQ(system_, absl::nullopt);
  EXPECT_FALSE(json_);
}

TEST_F(FlagSetTest, ValuesFollowAsArgumentOrBehindEquals) {
  EXPECT_THAT(*flags_.Parse({"--model", "m", "--system=a=b"}), IsEmpty());
  EXPECT_EQ(model_, "m");
  EXPECT_EQ(system_, "a=b");
}

TEST_F(FlagSetTest, AValueMayBeEmptyOrBeginWithADash) {
  EXPECT_THAT(*flags_.Parse({"--model=", "--system", "--json"}), IsEmpty());
  EXPECT_EQ(model_, "");
  EXPECT_EQ(system_, "--json");
  EXPECT_FALSE(json_);
}

TEST_F(FlagSetTest, AnUnderscoreIsAsGoodAsAHyphenInANameOnly) {
  EXPECT_THAT(*flags_.Parse({"--two_words", "a_b", "--model=c_d"}), IsEmpty());
  EXPECT_EQ(two_words_, "a_b");
  EXPECT_EQ(model_, "c_d");
}

TEST_F(FlagSetTest, FlagsMayStandAmongArguments) {
  EXPECT_THAT(*flags_.Parse({"why", "--json", "is", "-"}), ElementsAre("why", "is", "-"));
  EXPECT_TRUE(json_);
}

TEST_F(FlagSetTest, BehindTwoDashesNothingIsAFlag) {
  EXPECT_THAT(*flags_.Parse({"--", "--json", "-x", "--"}), ElementsAre("--json", "-x", "--"));
  EXPECT_FALSE(json_);
}

TEST_F(FlagSetTest, RepeatedFlagsReachTheirSetterInOrder) {
  EXPECT_TRUE(flags_.Parse({"--tag=a", "--tag", "b"}).ok());
  EXPECT_THAT(tags_, ElementsAre("a", "b"));
}

TEST_F(FlagSetTest, ErrorsNameTheFlag) {
  EXPECT_EQ(ErrorOf({"--colour"}), "--colour: unknown flag");
  EXPECT_EQ(ErrorOf({"-j"}), "-j: unknown flag");
  EXPECT_EQ(ErrorOf({"--json=yes"}), "--json: takes no value");
  EXPECT_EQ(ErrorOf({"--model"}), "--model: needs a value");
  EXPECT_EQ(ErrorOf({"--tag", "bad"}), "--tag: is bad");
}

TEST(FlagSetHelp, AlignsExplanations) {
  FlagSet flags;
  bool value = false;
  flags.AddSwitch("json", "print JSON\nline by line", &value);
  flags.Add("a-rather-long-flag", "VALUE", "explained below",
            [](absl::string_view) { return absl::OkStatus(); });
  EXPECT_EQ(flags.Help(),
            "  --json                print JSON\n"
            "                        line by line\n"
            "  --a-rather-long-flag VALUE\n"
            "                        explained below\n");
}

TEST_F(FlagSetTest, ALetterStandsForTheFlagItBelongsTo) {
  flags_.AddSwitch("quiet", "say less", &json_);
  flags_.AlsoAs('q');
  EXPECT_THAT(*flags_.Parse({"-q"}), IsEmpty());
  EXPECT_TRUE(json_);
  EXPECT_EQ(ErrorOf({"-x"}), "-x: unknown flag");
  EXPECT_EQ(ErrorOf({"-quiet"}), "-quiet: unknown flag");
  EXPECT_THAT(flags_.Help(), testing::HasSubstr("  -q, --quiet"));
}

TEST_F(FlagSetTest, UnderscoresMeanDashes) {
  std::string value;
  flags_.AddString("tls-ca", "FILE", "authorities", &value);
  EXPECT_THAT(*flags_.Parse({"--tls_ca=f"}), IsEmpty());
  EXPECT_EQ(value, "f");
}

}  // namespace
}  // namespace fireworks::client
