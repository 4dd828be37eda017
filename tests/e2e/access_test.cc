// Who gets in, what they may do, and how much: access/ as callers meet it.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "fireworks/gateway/v1/secret_service.grpc.pb.h"
#include "gmock/gmock.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/e2e/access_fixture.h"
#include "tests/e2e/error_details.h"
#include "tests/e2e/scripted_upstream.h"
#include "tests/simulator/test_authority.h"

namespace fireworks::e2e {
namespace {

namespace gateway = fireworks::gateway::v1;
using grpc::StatusCode;
using Json = nlohmann::json;
using testing::HasSubstr;
using testing::Not;

TEST_F(AccessTest, OnlyKnownTokensGetIn) {
  Serve(Tokens(), "");
  EXPECT_TRUE(ChatAs("chat-token", MakeChatRequest("hello")).ok());
  for (const char* token : {"", "wrong", "chat-token2"}) {
    const grpc::Status status = ChatAs(token, MakeChatRequest("hello"));
    EXPECT_EQ(status.error_code(), StatusCode::UNAUTHENTICATED) << token;
    EXPECT_EQ(ReasonOf(status), "UNAUTHENTICATED") << token;
  }
  EXPECT_EQ(simulator().Requests().size(), 1u);
}

// The caller's token is for us, and never for the upstream.
TEST_F(AccessTest, UpstreamSeesTheServicesKeyOnly) {
  Serve(Tokens(), "");
  CallContext context;
  context.AddMetadata("authorization", "Bearer chat-token");
  EXPECT_TRUE(Chat(&context, MakeChatRequest("hello")).status.ok());
  const auto seen = simulator().Find(context.request_id());
  ASSERT_TRUE(seen.ok());
  for (const auto& header : seen->headers) EXPECT_THAT(header.second, Not(HasSubstr("chat-token")));
}

TEST_F(AccessTest, TheDefaultAllowsInferenceAndReadsWithoutSecrets) {
  StartService([](server::Options* options) { options->access = server::AccessOptions(); });
  EXPECT_TRUE(ChatAs("", MakeChatRequest("hello")).ok());

  CallContext listed;
  gateway::ListModelsRequest list;
  list.set_parent("accounts/fireworks");
  gateway::ListModelsResponse page;
  EXPECT_TRUE(models().ListModels(&listed, list, &page).ok());

  CallContext removed;
  gateway::DeleteModelRequest remove;
  remove.set_name("accounts/fireworks/models/chat-large");
  gateway::DeleteModelResponse nothing;
  const grpc::Status write = models().DeleteModel(&removed, remove, &nothing);
  EXPECT_EQ(write.error_code(), StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(ReasonOf(write), "PERMISSION_DENIED");
  EXPECT_FALSE(simulator().Find(removed.request_id()).ok());

  CallContext peeked;
  gateway::GetSecretRequest peek;
  peek.set_name("accounts/test-account/secrets/token");
  gateway::Secret secret;
  const grpc::Status read =
      gateway::SecretService::NewStub(NewChannel())->GetSecret(&peeked, peek, &secret);
  EXPECT_EQ(read.error_code(), StatusCode::PERMISSION_DENIED);
}

constexpr char kModels[] = R"(
  rules {
    name: "chat"
    callers: "token:chat"
    methods: "fireworks.inference.v1.*"
    models: "accounts/fireworks/models/*"
    model_aliases { key: "mine" value: "accounts/fireworks/models/chat-small" }
    max_tokens: 16
  })";

TEST_F(AccessTest, ModelsAreCheckedAfterTheirAliases) {
  Serve(Tokens(), kModels, [](server::Options* options) {
    options->names.model_aliases.emplace("other", "accounts/test-account/models/tuned-chat");
  });
  EXPECT_TRUE(ChatAs("chat-token", MakeChatRequest("x")).ok());
  EXPECT_TRUE(ChatAs("chat-token", MakeChatRequest("x", "mine")).ok());
  for (const char* model : {"other", "accounts/test-account/models/tuned-chat"}) {
    EXPECT_EQ(ChatAs("chat-token", MakeChatRequest("x", model)).error_code(),
              StatusCode::PERMISSION_DENIED)
        << model;
  }
  EXPECT_EQ(ChatAs("ops-token", MakeChatRequest("x")).error_code(), StatusCode::PERMISSION_DENIED);
}

TEST_F(AccessTest, TokensToGenerateAreLimited) {
  Serve(Tokens(), kModels);
  CallContext context;
  context.AddMetadata("authorization", "Bearer chat-token");
  EXPECT_TRUE(Chat(&context, MakeChatRequest("x")).status.ok());
  EXPECT_EQ(Json::parse(simulator().Find(context.request_id())->body)["max_tokens"], 16);

  ChatRequest greedy = MakeChatRequest("x");
  greedy.set_max_completion_tokens(17);
  EXPECT_EQ(ChatAs("chat-token", greedy).error_code(), StatusCode::PERMISSION_DENIED);
  greedy.set_max_completion_tokens(16);
  EXPECT_TRUE(ChatAs("chat-token", greedy).ok());
}

TEST_F(AccessTest, PromptCachesAreKeptApart) {
  Serve(Tokens(), R"(rules { name: "all" callers: "*" methods: "*"
                             prompt_cache_isolation: PROMPT_CACHE_ISOLATION_CALLER })");
  const auto key_of = [this](const std::string& token) {
    CallContext context;
    context.AddMetadata("authorization", "Bearer " + token);
    context.AddMetadata("x-prompt-cache-isolation-key", "somebody-else");
    ChatRequest request = MakeChatRequest("x");
    request.set_prompt_cache_isolation_key("somebody-else");
    EXPECT_TRUE(Chat(&context, request).status.ok());
    const auto seen = simulator().Find(context.request_id());
    const std::string key = Json::parse(seen->body)["prompt_cache_isolation_key"];
    EXPECT_EQ(simulator::FindHeader(seen->headers, "x-prompt-cache-isolation-key"), key);
    return key;
  };
  const std::string chat_key = key_of("chat-token");
  EXPECT_EQ(key_of("chat-token"), chat_key);
  EXPECT_NE(key_of("ops-token"), chat_key);
  EXPECT_NE(chat_key, "somebody-else");
}

TEST_F(AccessTest, CallsBeyondTheQuotaAreToldWhenToComeBack) {
  Serve(Tokens(), R"(rules { name: "few" callers: "*" methods: "*"
                             quota { requests_per_minute: 2 } })");
  EXPECT_TRUE(ChatAs("chat-token", MakeChatRequest("x")).ok());
  EXPECT_TRUE(ChatAs("chat-token", MakeChatRequest("x")).ok());
  const grpc::Status status = ChatAs("chat-token", MakeChatRequest("x"));
  EXPECT_EQ(status.error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonOf(status), "QUOTA_EXCEEDED");
  EXPECT_TRUE(DetailsOf(status).retry.has_value());
  // Another caller has its own.
  EXPECT_TRUE(ChatAs("ops-token", MakeChatRequest("x")).ok());
}

