// What the service logs, as a process: each call's line, levels that change while it
// runs, and content where a policy asks for it and nowhere else.
#include <csignal>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "fireworks/gateway/v1/secret_service.grpc.pb.h"
#include "gmock/gmock.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "service/access/sha256.h"
#include "tests/e2e/call_context.h"
#include "tests/e2e/chat.h"
#include "tests/e2e/program.h"
#include "tests/support/test_folder.h"

namespace fireworks::e2e {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

constexpr char kCanary[] = "content-canary-41d7";
constexpr char kToken[] = "log-test-token";
constexpr char kTraceparent[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

class LogTest : public testing::Test {
 protected:
  void SetUp() override {
    simulator_ = std::make_unique<Program>(
        std::vector<std::string>{"tests/simulator/fireworks_simulator", "--listen", "127.0.0.1:0"},
        std::vector<std::string>{});
    simulator_port_ = simulator_->AwaitPort();
    ASSERT_NE(simulator_port_, 0) << simulator_->Errors();
  }

  // A service with `config`, which can be changed, and a policy for callers with kToken
  // (`token:debug`) and others (`anonymous`).
  void StartService(const std::string& config, const std::string& policy_of_debug = "") {
    config_ = absl::StrCat(
        "policy_file: '",
        folder_.Replace("policy",
                        absl::StrCat("rules { name: 'debug' callers: 'token:debug' methods: '*' ",
                                     policy_of_debug,
                                     "}\nrules { name: 'all' callers: '*' methods: '*' }")),
        "'\nidentity { sources { static_tokens { tokens { name: 'debug' sha256: '",
        access::ToHex(access::Sha256(kToken)), "' } } } sources { anonymous {} } }\n");
    const std::string path = folder_.Replace("config", config_ + config);
    RunService({"--config=" + path});
  }

  void RunService(const std::vector<std::string>& flags) {
    std::vector<std::string> command{"service/fireworks_grpc", "--listen=127.0.0.1:0"};
    command.insert(command.end(), flags.begin(), flags.end());
    service_ = std::make_unique<Program>(
        command, std::vector<std::string>{
                     "FIREWORKS_API_KEY=fw_log-test",
                     absl::StrCat("FIREWORKS_BASE_URL=http://127.0.0.1:", simulator_port_)});
    const int port = service_->AwaitPort();
    ASSERT_NE(port, 0) << service_->Errors();
    channel_ = grpc::CreateChannel(absl::StrCat("127.0.0.1:", port),
                                   grpc::InsecureChannelCredentials());
    stub_ = ChatService::NewStub(channel_);
  }

  // Puts `config` into the file, has it read, and waits for a line with `awaited`.
  void ChangeConfig(const std::string& config, const std::string& awaited) {
    folder_.Replace("config", config_ + config);
    service_->Signal(SIGHUP);
    AwaitInLog(awaited);
  }

  void AwaitInLog(const std::string& awaited) {
    const absl::Time give_up = absl::Now() + absl::FromChrono(kPatience);
    while (!absl::StrContains(service_->Errors(), awaited)) {
      ASSERT_LT(absl::Now(), give_up) << awaited << " not in " << service_->Errors();
      absl::SleepFor(absl::Milliseconds(10));
    }
  }

  ChatStream Stream(CallContext* context, const std::string& text = "hello") {
    return StreamChat(stub_.get(), context, MakeChatRequest(text));
  }
  ChatStream StreamAsDebug(CallContext* context, const std::string& text) {
    context->AddMetadata("authorization", absl::StrCat("Bearer ", kToken));
    return Stream(context, text);
  }

  // Ends the service; its lines about `event`.
  std::vector<json> EndAndRead(const std::string& event) {
    stub_.reset();
    channel_.reset();
    service_->Signal(SIGTERM);
    EXPECT_EQ(service_->AwaitExit(), 0);
    std::vector<json> lines;
    for (absl::string_view text : absl::StrSplit(service_->Errors(), '\n', absl::SkipEmpty())) {
      json line = json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
      EXPECT_TRUE(line.is_object()) << text;
      if (line.is_object() && line["event"] == event) lines.push_back(std::move(line));
    }
    return lines;
  }

  testing_support::TestFolder folder_;
  std::unique_ptr<Program> simulator_;
  int simulator_port_ = 0;
  std::string config_;
  std::unique_ptr<Program> service_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<ChatService::Stub> stub_;
};

TEST_F(LogTest, ACallLeavesOneLineWithAllThatIsKnownOfIt) {
  StartService("");
  CallContext context;
  context.AddMetadata("traceparent", kTraceparent);
  const ChatRequest request = MakeChatRequest("say: five words are enough here");
  const ChatStream stream = StreamChat(stub_.get(), &context, request);
  ASSERT_TRUE(stream.status.ok()) << stream.status.error_message();
  const std::vector<json> lines = EndAndRead("call");
  ASSERT_EQ(lines.size(), 1u);
  const json& line = lines[0];
  EXPECT_EQ(line["level"], "INFO");
  EXPECT_EQ(line["method"], "fireworks.inference.v1.ChatCompletionService/StreamChatCompletion");
  EXPECT_EQ(line["status"], "OK");
  EXPECT_FALSE(line.contains("reason"));
  EXPECT_EQ(line["caller"], "anonymous");
  EXPECT_EQ(line["model"], kChatModel);
  EXPECT_EQ(line["attempts"], 1);
  EXPECT_EQ(line["http_status"], 200);
  EXPECT_EQ(line["request_id"], context.request_id());
  EXPECT_EQ(line["upstream_request_id"], context.Trailer("x-upstream-request-id"));
  EXPECT_EQ(line["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(line["events"], stream.chunks.size());
  EXPECT_EQ(std::to_string(line["prompt_tokens"].get<int>()),
            context.Trailer("x-usage-prompt-tokens"));
  EXPECT_EQ(std::to_string(line["completion_tokens"].get<int>()),
            context.Trailer("x-usage-completion-tokens"));
  EXPECT_GT(line["time_to_first_event_us"], 0);
  EXPECT_GE(line["duration_us"], line["time_to_first_event_us"]);
  std::size_t sent = 0;
  for (const ChatChunk& chunk : stream.chunks) sent += chunk.ByteSizeLong();
  EXPECT_EQ(line["received_bytes"], request.ByteSizeLong());
  EXPECT_EQ(line["sent_bytes"], sent);
  EXPECT_GT(line["upstream_sent_bytes"], 100);
  EXPECT_GT(line["upstream_received_bytes"], 100);
}

TEST_F(LogTest, AUnaryCallAndOneThatFailsCountTheirBytesToo) {
  StartService("");
  CallContext unary;
  ChatResponse response;
  ASSERT_TRUE(stub_->CreateChatCompletion(&unary, MakeChatRequest("hello"), &response).ok());
  CallContext failed("status=500");
  EXPECT_FALSE(Stream(&failed).status.ok());
  CallContext malformed;
  malformed.AddMetadata("traceparent", "00-00000000000000000000000000000000-00f067aa0ba902b7-01");
  EXPECT_TRUE(Stream(&malformed).status.ok());
  const std::vector<json> lines = EndAndRead("call");
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0]["sent_bytes"], response.ByteSizeLong());
  EXPECT_EQ(lines[1]["level"], "ERROR");
  EXPECT_EQ(lines[1]["reason"], "UPSTREAM_ERROR");
  EXPECT_EQ(lines[1]["sent_bytes"], 0);
  for (const json& line : lines) {
    EXPECT_GT(line["upstream_sent_bytes"], 100) << line;
    EXPECT_GT(line["upstream_received_bytes"], 20) << line;
    EXPECT_FALSE(line.contains("trace_id")) << line;
  }
}

TEST_F(LogTest, LevelsAndSamplingChangeWhileItRuns) {
  StartService("");
  CallContext before;
  Stream(&before);
  AwaitInLog(before.request_id());  // The caller may know earlier than the log.
  ChangeConfig("log { ok_calls_one_in: 10 }", "taken over: log");
  for (int i = 0; i < 20; ++i) {
    CallContext sampled;
    Stream(&sampled);
  }
  CallContext failed("status=500");
  Stream(&failed);
  AwaitInLog(failed.request_id());
  // "taken over" was said before; what a mistake is followed by was not.
  ChangeConfig("lmits {}", "lmits");
  ChangeConfig("log { level: LOG_LEVEL_DEBUG }", "in order again");
  CallContext debug;
  Stream(&debug);
  const std::vector<json> calls = EndAndRead("call");
  std::string ids;
  int sampled = 0;
  for (const json& call : calls) {
    absl::StrAppend(&ids, call["request_id"].get<std::string>(), " ");
    if (call.contains("sampled_one_in")) ++sampled;
  }
  EXPECT_EQ(sampled, 2) << ids;
  EXPECT_EQ(calls.size(), 5u) << ids;
  EXPECT_THAT(ids, HasSubstr(absl::StrCat(failed.request_id(), " ")));
  EXPECT_THAT(service_->Errors(), HasSubstr("\"level\":\"DEBUG\",\"event\":\"call_began\""));
}

TEST_F(LogTest, AtTheLevelErrorOnlyFailuresAndAuditsAreLeft) {
  StartService("log { level: LOG_LEVEL_ERROR }");
  CallContext good;
  EXPECT_TRUE(Stream(&good).status.ok());
  CallContext refused("status=404");
  EXPECT_FALSE(Stream(&refused).status.ok());
  CallContext failed("status=500");
  EXPECT_FALSE(Stream(&failed).status.ok());
  const auto secrets = fireworks::gateway::v1::SecretService::NewStub(channel_);
  fireworks::gateway::v1::CreateSecretRequest create;
  create.set_parent("accounts/test-account");
  fireworks::gateway::v1::Secret secret;
  CallContext changed;
  secrets->CreateSecret(&changed, create, &secret);
  const std::vector<json> calls = EndAndRead("call");
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0]["request_id"], failed.request_id());
  EXPECT_THAT(service_->Errors(), HasSubstr("\"level\":\"AUDIT\",\"event\":\"audit\""));
}

