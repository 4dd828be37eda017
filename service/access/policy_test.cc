#include "service/access/policy.h"

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/test_folder.h"

namespace fireworks::access {
namespace {

using testing_support::TestFolder;
namespace v1 = fireworks::service::v1;
using testing::HasSubstr;

constexpr char kChat[] = "fireworks.inference.v1.ChatCompletionService/CreateChatCompletion";

MethodTraits Inference(const std::string& name) {
  MethodTraits method;
  method.name = "fireworks.inference.v1." + name;
  method.inference = true;
  return method;
}

MethodTraits Management(const std::string& name, bool reads, bool sensitive = false) {
  MethodTraits method;
  method.name = "fireworks.gateway.v1." + name;
  method.reads = reads;
  method.sensitive = sensitive;
  return method;
}

Caller Named(const std::string& name) { return {Caller::Kind::kJwt, name}; }

std::shared_ptr<const Policy> Parse(const std::string& text) {
  const auto policy = Policy::Parse(text, "p", {});
  EXPECT_TRUE(policy.ok()) << policy.status();
  return *policy;
}

// A decision by a policy of one rule, about a caller and method that it describes.
Decision DecisionOf(const std::string& terms) {
  return Parse(absl::StrCat("rules { name: \"r\" callers: \"*\" methods: \"*\" ", terms, " }"))
      ->Decide(Named("a"), Inference("ChatCompletionService/CreateChatCompletion"));
}

TEST(ClassOfTest, FollowsFromTheTraits) {
  EXPECT_EQ(ClassOf(Inference("A/Create")), v1::METHOD_CLASS_INFERENCE);
  MethodTraits read = Inference("A/Get");
  read.reads = true;
  EXPECT_EQ(ClassOf(read), v1::METHOD_CLASS_INFERENCE);
  MethodTraits deletes = Inference("A/Delete");
  deletes.deletes = true;
  EXPECT_EQ(ClassOf(deletes), v1::METHOD_CLASS_WRITE);
  MethodTraits secret = Inference("A/Create");
  secret.sensitive = true;
  EXPECT_EQ(ClassOf(secret), v1::METHOD_CLASS_SECRET);
  EXPECT_EQ(ClassOf(Management("A/Get", true)), v1::METHOD_CLASS_READ);
  EXPECT_EQ(ClassOf(Management("A/Get", true, true)), v1::METHOD_CLASS_SECRET);
  EXPECT_EQ(ClassOf(Management("A/Create", false)), v1::METHOD_CLASS_WRITE);
  EXPECT_EQ(ClassOf(Management("A/Create", false, true)), v1::METHOD_CLASS_SECRET);
  MethodTraits local;
  local.local = true;
  EXPECT_EQ(ClassOf(local), v1::METHOD_CLASS_LOCAL);
  // What nobody said anything about is a write.
  EXPECT_EQ(ClassOf(MethodTraits()), v1::METHOD_CLASS_WRITE);
}

TEST(DefaultPolicyTest, AllowsInferenceAndReadsWithoutSecrets) {
  const auto policy = Policy::Default();
  const auto allows = [&policy](const MethodTraits& method) {
    return policy->Decide(Named("anyone"), method).allowed();
  };
  EXPECT_TRUE(allows(Inference("ChatCompletionService/CreateChatCompletion")));
  EXPECT_TRUE(allows(Inference("ResponseService/CreateResponse")));
  EXPECT_TRUE(allows(Inference("ResponseService/StreamResponse")));
  EXPECT_TRUE(allows(Management("ModelService/ListModels", true)));
  EXPECT_FALSE(allows(Management("SecretService/GetSecret", true, true)));
  EXPECT_FALSE(allows(Management("DeploymentService/DeleteDeployment", false)));
  EXPECT_FALSE(allows(Management("ApiKeyService/CreateApiKey", false, true)));
}

// They belong to the account, and not to the caller that made them.
TEST(DefaultPolicyTest, DeniesStoredResponses) {
  for (const char* name : {"GetResponse", "ListResponses", "DeleteResponse"}) {
    const Decision decision = Policy::Default()->Decide(
        Named("anyone"), Inference(absl::StrCat("ResponseService/", name)));
    EXPECT_FALSE(decision.allowed()) << name;
    EXPECT_EQ(decision.rule()->name, "stored-responses") << name;
  }
}

TEST(DefaultPolicyTest, DeniesSecretsAndKeysEvenIfTheirValuesAreNotAnswered) {
  for (const char* name : {"SecretService/ListSecrets", "ApiKeyService/ListApiKeys",
                           "IdentityProviderService/GetIdentityProvider"}) {
    EXPECT_FALSE(Policy::Default()->Decide(Named("anyone"), Management(name, true)).allowed())
        << name;
  }
}

TEST(DefaultPolicyTest, DeliversNoSecrets) {
  EXPECT_FALSE(Policy::Default()
                   ->Decide(Named("a"), Management("DeploymentService/GetDeployment", true))
                   .delivers_secrets());
}

// Every caller with every method: the rule that decides, "-" where none does.
TEST(PolicyTest, EveryCallerAndMethodHasItsRule) {
  const auto policy = Parse(R"(
    rules { name: "no-mallory" callers: "*:mallory" methods: "*" deny: true }
    rules {
      name: "web"
      callers: "system:serviceaccount:web:*"
      methods: "fireworks.inference.v1.ChatCompletionService/*"
      methods: "fireworks.inference.v1.EmbeddingService/*"
    }
    rules {
      name: "ops-reads"
      callers: "spiffe://prod.example/ops/*"
      callers: "token:ops"
      methods: "fireworks.gateway.v1.*"
      method_classes: METHOD_CLASS_READ
      method_classes: METHOD_CLASS_WRITE
    }
    rules { name: "admin" callers: "token:root" methods: "*" }
  )");
  const std::vector<std::string> callers = {
      "anonymous",       "system:serviceaccount:web:chat", "system:serviceaccount:webx:chat",
      "token:ops",       "spiffe://prod.example/ops/bot",  "spiffe://prod.example/ops",
      "token:root",      "system:serviceaccount:web:mallory"};
  const std::vector<std::pair<MethodTraits, std::vector<std::string>>> table = {
      {Inference("ChatCompletionService/CreateChatCompletion"),
       {"-", "web", "-", "-", "-", "-", "admin", "no-mallory"}},
      {Inference("EmbeddingService/CreateEmbedding"),
       {"-", "web", "-", "-", "-", "-", "admin", "no-mallory"}},
      {Inference("RerankService/Rerank"), {"-", "-", "-", "-", "-", "-", "admin", "no-mallory"}},
      {Management("ModelService/GetModel", true),
       {"-", "-", "-", "ops-reads", "ops-reads", "-", "admin", "no-mallory"}},
      {Management("ModelService/DeleteModel", false),
       {"-", "-", "-", "ops-reads", "ops-reads", "-", "admin", "no-mallory"}},
      {Management("SecretService/GetSecret", true, true),
       {"-", "-", "-", "-", "-", "-", "admin", "no-mallory"}},
  };
  for (const auto& [method, rules] : table) {
    for (std::size_t i = 0; i < callers.size(); ++i) {
      const Decision decision = policy->Decide(Named(callers[i]), method);
      EXPECT_EQ(decision.rule() == nullptr ? "-" : decision.rule()->name, rules[i])
          << callers[i] << " " << method.name;
      EXPECT_EQ(decision.allowed(), rules[i] != "-" && rules[i] != "no-mallory")
          << callers[i] << " " << method.name;
      EXPECT_EQ(decision.status().ok(), decision.allowed());
    }
  }
}

TEST(PolicyTest, TheFirstRuleDecidesAlone) {
  const auto policy = Parse(R"(
    rules { name: "small" callers: "a" methods: "*" models: "accounts/x/models/small" }
    rules { name: "any" callers: "*" methods: "*" }
  )");
  const MethodTraits chat = Inference("ChatCompletionService/CreateChatCompletion");
  EXPECT_FALSE(policy->Decide(Named("a"), chat).CheckModel("accounts/x/models/big").ok());
  EXPECT_TRUE(policy->Decide(Named("b"), chat).CheckModel("accounts/x/models/big").ok());
}

TEST(DecisionTest, ADenialTellsTheCallerWhoWhatAndWhichRule) {
  const auto policy = Parse("rules { name: \"no\" callers: \"bad\" methods: \"*\" deny: true }");
  const MethodTraits chat = Inference("ChatCompletionService/CreateChatCompletion");
  EXPECT_EQ(policy->Decide(Named("bad"), chat).status(),
            absl::PermissionDeniedError(absl::StrCat("the policy does not allow bad to call ",
                                                     kChat, ": rule `no` denies it")));
  EXPECT_EQ(policy->Decide(Named("good"), chat).status(),
            absl::PermissionDeniedError(absl::StrCat("the policy does not allow good to call ",
                                                     kChat, ": no rule allows it")));
}

TEST(DecisionTest, ModelsAreThoseThatPatternsDescribe) {
  const Decision decision = DecisionOf("models: \"accounts/fireworks/models/*\"");
  EXPECT_TRUE(decision.CheckModel("accounts/fireworks/models/kimi").ok());
  EXPECT_FALSE(decision.CheckModel("accounts/other/models/kimi").ok());
  EXPECT_FALSE(decision.CheckModel("").ok());
  EXPECT_FALSE(decision.CheckModel("kimi").ok());
  EXPECT_EQ(decision.CheckModel("x").code(), absl::StatusCode::kPermissionDenied);
  EXPECT_TRUE(DecisionOf("").CheckModel("anything").ok());
  EXPECT_TRUE(DecisionOf("").CheckModel("").ok());
}

// "model#deployment" runs the model on a deployment of any account.
TEST(DecisionTest, APatternOfModelsAllowsNoDeployment) {
  const std::string picked = "accounts/fireworks/models/kimi#accounts/other/deployments/d";
  EXPECT_FALSE(DecisionOf("models: \"accounts/fireworks/models/*\"").CheckModel(picked).ok());
  EXPECT_FALSE(DecisionOf("models: \"*\"").CheckModel(picked).ok());
  EXPECT_TRUE(DecisionOf("models: \"*#accounts/other/deployments/*\"").CheckModel(picked).ok());
  EXPECT_FALSE(DecisionOf("models: \"*#accounts/mine/deployments/*\"").CheckModel(picked).ok());
}

TEST(DecisionTest, AliasesOfTheRuleAreResolved) {
  const Decision decision =
      DecisionOf("model_aliases { key: \"chat\" value: \"accounts/x/models/m\" }");
  EXPECT_EQ(decision.ResolveModel("chat"), "accounts/x/models/m");
  EXPECT_EQ(decision.ResolveModel("other"), "other");
  EXPECT_EQ(decision.ResolveModel(""), "");
}

TEST(DecisionTest, MaxTokensAreCappedWhereNothingIsSaid) {
  const Decision limited = DecisionOf("max_tokens: 100");
  EXPECT_EQ(*limited.CheckMaxTokens(absl::nullopt), 100);
  EXPECT_EQ(*limited.CheckMaxTokens(0), 0);
  EXPECT_EQ(*limited.CheckMaxTokens(100), 100);
  for (const std::int64_t requested : {std::int64_t{101}, std::int64_t{-1},
                                       std::numeric_limits<std::int64_t>::max(),
                                       std::numeric_limits<std::int64_t>::min()}) {
    EXPECT_EQ(limited.CheckMaxTokens(requested).status().code(),
              absl::StatusCode::kPermissionDenied)
        << requested;
  }
  const Decision free = DecisionOf("");
  EXPECT_EQ(*free.CheckMaxTokens(absl::nullopt), absl::nullopt);
  EXPECT_EQ(*free.CheckMaxTokens(1'000'000), 1'000'000);
}

TEST(DecisionTest, EachCallerHasAQuotaOfItsOwnUnderEachRule) {
  const auto policy = Parse(R"(
    rules { name: "r1" callers: "*" methods: "*Chat*"
            quota { concurrent_streams: 1 requests_per_minute: 2 tokens_per_minute: 3 } }
    rules { name: "r2" callers: "*" methods: "*" }
  )");
  const MethodTraits chat = Inference("ChatCompletionService/CreateChatCompletion");
  const Decision decision = policy->Decide(Named("a"), chat);
  EXPECT_EQ(decision.rule()->quota.concurrent_streams, 1);
  EXPECT_EQ(decision.rule()->quota.requests_per_minute, 2);
  EXPECT_EQ(decision.rule()->quota.tokens_per_minute, 3);
  EXPECT_NE(decision.quota_key(), policy->Decide(Named("b"), chat).quota_key());
  EXPECT_NE(decision.quota_key(), policy->Decide(Named("a"), Inference("R/R")).quota_key());
  EXPECT_EQ(decision.quota_key(), policy->Decide(Named("a"), chat).quota_key());
}

TEST(DecisionTest, PromptCachesAreSharedUnlessIsolated) {
  for (const bool is_set : {false, true}) {
    EXPECT_FALSE(DecisionOf("").PromptCacheIsolationKey(is_set));
    EXPECT_FALSE(DecisionOf("prompt_cache_isolation: PROMPT_CACHE_ISOLATION_OFF")
                     .PromptCacheIsolationKey(is_set));
  }
  const auto policy = Parse(
      "rules { name: \"r\" callers: \"*\" methods: \"*\" "
      "prompt_cache_isolation: PROMPT_CACHE_ISOLATION_CALLER }");
  const auto key = [&policy](const std::string& caller) {
    return policy->Decide(Named(caller), Inference("A/B")).PromptCacheIsolationKey(true).value();
  };
  EXPECT_EQ(key("alice"), key("alice"));
  EXPECT_NE(key("alice"), key("bob"));
  EXPECT_EQ(key("alice").size(), 39u);
  EXPECT_EQ(key("alice").find("alice"), std::string::npos);
}

TEST(DecisionTest, TheRequestsOwnValuesAreKeptOrOverridden) {
  const Decision both = DecisionOf(
      "prompt_cache_isolation: PROMPT_CACHE_ISOLATION_CALLER_UNLESS_SET "
      "session_affinity: SESSION_AFFINITY_CALLER_UNLESS_SET");
  EXPECT_FALSE(both.PromptCacheIsolationKey(true));
  EXPECT_FALSE(both.SessionAffinity(true));
  // What sessions are told apart by gives no key away.
  EXPECT_NE(both.PromptCacheIsolationKey(false).value(), both.SessionAffinity(false).value());

  const Decision callers = DecisionOf("session_affinity: SESSION_AFFINITY_CALLER");
  EXPECT_EQ(callers.SessionAffinity(true), both.SessionAffinity(false));
  EXPECT_EQ(callers.SessionAffinity(false), both.SessionAffinity(false));
  EXPECT_FALSE(DecisionOf("session_affinity: SESSION_AFFINITY_OFF").SessionAffinity(false));
}

TEST(DecisionTest, SecretsAreForRulesThatSpeakOfThem) {
  EXPECT_TRUE(DecisionOf("").delivers_secrets());
  EXPECT_FALSE(DecisionOf("method_classes: METHOD_CLASS_INFERENCE").delivers_secrets());
  EXPECT_TRUE(DecisionOf("method_classes: METHOD_CLASS_INFERENCE "
                         "method_classes: METHOD_CLASS_SECRET")
                  .delivers_secrets());
}

TEST(DecisionTest, MediaAreFetchedAsTheRuleSays) {
  const std::string body = R"({"messages":[{"content":[{"image_url":{"url":"http://x/"}}]}]})";
  EXPECT_TRUE(DecisionOf("").CheckMedia(body).ok());
  EXPECT_TRUE(DecisionOf("media_urls: MEDIA_URLS_ALLOW").CheckMedia(body).ok());
  EXPECT_EQ(DecisionOf("media_urls: MEDIA_URLS_HTTPS_ONLY").CheckMedia(body),
            absl::PermissionDeniedError("rule `r` of the policy allows `https:` and `data:` URLs "
                                        "only, not what messages[0].content[0].image_url.url "
                                        "names"));
  EXPECT_EQ(DecisionOf("media_urls: MEDIA_URLS_DATA_ONLY").CheckMedia("{").code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(DecisionTest, KeepsItsPolicyAlive) {
  Decision decision = DecisionOf("upstream_key: \"batch\"");
  EXPECT_EQ(decision.rule()->upstream_key, "batch");
  EXPECT_THAT(Explain(decision), HasSubstr("batch"));
}

TEST(ExplainTest, SaysWhoWhichRuleAndWhy) {
  const auto policy = Parse(R"(
    rules { name: "others" callers: "x" callers: "y" methods: "*" }
    rules { name: "methods" callers: "*" methods: "a.B/*" }
    rules { name: "writes" callers: "*" method_classes: METHOD_CLASS_WRITE }
    rules { name: "yes" callers: "a" methods: "*Chat*" models: "m*" max_tokens: 9
            quota { requests_per_minute: 5 } model_aliases { key: "k" value: "v" } }
  )");
  const MethodTraits chat = Inference("ChatCompletionService/CreateChatCompletion");
  const std::string before = absl::StrCat(
      "method: ", kChat, " (INFERENCE)\n",
      "rule `others` is about other callers: x, y\n"
      "rule `methods` is about other methods: a.B/*\n"
      "rule `writes` is about other classes: WRITE\n");
  EXPECT_EQ(Explain(policy->Decide(Named("a"), chat)),
            absl::StrCat("caller: a\n", before,
                         "allowed by rule `yes`\n  models: m*\n  max_tokens: 9\n"
                         "  requests per minute: 5\n  model aliases: k = v\n"));
  EXPECT_EQ(Explain(policy->Decide(Named("b"), chat)),
            absl::StrCat("caller: b\n", before, "rule `yes` is about other callers: a\n",
                         "denied: no rule is about this caller and method\n"));
  EXPECT_THAT(Explain(Parse("rules { name: \"no\" callers: \"*\" methods: \"*\" deny: true }")
                          ->Decide(Named("a"), chat)),
              HasSubstr("denied by rule `no`\n"));
}

TEST(ExplainTest, SaysWhatBecomesOfRequests) {
  EXPECT_THAT(Explain(DecisionOf("upstream_key_from_caller: CALLER_KEY_REQUIRED "
                                 "media_urls: MEDIA_URLS_DATA_ONLY "
                                 "prompt_cache_isolation: PROMPT_CACHE_ISOLATION_CALLER "
                                 "session_affinity: SESSION_AFFINITY_CALLER_UNLESS_SET")),
              HasSubstr("  the caller's own upstream key: required\n"
                        "  media URLs: data:\n"
                        "  prompt cache: the caller's own\n"
                        "  session affinity: the caller's own, unless the request has one\n"));
}

TEST(PolicyFileTest, ABrokenFileLeavesTheLastGoodPolicy) {
  TestFolder folder;
  const std::string path =
      folder.Replace("policy", "rules { name: \"r\" callers: \"a\" methods: \"*\" }");
  const auto file = MakePolicyFile(path, {kChat});
  ASSERT_TRUE(file->Refresh().ok());
  const MethodTraits chat = Inference("ChatCompletionService/CreateChatCompletion");
  const auto allows = [&](const char* caller) {
    return file->Current()->Decide(Named(caller), chat).allowed();
  };
  for (const char* broken : {"rules {", "", "rules { nam: \"r\" }",
                             "rules { name: \"r\" callers: \"*\" methods: \"*/Nope\" }"}) {
    folder.Replace("policy", broken);
    EXPECT_THAT(file->Refresh().message(), HasSubstr(path)) << broken;
    EXPECT_TRUE(allows("a"));
    EXPECT_FALSE(allows("b"));
  }
  folder.Replace("policy", "rules { name: \"r\" callers: \"b\" methods: \"*\" }");
  ASSERT_TRUE(file->Refresh().ok());
  EXPECT_FALSE(allows("a"));
  EXPECT_TRUE(allows("b"));
}

TEST(PolicyFileTest, CallsAreDecidedWhileItChanges) {
  TestFolder folder;
  const auto write = [&folder](int version) {
    return folder.Replace("policy", absl::StrCat("rules { name: \"v", version,
                                                 "\" callers: \"*\" methods: \"*\" }"));
  };
  const auto file = MakePolicyFile(write(0), {});
  ASSERT_TRUE(file->Refresh().ok());
  const MethodTraits chat = Inference("ChatCompletionService/CreateChatCompletion");
  std::atomic<bool> done{false};
  std::thread caller([&] {
    while (!done) {
      const Decision decision = file->Current()->Decide(Named("a"), chat);
      EXPECT_TRUE(decision.allowed());
      EXPECT_EQ(decision.rule()->name[0], 'v');
    }
  });
  for (int i = 1; i <= 50; ++i) {
    write(i);
    EXPECT_TRUE(file->Refresh().ok());
  }
  done = true;
  caller.join();
}

}  // namespace
}  // namespace fireworks::access