TEST_F(AccessTest, TokensAreChargedWhenTheyAreKnown) {
  Serve(Tokens(), R"(rules { name: "few" callers: "*" methods: "*"
                             quota { tokens_per_minute: 5 } })");
  EXPECT_TRUE(ChatAs("chat-token", MakeChatRequest("a few words, and an answer of many")).ok());
  EXPECT_TRUE(Eventually([this] {
    return ReasonOf(ChatAs("chat-token", MakeChatRequest("x"))) == "QUOTA_EXCEEDED";
  }));
}

TEST_F(AccessTest, AStreamWithoutAReportIsChargedByItsEvents) {
  Serve(Tokens(), R"(rules { name: "few" callers: "*" methods: "*"
                             quota { tokens_per_minute: 5 } })");
  CallContext context("usage=none;events=20");
  context.AddMetadata("authorization", "Bearer chat-token");
  EXPECT_TRUE(
      ReadAll(chat().StreamChatCompletion(&context, MakeChatRequest("x")).get()).status.ok());
  EXPECT_TRUE(Eventually([this] {
    return ReasonOf(ChatAs("chat-token", MakeChatRequest("x"))) == "QUOTA_EXCEEDED";
  }));
}

TEST_F(AccessTest, AStreamGivesItsPlaceBack) {
  Serve(Tokens(), R"(rules { name: "one" callers: "*" methods: "*"
                             quota { concurrent_streams: 1 } })");
  {
    CallContext context("hang_after=1");
    context.AddMetadata("authorization", "Bearer chat-token");
    const auto reader = chat().StreamChatCompletion(&context, MakeChatRequest("hello"));
    ChatChunk chunk;
    ASSERT_TRUE(reader->Read(&chunk));
    EXPECT_EQ(ReasonOf(ChatAs("chat-token", MakeChatRequest("x"))), "QUOTA_EXCEEDED");
    context.TryCancel();
    ReadAll(reader.get());
  }
  EXPECT_TRUE(Eventually([this] { return ChatAs("chat-token", MakeChatRequest("x")).ok(); }));
}

