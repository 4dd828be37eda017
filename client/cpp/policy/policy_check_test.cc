#include "client/cpp/policy/policy_check.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/test_folder.h"

namespace fireworks::client {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kChat[] = "fireworks.inference.v1.ChatCompletionService/CreateChatCompletion";
constexpr char kGetDeployment[] = "fireworks.gateway.v1.DeploymentService/GetDeployment";

class PolicyCheckTest : public testing::Test {
 protected:
  // Asks about `policy`; empty: the default one.
  absl::StatusOr<PolicyAnswer> Ask(const std::string& policy, PolicyQuestion question) {
    if (!policy.empty()) question.policy_file = folder_.Replace("policy", policy);
    return CheckPolicy(question);
  }

  testing_support::TestFolder folder_;
};

PolicyQuestion About(const std::string& caller, const std::string& method) {
  PolicyQuestion question;
  question.caller = caller;
  question.method = method;
  return question;
}

constexpr char kPolicy[] = R"(
  rules { name: "web" callers: "token:web" methods: "fireworks.inference.v1.*"
          models: "accounts/fireworks/models/*" max_tokens: 100
          model_aliases { key: "chat" value: "accounts/fireworks/models/m" } }
  rules { name: "reads" callers: "*" method_classes: METHOD_CLASS_READ })";

TEST_F(PolicyCheckTest, SaysWhoWhichRuleAndWhy) {
  const auto answer = Ask(kPolicy, About("token:web", kChat));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_TRUE(answer->allowed);
  EXPECT_THAT(answer->explanation, HasSubstr("caller: token:web\n"));
  EXPECT_THAT(answer->explanation, HasSubstr("(INFERENCE)\nallowed by rule `web`\n"));
  EXPECT_THAT(answer->explanation, HasSubstr("max_tokens: 100\n"));
}

TEST_F(PolicyCheckTest, ReflectionMayBeNamed) {
  const auto answer = Ask(R"(rules { name: "tools" callers: "*" methods: "grpc.reflection.*" })",
                          About("token:web", kChat));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_FALSE(answer->allowed);
}

TEST_F(PolicyCheckTest, WhatNoRuleIsAboutIsDenied) {
  const auto answer = Ask(kPolicy, About("token:other", kChat));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_FALSE(answer->allowed);
  EXPECT_THAT(answer->explanation, HasSubstr("rule `web` is about other callers: token:web"));
  EXPECT_THAT(answer->explanation, HasSubstr("denied: no rule is about"));
}

TEST_F(PolicyCheckTest, ModelsAndTokensAreJudged) {
  PolicyQuestion question = About("token:web", kChat);
  question.model = "chat";
  question.max_tokens = 100;
  auto answer = Ask(kPolicy, question);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_TRUE(answer->allowed) << answer->explanation;
  EXPECT_THAT(answer->explanation,
              HasSubstr("model chat = accounts/fireworks/models/m: allowed\n"));

  question.model = "accounts/other/models/m";
  answer = Ask(kPolicy, question);
  EXPECT_FALSE(answer->allowed);
  EXPECT_THAT(answer->explanation, HasSubstr("model accounts/other/models/m: denied: "));

  question.model = "chat";
  question.max_tokens = 101;
  answer = Ask(kPolicy, question);
  EXPECT_FALSE(answer->allowed);
  EXPECT_THAT(answer->explanation, HasSubstr("max_tokens 101: denied: "));
}

TEST_F(PolicyCheckTest, SaysWhenSecretsAreWithheld) {
  EXPECT_THAT(Ask(kPolicy, About("a", kGetDeployment))->explanation,
              HasSubstr("answers: without what is sensitive"));
  EXPECT_THAT(Ask(R"(rules { name: "all" callers: "*" methods: "*" })", About("a", kGetDeployment))
                  ->explanation,
              Not(HasSubstr("sensitive")));
}

TEST_F(PolicyCheckTest, WithoutAFileTheDefaultCounts) {
  EXPECT_TRUE(Ask("", About("anonymous", kChat))->allowed);
  EXPECT_FALSE(
      Ask("", About("anonymous", "fireworks.gateway.v1.SecretService/GetSecret"))->allowed);
}

TEST_F(PolicyCheckTest, WhatMakesNoSenseIsAnError) {
  EXPECT_THAT(std::string(Ask("rules {", About("a", kChat)).status().message()),
              HasSubstr("policy:1:"));
  EXPECT_THAT(std::string(Ask(R"(rules { name: "r" callers: "*" methods: "*/Nope" })",
                              About("a", kChat))
                              .status()
                              .message()),
              HasSubstr("describes no method"));
  EXPECT_THAT(std::string(Ask(kPolicy, About("a", "Chat")).status().message()),
              HasSubstr("no method \"Chat\""));
  EXPECT_FALSE(Ask(kPolicy, About("a b", kChat)).ok());
  PolicyQuestion question = About("a", kGetDeployment);
  question.model = "m";
  EXPECT_THAT(std::string(Ask(kPolicy, question).status().message()), HasSubstr("no model"));
  question.model.reset();
  question.max_tokens = 1;
  EXPECT_FALSE(Ask(kPolicy, question).ok());
  question = About("a", kChat);
  question.policy_file = "/nonexistent/policy";
  EXPECT_THAT(std::string(CheckPolicy(question).status().message()),
              HasSubstr("/nonexistent/policy"));
}

}  // namespace
}  // namespace fireworks::client
