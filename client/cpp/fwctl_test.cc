// What fwctl says about itself.
#include <string>
#include <utility>
#include <vector>

#include "client/cpp/command.h"
#include "client/cpp/testing/fwctl_process.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace fireworks::client {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Result = FwctlProcess::Result;

Result RunWith(std::vector<std::string> arguments) {
  FwctlProcess::Options options;
  options.arguments = std::move(arguments);
  return RunFwctl(options);
}

TEST(Fwctl, EveryCommandHasHelpOnStdout) {
  const std::vector<std::vector<std::string>> commands = {
      {},         {"chat"},           {"complete"},        {"embed"},
      {"rerank"}, {"models"},         {"models", "list"},  {"datasets", "upload"},
      {"jobs"},   {"jobs", "get"},    {"jobs", "watch"},   {"call"},
      {"policy"}, {"policy", "check"}, {"completion"},     {"completion", "bash"},
      {"explain"}};
  for (std::vector<std::string> command : commands) {
    command.push_back("--help");
    const Result result = RunWith(command);
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_THAT(result.out, StartsWith("Usage: fwctl ")) << testing::PrintToString(command);
    EXPECT_EQ(result.err, "");
  }
}

TEST(Fwctl, HelpDocumentsTheExitCodes) {
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"--help"}, {"-h"}, {"chat", "--help"}, {"models", "list", "-h"}}) {
    EXPECT_THAT(RunWith(arguments).out, HasSubstr(kExitCodesHelp));
  }
}

TEST(Fwctl, ChatHelpNamesEveryFlag) {
  const std::string help = RunWith({"chat", "--help"}).out;
  for (const char* flag : {"--target", "--model", "--system", "--max-tokens", "--temperature",
                           "--timeout", "--metadata", "--usage", "--json", "--reasoning"}) {
    EXPECT_THAT(help, HasSubstr(flag));
  }
}

TEST(Fwctl, TellsItsVersion) {
  const Result result = RunWith({"--version"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, StartsWith(std::string("fwctl ") + kVersion + " "));
}

TEST(Fwctl, WithoutACommandItShowsItsHelpAsAnError) {
  const Result result = RunWith({});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, StartsWith("Usage: fwctl "));
}

TEST(Fwctl, UnknownCommandsAreNamed) {
  const Result result = RunWith({"chta", "hi"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, AllOf(HasSubstr("'chta'"), HasSubstr("did you mean 'chat'"),
                                HasSubstr("fwctl --help")));
}

std::string Offers(std::vector<std::string> words) {
  words.insert(words.begin(), {"completion", "words", "--"});
  return RunWith(std::move(words)).out;
}

TEST(FwctlCompletion, OffersCommandsWithTheirSummaries) {
  EXPECT_THAT(Offers({"mod"}), StartsWith("models\tlist, show"));
  EXPECT_EQ(Offers({"jobs", "wa"}), "watch\tshow one of them until it is ready or has ended\n");
  EXPECT_EQ(Offers({"jobs", "lost", ""}), "");
}

TEST(FwctlCompletion, OffersFlagsAndTheirValues) {
  EXPECT_THAT(Offers({"chat", "--max"}), StartsWith("--max-tokens\t"));
  EXPECT_EQ(Offers({"models", "list", "-o", ""}), "table\njson\nyaml\n");
  EXPECT_EQ(Offers({"chat", "--reasoning", "s"}), "show\n");
  EXPECT_EQ(Offers({"chat", "--tls-ca", ""}), "");
}

TEST(FwctlCompletion, OffersMethods) {
  EXPECT_EQ(Offers({"call", "--all", "ModelService/GetModelV"}),
            "ModelService/GetModelVersionCount\n");
  EXPECT_EQ(Offers({"call", "ModelService/GetModel", ""}), "");
}

TEST(FwctlCompletion, ScriptsAskFwctl) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    EXPECT_THAT(RunWith({"completion", shell}).out, HasSubstr("fwctl completion words -- "));
  }
}

}  // namespace
}  // namespace fireworks::client