TEST_F(LogTest, SettingsThatNeedARestartAreNamed) {
  StartService("");
  ChangeConfig("limits { idle_timeout { seconds: 5 } max_json_depth: 9 }", "need a restart");
  const std::vector<json> lines = EndAndRead("config");
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0]["level"], "WARNING");
  EXPECT_EQ(lines[0]["settings"], "limits");
}

TEST_F(LogTest, NoContentIsLoggedUnlessAPolicyNamesTheCaller) {
  StartService("log { level: LOG_LEVEL_DEBUG allow_content: true }",
               "log_content { until: '2999-01-01T00:00:00Z' max_bytes: 600 }");
  CallContext other;
  EXPECT_TRUE(Stream(&other, absl::StrCat("say: ", kCanary)).status.ok());
  CallContext named;
  EXPECT_TRUE(StreamAsDebug(&named, absl::StrCat("say: ", kCanary)).status.ok());
  CallContext large;
  EXPECT_TRUE(StreamAsDebug(&large, std::string(10'000, 'x')).status.ok());
  const std::vector<json> content = EndAndRead("content");
  ASSERT_EQ(content.size(), 2u);
  EXPECT_EQ(content[0]["caller"], "token:debug");
  EXPECT_EQ(content[0]["rule"], "debug");
  EXPECT_EQ(content[0]["request_id"], named.request_id());
  EXPECT_THAT(content[0]["request"].get<std::string>(), HasSubstr(kCanary));
  EXPECT_FALSE(content[0].contains("request_bytes_left_out"));
  EXPECT_FALSE(content[0]["answer"].get<std::string>().empty());
  EXPECT_EQ(content[1]["request"].get<std::string>().size(), 600u);
  EXPECT_GT(content[1]["request_bytes_left_out"], 9'000);
  for (absl::string_view line : absl::StrSplit(service_->Errors(), '\n')) {
    if (absl::StrContains(line, "\"event\":\"content\"")) continue;
    EXPECT_THAT(line, Not(HasSubstr(kCanary)));
  }
}

TEST_F(LogTest, ContentNeedsConfigurationAndPolicyAndEndsWithItsTime) {
  const std::string ever = "log_content { until: '2999-01-01T00:00:00Z' }";
  const std::string over = "log_content { until: '2020-01-01T00:00:00Z' }";
  for (const auto& [config, policy] : std::vector<std::pair<std::string, std::string>>{
           {"", ""}, {"allow_content: true", ""}, {"", ever}, {"allow_content: true", over}}) {
    StartService(absl::StrCat("log { level: LOG_LEVEL_DEBUG ", config, " }"), policy);
    CallContext stream;
    EXPECT_TRUE(StreamAsDebug(&stream, absl::StrCat("say: ", kCanary)).status.ok());
    CallContext failed("status=400");
    EXPECT_FALSE(StreamAsDebug(&failed, kCanary).status.ok());
    EXPECT_TRUE(EndAndRead("content").empty()) << config << policy;
    EXPECT_THAT(service_->Errors(), Not(HasSubstr(kCanary))) << config << policy;
  }
}

TEST_F(LogTest, SecretsAreNoContent) {
  StartService("log { level: LOG_LEVEL_ERROR allow_content: true }",
               "log_content { until: '2999-01-01T00:00:00Z' }");
  const auto secrets = fireworks::gateway::v1::SecretService::NewStub(channel_);
  fireworks::gateway::v1::CreateSecretRequest create;
  create.set_parent("accounts/test-account");
  create.mutable_secret()->set_name("accounts/test-account/secrets/token");
  create.mutable_secret()->set_key_name("TOKEN");
  create.mutable_secret()->set_value("secret-canary-0c55");
  fireworks::gateway::v1::Secret secret;
  CallContext context;
  context.AddMetadata("authorization", absl::StrCat("Bearer ", kToken));
  secrets->CreateSecret(&context, create, &secret);
  const std::vector<json> content = EndAndRead("content");
  ASSERT_EQ(content.size(), 1u);
  EXPECT_THAT(content[0]["request"].get<std::string>(), HasSubstr("TOKEN"));
  EXPECT_THAT(service_->Errors(), Not(HasSubstr("secret-canary")));
  EXPECT_THAT(service_->Errors(), Not(HasSubstr(kToken)));
}

TEST_F(LogTest, WithoutAConfigurationFileSighupEndsNothing) {
  RunService({});
  service_->Signal(SIGHUP);
  CallContext context;
  EXPECT_TRUE(Stream(&context).status.ok());
  EXPECT_EQ(EndAndRead("call").size(), 1u);
}

}  // namespace
}  // namespace fireworks::e2e
