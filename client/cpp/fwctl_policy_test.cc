// `fwctl policy check` as a process: what it prints where, and its exit codes.
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cpp/testing/fwctl_process.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace fireworks::client {
namespace {

using ::testing::HasSubstr;
using Result = FwctlProcess::Result;

constexpr char kChat[] = "fireworks.inference.v1.ChatCompletionService/CreateChatCompletion";

Result Check(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"policy", "check"});
  FwctlProcess::Options options;
  options.arguments = std::move(arguments);
  return RunFwctl(options);
}

std::string PolicyFile() {
  const std::string path = absl::StrCat(testing::TempDir(), "/policy.textproto");
  std::ofstream(path) << R"(rules { name: "web" callers: "token:web" methods: "*" max_tokens: 10
                                    models: "accounts/x/models/*" })";
  return path;
}

TEST(FwctlPolicyCheck, AllowedIsZero) {
  const Result result =
      Check({"--policy", PolicyFile(), "--caller=token:web", "--method", kChat, "--model",
             "accounts/x/models/m", "--max_tokens", "10"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("allowed by rule `web`\n"));
  EXPECT_EQ(result.err, "");
}

TEST(FwctlPolicyCheck, DeniedIsThree) {
  for (const std::vector<std::string>& more : std::vector<std::vector<std::string>>{
           {"--caller=token:other"},
           {"--caller=token:web", "--model=accounts/y/models/m"},
           {"--caller=token:web", "--max-tokens=11"}}) {
    std::vector<std::string> arguments = {"--policy", PolicyFile(), "--method", kChat};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Result result = Check(std::move(arguments));
    EXPECT_EQ(result.exit_code, 3) << more[0];
    EXPECT_THAT(result.out, HasSubstr("denied")) << more[0];
  }
}

TEST(FwctlPolicyCheck, WithoutAFileItExplainsTheDefault) {
  EXPECT_EQ(Check({"--method", kChat}).exit_code, 0);
  EXPECT_EQ(Check({"--method", "fireworks.gateway.v1.SecretService/GetSecret"}).exit_code, 3);
}

TEST(FwctlPolicyCheck, AFileThatCannotBeReadIsOne) {
  const Result result = Check({"--policy", "/nonexistent/policy", "--method", kChat});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("/nonexistent/policy"));
  EXPECT_EQ(result.out, "");
}

TEST(FwctlPolicyCheck, WrongUsageIsTwo) {
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {}, {"--method", kChat, "word"}, {"--method", kChat, "--max-tokens", "many"},
           {"--nope"}}) {
    EXPECT_EQ(Check(arguments).exit_code, 2);
  }
}

TEST(FwctlPolicyCheck, HelpDocumentsItsExitCodes) {
  EXPECT_THAT(Check({"--help"}).out, HasSubstr("3    denied"));
}

}  // namespace
}  // namespace fireworks::client
