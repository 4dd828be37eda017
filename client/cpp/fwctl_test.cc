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
      {}, {"chat"}, {"models"}, {"models", "list"}, {"policy"}, {"policy", "check"}};
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
           {"--help"}, {"chat", "--help"}, {"models", "list", "--help"}}) {
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
  EXPECT_THAT(result.err, AllOf(HasSubstr("'chta'"), HasSubstr("fwctl --help")));
}

}  // namespace
}  // namespace fireworks::client
