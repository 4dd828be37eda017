// What policies make of requests and answers: keys that callers bring, what may be
// fetched, caches and replicas, secrets.
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "fireworks/gateway/v1/deployment_service.grpc.pb.h"
#include "fireworks/inference/v1/message_service.grpc.pb.h"
#include "fireworks/inference/v1/response_service.grpc.pb.h"
#include "fireworks/service/v1/explain.grpc.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/e2e/access_fixture.h"
#include "tests/e2e/error_details.h"
#include "tests/e2e/requests.h"
#include "tests/e2e/scripted_upstream.h"

namespace fireworks::e2e {
namespace {

namespace gateway = fireworks::gateway::v1;
namespace inference = fireworks::inference::v1;
using fireworks::service::v1::ExplainRequest;
using fireworks::service::v1::ExplainResponse;
using fireworks::service::v1::ExplainService;
using grpc::StatusCode;
using Json = nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr char kOwnKey[] = "fw_callers-own-canary";

// A rule for everything, with these terms.
std::string Rule(const std::string& terms) {
  return absl::StrCat("rules { name: 'all' callers: '*' methods: '*' ", terms, " }");
}

class PolicyTest : public AccessTest {
 protected:
  // What the upstream got of a chat with this metadata, and the call's end.
  struct Sent {
    grpc::Status status;
    bool arrived = false;
    simulator::Headers headers;
    Json body;
  };
  using Metadata = std::vector<std::pair<std::string, std::string>>;

  Sent SendChat(const Metadata& metadata, const ChatRequest& request = MakeChatRequest("x")) {
    CallContext context;
    for (const auto& [key, value] : metadata) context.AddMetadata(key, value);
    Sent sent;
    sent.status = Chat(&context, request).status;
    const auto seen = simulator().Find(context.request_id());
    sent.arrived = seen.ok();
    if (!sent.arrived) return sent;
    sent.headers = seen->headers;
    sent.body = Json::parse(seen->body);
    return sent;
  }