TEST_F(AccessTest, ARuleChoosesItsUpstreamKey) {
  const std::string folder = absl::StrCat(testing::TempDir(), "/keys");
  std::filesystem::create_directories(folder);
  const auto write = [&](const std::string& name, const std::string& key) {
    std::ofstream(folder + "/" + name + ".new") << key;
    std::filesystem::rename(folder + "/" + name + ".new", folder + "/" + name);
  };
  write("main", "key-of-all");
  write("batch", "key-of-ops");
  // The simulator keeps no keys.
  ScriptedUpstream upstream(EventStream({ContentChunk("hi"), FinishChunk("stop"), "[DONE]"}));
  Serve(Tokens(), R"(rules { name: "ops" callers: "token:ops" methods: "*" upstream_key: "batch" }
                     rules { name: "lost" callers: "*" methods: "*CreateChatCompletion"
                             upstream_key: "absent" }
                     rules { name: "all" callers: "*" methods: "*" })",
        [&](server::Options* options) {
          options->upstream.base_url = upstream.base_url();
          options->keys.labels = {{"main", {folder + "/main"}}, {"batch", {folder + "/batch"}}};
          options->keys.default_label = "main";
        });
  const auto key_of = [&](const std::string& token) {
    EXPECT_TRUE(ChatAs(token, MakeChatRequest("x")).ok());
    const auto requests = upstream.requests();
    return std::string(simulator::FindHeader(requests.back().headers, "authorization"));
  };
  EXPECT_EQ(key_of("chat-token"), "Bearer key-of-all");
  EXPECT_EQ(key_of("ops-token"), "Bearer key-of-ops");

  CallContext context;
  context.AddMetadata("authorization", "Bearer chat-token");
  ChatResponse response;
  EXPECT_EQ(ReasonOf(chat().CreateChatCompletion(&context, MakeChatRequest("x"), &response)),
            "NOT_CONFIGURED");

  // A new key counts without a restart.
  write("main", "another-key");
  EXPECT_TRUE(Eventually([&] { return key_of("chat-token") == "Bearer another-key"; }));
  EXPECT_EQ(Metric("fireworks_upstream_key_events_total", {{"what", "replaced"}}), 1);
  StopService();
}

TEST_F(AccessTest, AKeyThatUpstreamRefusesIsToldOf) {
  const std::string path = absl::StrCat(testing::TempDir(), "/refused-key");
  std::ofstream(path) << "bad-key";
  StartService([&](server::Options* options) {
    options->keys.labels = {{"main", {path}}};
    options->keys.default_label = "main";
  });
  EXPECT_EQ(ReasonOf(ChatAs("", MakeChatRequest("x"))), "UPSTREAM_CREDENTIALS");
  EXPECT_EQ(Metric("fireworks_upstream_key_events_total", {{"what", "refused"}}), 1);
}

TEST_F(AccessTest, ACertificatesNameIsTheCallers) {
  const std::string folder = absl::StrCat(testing::TempDir(), "/access-tls");
  std::filesystem::create_directories(folder);
  const auto authority = simulator::TestAuthority::Create(folder);
  ASSERT_TRUE(authority.ok() && authority->Issue("server", "IP:127.0.0.1, DNS:localhost").ok() &&
              authority->Issue("chat", "URI:spiffe://test.example/sa/chat").ok() &&
              authority->Issue("other", "URI:spiffe://other.example/sa/chat").ok());
  Serve("sources { peer_certificate { spiffe_trust_domains: 'test.example' } }",
        R"(rules { name: "chat" callers: "spiffe://test.example/sa/chat" methods: "*" })",
        [&](server::Options* options) {
          options->tls.certificate_file = authority->certificate_path("server");
          options->tls.key_file = authority->key_path("server");
          options->tls.client_ca_file = authority->ca_path();
        });
  const auto read = [](const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return std::string{std::istreambuf_iterator<char>(file), {}};
  };
  const auto call = [&](const std::string& name) {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = read(authority->ca_path());
    options.pem_cert_chain = read(authority->certificate_path(name));
    options.pem_private_key = read(authority->key_path(name));
    CallContext context;
    return StreamChat(ChatService::NewStub(
                          grpc::CreateChannel(address(), grpc::SslCredentials(options)))
                          .get(),
                      &context, MakeChatRequest("hello"))
        .status;
  };
  const grpc::Status status = call("chat");
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(call("other").error_code(), StatusCode::UNAUTHENTICATED);
}

TEST_F(AccessTest, AChangedPolicyCountsWithinSeconds) {
  const std::string path = absl::StrCat(testing::TempDir(), "/policy");
  std::ofstream(path) << R"(rules { name: "all" callers: "*" methods: "*" })";
  StartService([&](server::Options* options) { options->access.policy_file = path; });
  EXPECT_TRUE(ChatAs("", MakeChatRequest("x")).ok());
  std::ofstream(path + ".new") << R"(rules { name: "none" callers: "*" methods: "*" deny: true })";
  std::filesystem::rename(path + ".new", path);
  EXPECT_TRUE(Eventually([this] {
    return ReasonOf(ChatAs("", MakeChatRequest("x"))) == "PERMISSION_DENIED";
  }));
  // One that makes no sense is told of, and changes nothing.
  std::ofstream(path + ".new") << "rulez {}";
  std::filesystem::rename(path + ".new", path);
  EXPECT_TRUE(Eventually([this] {
    return Metric("fireworks_reload_failures_total", {{"what", "policy"}}) == 1;
  }));
  EXPECT_EQ(ReasonOf(ChatAs("", MakeChatRequest("x"))), "PERMISSION_DENIED");
}

TEST_F(AccessTest, EveryoneIsServedBeyondLoopbackOnlyIfAskedFor) {
  server::Options options;
  options.listen = "0.0.0.0:0";
  options.allow_plaintext = true;
  options.upstream.base_url = simulator().base_url();
  const auto refused = server::Server::Build(options, upstream::Secret("key"));
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("configure `identity`"));
}

}  // namespace
}  // namespace fireworks::e2e