  static std::string Header(const Sent& sent, absl::string_view name) {
    return std::string(simulator::FindHeader(sent.headers, name));
  }
};

// ---------------------------------------------------------------- keys of callers

TEST_F(PolicyTest, ACallersOwnKeyIsUsedWhereTheRuleTakesIt) {
  for (const char* taken : {"CALLER_KEY_OPTIONAL", "CALLER_KEY_REQUIRED"}) {
    // The simulator keeps no keys.
    ScriptedUpstream upstream(
        EventStream({ContentChunk("hi"), FinishChunk("stop"), "[DONE]"}));
    Serve("", Rule(absl::StrCat("upstream_key_from_caller: ", taken)),
          [&](server::Options* options) { options->upstream.base_url = upstream.base_url(); });
    const Sent sent = SendChat({{"x-fireworks-api-key", kOwnKey}});
    EXPECT_TRUE(sent.status.ok()) << sent.status.error_message();
    const std::vector<simulator::HttpRequest> requests = upstream.requests();
    ASSERT_EQ(requests.size(), 1u);
    int times = 0;
    for (const auto& [name, value] : requests[0].headers) {
      if (!absl::StrContains(value, kOwnKey)) continue;
      EXPECT_EQ(absl::AsciiStrToLower(name), "authorization");
      EXPECT_EQ(value, absl::StrCat("Bearer ", kOwnKey));
      ++times;
    }
    EXPECT_EQ(times, 1);
    StopService();
  }
}

// Requests of both share connections: the key is the request's.
TEST_F(PolicyTest, KeysOfOneConnectionDoNotMix) {
  Serve("", Rule("upstream_key_from_caller: CALLER_KEY_OPTIONAL"));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(SendChat({{"x-fireworks-api-key", "bad-key"}}).status.error_code(),
              StatusCode::UNAUTHENTICATED);
    EXPECT_TRUE(SendChat({}).status.ok());
    EXPECT_TRUE(SendChat({{"x-fireworks-api-key", kOwnKey}}).status.ok());
  }
}

TEST_F(PolicyTest, ACallersOwnKeyIsRefusedWhereTheRuleTakesNone) {
  for (const char* terms : {"", "upstream_key_from_caller: CALLER_KEY_NEVER"}) {
    Serve("", Rule(terms));
    const Sent sent = SendChat({{"x-fireworks-api-key", kOwnKey}});
    EXPECT_EQ(sent.status.error_code(), StatusCode::PERMISSION_DENIED);
    EXPECT_FALSE(sent.arrived);
    EXPECT_THAT(sent.status.error_message(), Not(HasSubstr(kOwnKey)));
  }
}

TEST_F(PolicyTest, WithoutTheKeyThatTheRuleWantsNothingIsSent) {
  Serve("", Rule("upstream_key_from_caller: CALLER_KEY_REQUIRED"));
  const Sent sent = SendChat({});
  EXPECT_EQ(sent.status.error_code(), StatusCode::UNAUTHENTICATED);
  EXPECT_FALSE(sent.arrived);
}

TEST_F(PolicyTest, WhatCanBeNoKeyIsRefusedInWordsWithoutIt) {
  Serve("", Rule("upstream_key_from_caller: CALLER_KEY_OPTIONAL"));
  for (const PolicyTest::Metadata& metadata : std::vector<PolicyTest::Metadata>{
           {{"x-fireworks-api-key", "two words"}},
           {{"x-fireworks-api-key", ""}},
           {{"x-fireworks-api-key", std::string(5000, 'k')}},
           {{"x-fireworks-api-key", kOwnKey}, {"x-fireworks-api-key", "another"}}}) {
    const Sent sent = SendChat(metadata);
    EXPECT_EQ(sent.status.error_code(), StatusCode::INVALID_ARGUMENT);
    EXPECT_FALSE(sent.arrived);
    EXPECT_THAT(sent.status.error_message(), Not(HasSubstr("words")));
    EXPECT_THAT(sent.status.error_message(), Not(HasSubstr(kOwnKey)));
  }
}

TEST_F(PolicyTest, ACallersOwnKeyIsNotTakenWhereOthersCanReadIt) {
  Serve("sources { anonymous {} }", Rule("upstream_key_from_caller: CALLER_KEY_OPTIONAL"),
        [](server::Options* options) {
          options->listen = "0.0.0.0:0";
          options->allow_plaintext = true;
        });
  const Sent sent = SendChat({{"x-fireworks-api-key", kOwnKey}});
  EXPECT_EQ(sent.status.error_code(), StatusCode::FAILED_PRECONDITION);
  EXPECT_FALSE(sent.arrived);
  EXPECT_TRUE(SendChat({}).status.ok());
}

TEST_F(PolicyTest, ABadKeyOfTheCallersIsNoAlertAboutOurs) {
  const std::string path = absl::StrCat(testing::TempDir(), "/good-key");
  std::ofstream(path) << "good-key";
  Serve("", Rule("upstream_key_from_caller: CALLER_KEY_OPTIONAL"), [&](server::Options* options) {
    options->keys.labels = {{"main", {path}}};
    options->keys.default_label = "main";
  });
  const Sent sent = SendChat({{"x-fireworks-api-key", "bad-key"}});
  EXPECT_EQ(sent.status.error_code(), StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(ReasonOf(sent.status), "UPSTREAM_ERROR");
  EXPECT_THAT(sent.status.error_message(), HasSubstr("the caller's own key"));
  EXPECT_EQ(Metric("fireworks_upstream_key_events_total"), 0);
  EXPECT_TRUE(SendChat({}).status.ok());
}

// ---------------------------------------------------------------- media

ChatRequest ChatWithImage(const std::string& url) {
  ChatRequest request = MakeChatRequest("x");
  auto* part = request.mutable_messages(0)->mutable_content()->mutable_parts()->add_values();
  part->set_type("image_url");
  part->mutable_image_url()->set_url(url);
  return request;
}

TEST_F(PolicyTest, MediaAreFetchedAsTheRuleSays) {
  struct Case {
    const char* url;
    bool https_only;
    bool data_only;
  };
  const Case table[] = {{"data:image/png;base64,AAAA", true, true},
                        {"https://x.example/a.png", true, false},
                        {"HTTPS://x.example/a.png", true, false},
                        {"http://x.example/a.png", false, false},
                        {" http://x.example/a.png", false, false},
                        {"//x.example/a.png", false, false},
                        {"file:///etc/passwd", false, false}};
  for (const char* terms : {"", "media_urls: MEDIA_URLS_ALLOW", "media_urls: MEDIA_URLS_HTTPS_ONLY",
                            "media_urls: MEDIA_URLS_DATA_ONLY"}) {
    Serve("", Rule(terms));
    for (const Case& each : table) {
      const bool allowed = absl::StrContains(terms, "HTTPS")  ? each.https_only
                           : absl::StrContains(terms, "DATA") ? each.data_only
                                                              : true;
      // Whether the upstream can do something with it is another matter.
      const Sent sent = SendChat({}, ChatWithImage(each.url));
      EXPECT_EQ(sent.arrived, allowed) << terms << " " << each.url;
      if (allowed) continue;
      EXPECT_EQ(sent.status.error_code(), StatusCode::PERMISSION_DENIED);
      EXPECT_THAT(sent.status.error_message(),
                  HasSubstr("messages[0].content[0].image_url.url"));
    }
  }
}

// However the request carries it: typed, as raw JSON, as an unknown key.
TEST_F(PolicyTest, NoFormOfARequestGetsAroundTheRule) {
  Serve("", Rule("media_urls: MEDIA_URLS_HTTPS_ONLY"));
  const auto channel = NewChannel();
  const auto responses = inference::ResponseService::NewStub(channel);
  const auto messages = inference::MessageService::NewStub(channel);

  inference::CreateResponse items = MakeResponseRequest("");
  items.mutable_input()->mutable_items()->add_values(
      R"({"role":"user","content":[{"type":"input_image","image_\u0075rl":"\u0068ttp://x/"}]})");
  inference::CreateResponse unknown = MakeResponseRequest("x");
  (*unknown.mutable_extra_json())["attachments"] = R"([{"file_url":"http://x/"}])";
  for (const auto& request : {items, unknown}) {
    CallContext context;
    inference::Response response;
    EXPECT_EQ(responses->CreateResponse(&context, request, &response).error_code(),
              StatusCode::PERMISSION_DENIED);
    EXPECT_FALSE(simulator().Find(context.request_id()).ok());
  }

  inference::AnthropicCreateMessageParams message = MakeMessageRequest("x");
  (*message.mutable_messages(0)->mutable_extra_json())["images"] = R"(["http://x/"])";
  CallContext context;
  inference::AnthropicMessage answer;
  EXPECT_EQ(messages->CreateMessage(&context, message, &answer).error_code(),
            StatusCode::PERMISSION_DENIED);

  ChatRequest images = MakeChatRequest("x");
  (*images.mutable_messages(0)->mutable_extra_json())["parts"] =
      R"([{"image_url":{"url":"https://x/","url":"http://x/"}}])";
  EXPECT_EQ(SendChat({}, images).status.error_code(), StatusCode::PERMISSION_DENIED);
}

TEST_F(PolicyTest, ToolsMaySpeakOfUrls) {
  Serve("", Rule("media_urls: MEDIA_URLS_DATA_ONLY"));
  ChatRequest request = MakeChatRequest("read http://x.example please");
  auto* tool = request.add_tools();
  tool->set_type("function");
  tool->mutable_function()->set_name("fetch");
  tool->mutable_function()->set_description("reads http://…");
  tool->mutable_function()->set_parameters(
      R"({"type":"object","properties":{"url":{"type":"string","default":"http://x"}}})");
  const Sent sent = SendChat({}, request);
  EXPECT_TRUE(sent.status.ok()) << sent.status.error_message();
}

// ---------------------------------------------------------------- caches and replicas

TEST_F(PolicyTest, TheCallersOwnValuesAreKeptOrOverriddenAsTheRuleSays) {
  struct Case {
    const char* terms;
    // With values of the request's own, and without: kept, made of the name, none.
    const char* with;
    const char* without;
  };
  const Case table[] = {
      {"", "kept", "none"},
      {"prompt_cache_isolation: PROMPT_CACHE_ISOLATION_OFF session_affinity: SESSION_AFFINITY_OFF",
       "kept", "none"},
      {"prompt_cache_isolation: PROMPT_CACHE_ISOLATION_CALLER "
       "session_affinity: SESSION_AFFINITY_CALLER",
       "made", "made"},
      {"prompt_cache_isolation: PROMPT_CACHE_ISOLATION_CALLER_UNLESS_SET "
       "session_affinity: SESSION_AFFINITY_CALLER_UNLESS_SET",
       "kept", "made"}};
  const auto kind = [](const std::string& value) {
    return value.empty() ? "none" : value == "own" ? "kept"
                        : absl::StartsWith(value, "caller-") ? "made" : "strange";
  };
  for (const Case& each : table) {
    Serve("", Rule(each.terms));
    const Sent with = SendChat({{"x-session-affinity", "own"},
                                {"x-prompt-cache-isolation-key", "own"}});
    const Sent without = SendChat({});
    for (const char* header : {"x-session-affinity", "x-prompt-cache-isolation-key"}) {
      EXPECT_STREQ(kind(Header(with, header)), each.with) << each.terms << header;
      EXPECT_STREQ(kind(Header(without, header)), each.without) << each.terms << header;
    }
    // As a field the key counts like the header.
    ChatRequest request = MakeChatRequest("x");
    request.set_prompt_cache_isolation_key("own");
    const Sent field = SendChat({}, request);
    EXPECT_STREQ(kind(field.body.value("prompt_cache_isolation_key", "")), each.with);
  }
}

// Where the contract has no field for it, the key might come as one it does not know.
TEST_F(PolicyTest, AnUnknownFieldIsNoWayIntoAnothersCache) {
  Serve("", Rule("prompt_cache_isolation: PROMPT_CACHE_ISOLATION_CALLER"));
  const auto messages = inference::MessageService::NewStub(NewChannel());
  inference::AnthropicCreateMessageParams request = MakeMessageRequest("x");
  request.set_max_tokens(5);
  (*request.mutable_extra_json())["prompt_cache_isolation_key"] = "\"somebody-else\"";
  CallContext context;
  inference::AnthropicMessage answer;
  messages->CreateMessage(&context, request, &answer);
  const auto seen = simulator().Find(context.request_id());
  ASSERT_TRUE(seen.ok());
  EXPECT_THAT(seen->body, Not(HasSubstr("somebody-else")));
  EXPECT_THAT(std::string(simulator::FindHeader(seen->headers, "x-prompt-cache-isolation-key")),
              StartsWith("caller-"));
}

// ---------------------------------------------------------------- secrets

class SecretsTest : public AccessTest {
 protected:
  // A deployment whose secrets come as the contract has them, and as it has not.
  gateway::Deployment GetDeployment(const std::string& policy, const char* keys) {
    ScriptedUpstream upstream(simulator::JsonResponse(
        200, absl::StrCat(R"({"name":"accounts/a/deployments/d","displayName":"d",)",
                          R"("directRouteApiKeys":)", keys, "}")));
    Serve("", policy,
          [&](server::Options* options) { options->upstream.base_url = upstream.base_url(); });
    gateway::GetDeploymentRequest request;
    request.set_name("accounts/a/deployments/d");
    gateway::Deployment deployment;
    CallContext context;
    const grpc::Status status = gateway::DeploymentService::NewStub(NewChannel())
                                    ->GetDeployment(&context, request, &deployment);
    EXPECT_TRUE(status.ok()) << status.error_message();
    StopService();
    return deployment;
  }
};

TEST_F(SecretsTest, AnswersBringSecretsOnlyWhereARuleSpeaksOfThem) {
  const std::string reads = "rules { name: 'r' callers: '*' method_classes: METHOD_CLASS_READ }";
  for (const char* keys : {R"(["hunter2"])", R"("hunter2")", R"({"key":"hunter2"})",
                           R"(["hunter2",null])"}) {
    const gateway::Deployment withheld = GetDeployment(reads, keys);
    EXPECT_EQ(withheld.display_name(), "d");
    EXPECT_THAT(withheld.DebugString(), Not(HasSubstr("hunter2"))) << keys;
    EXPECT_THAT(GetDeployment(Rule(""), keys).DebugString(), HasSubstr("hunter2")) << keys;
  }
}

TEST_F(SecretsTest, WhatDoesNotFitAroundThemBringsThemNeither) {
  ScriptedUpstream upstream(simulator::JsonResponse(
      200, R"({"deployments":[{"name":"d","directRouteApiKeys":["hunter2"]},null]})"));
  Serve("", "rules { name: 'r' callers: '*' method_classes: METHOD_CLASS_READ }",
        [&](server::Options* options) { options->upstream.base_url = upstream.base_url(); });
  gateway::ListDeploymentsRequest request;
  request.set_parent("accounts/a");
  gateway::ListDeploymentsResponse response;
  CallContext context;
  const grpc::Status status = gateway::DeploymentService::NewStub(NewChannel())
                                  ->ListDeployments(&context, request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_THAT(response.DebugString(), Not(HasSubstr("hunter2")));
}

// ---------------------------------------------------------------- limits by other names

TEST_F(PolicyTest, WhatTheRuleLimitsHasNoOtherName) {
  Serve("", Rule("max_tokens: 10 models: 'accounts/fireworks/models/*'"));
  for (const char* key : {"max_output_tokens", "Max_Tokens", "maxNewTokens", "MODEL"}) {
    ChatRequest request = MakeChatRequest("x");
    (*request.mutable_extra_json())[key] = "99";
    CallContext context;
    ChatResponse response;
    const grpc::Status status = chat().CreateChatCompletion(&context, request, &response);
    EXPECT_EQ(status.error_code(), StatusCode::PERMISSION_DENIED) << key;
    EXPECT_THAT(status.error_message(), HasSubstr(key));
  }
}

// ---------------------------------------------------------------- Explain

TEST_F(PolicyTest, ExplainShowsWhatThePolicyChanges) {
  Serve(Tokens(), R"(
    rules { name: "explain" callers: "*" method_classes: METHOD_CLASS_LOCAL }
    rules { name: "chat" callers: "token:chat" methods: "fireworks.inference.v1.*"
            method_classes: METHOD_CLASS_INFERENCE
            model_aliases { key: "mine" value: "accounts/fireworks/models/chat-small" }
            max_tokens: 16 media_urls: MEDIA_URLS_DATA_ONLY
            prompt_cache_isolation: PROMPT_CACHE_ISOLATION_CALLER
            session_affinity: SESSION_AFFINITY_CALLER
            upstream_key_from_caller: CALLER_KEY_OPTIONAL })");
  const auto explain = ExplainService::NewStub(NewChannel());
  const auto ask = [&](const std::string& token, const ChatRequest& request,
                       ExplainResponse* response) {
    ExplainRequest asked;
    asked.set_method("fireworks.inference.v1.ChatCompletionService/CreateChatCompletion");
    asked.mutable_request()->PackFrom(request);
    CallContext context;
    Authorize(token, &context);
    context.AddMetadata("x-fireworks-api-key", kOwnKey);
    return explain->Explain(&context, asked, response);
  };
  ExplainResponse response;
  const grpc::Status status = ask("chat-token", MakeChatRequest("x", "mine"), &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.model(), "accounts/fireworks/models/chat-small");
  EXPECT_EQ(Json::parse(response.body())["max_tokens"], 16);
  EXPECT_EQ(Json::parse(response.body())["prompt_cache_isolation_key"], "[redacted]");
  EXPECT_THAT(response.DebugString(), Not(HasSubstr("caller-")));
  EXPECT_THAT(response.DebugString(), Not(HasSubstr(kOwnKey)));
  EXPECT_THAT(response.DebugString(), Not(HasSubstr("chat-token")));
  const auto& policy = response.policy();
  EXPECT_EQ(policy.caller(), "token:chat");
  EXPECT_EQ(policy.rule(), "chat");
  EXPECT_EQ(policy.model_alias(), "mine");
  EXPECT_EQ(policy.max_tokens(), 16);
  EXPECT_TRUE(policy.prompt_cache_isolated());
  EXPECT_TRUE(policy.session_affinity_set());
  EXPECT_TRUE(policy.uses_callers_key());
  EXPECT_TRUE(policy.withholds_secrets());

  // As the call itself would end.
  EXPECT_EQ(ask("ops-token", MakeChatRequest("x"), &response).error_code(),
            StatusCode::PERMISSION_DENIED);
  ChatRequest greedy = MakeChatRequest("x");
  greedy.set_max_tokens(17);
  EXPECT_EQ(ask("chat-token", greedy, &response).error_code(), StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(ask("chat-token", ChatWithImage("https://x/"), &response).error_code(),
            StatusCode::PERMISSION_DENIED);
  EXPECT_TRUE(simulator().Requests().empty());
}

}  // namespace
}  // namespace fireworks::e2e
