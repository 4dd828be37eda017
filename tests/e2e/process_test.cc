// The real binaries as processes: how they start, how they end, and that the
// API key shows nowhere.
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "fireworks/gateway/v1/secret_service.grpc.pb.h"
#include "gmock/gmock.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "gtest/gtest.h"
#include "service/access/sha256.h"
#include "service/server/listen_address.h"
#include "tests/e2e/call_context.h"
#include "tests/e2e/chat.h"
#include "tests/e2e/program.h"
#include "tests/e2e/raw_connection.h"
#include "tests/simulator/test_authority.h"

namespace fireworks::e2e {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kService[] = "service/fireworks_grpc";
constexpr char kSimulator[] = "tests/simulator/fireworks_simulator";
constexpr char kKey[] = "fw_canary-73c1e0d2";
constexpr char kOwnKey[] = "fw_own-canary-1b9e44d7";  // of a caller
constexpr int kCannotStart = 1;
constexpr int kBadConfiguration = 2;

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// One that nobody listens on.
int FreePort() {
  const auto sockets = server::ListenOn("127.0.0.1:0");
  EXPECT_TRUE(sockets.ok()) << sockets.status();
  return sockets.ok() ? sockets->port : 0;
}

std::string WriteFile(const std::string& name, const std::string& text) {
  const std::string path = absl::StrCat(std::getenv("TEST_TMPDIR"), "/", name);
  std::ofstream(path) << text;
  return path;
}

class ProcessTest : public testing::Test {
 protected:
  void SetUp() override {
    simulator_ = std::make_unique<Program>(
        std::vector<std::string>{kSimulator, "--listen", "127.0.0.1:0"},
        std::vector<std::string>{});
    const int port = simulator_->AwaitPort();
    ASSERT_NE(port, 0) << simulator_->Errors();
    upstream_ = absl::StrCat("http://127.0.0.1:", port);
  }

  std::unique_ptr<Program> RunService(std::vector<std::string> flags) {
    flags.insert(flags.begin(), kService);
    return std::make_unique<Program>(
        flags, std::vector<std::string>{absl::StrCat("FIREWORKS_API_KEY=", kKey),
                                        absl::StrCat("FIREWORKS_BASE_URL=", upstream_)});
  }

  // A service on a free port that a shell script starts, as "$0" with "$@".
  std::unique_ptr<Program> RunThrough(const std::string& script) {
    const std::vector<std::string> arguments = {"/bin/sh", "-c", script, kService,
                                          "--listen=127.0.0.1:0"};
    return std::make_unique<Program>(
        arguments, std::vector<std::string>{absl::StrCat("FIREWORKS_API_KEY=", kKey),
                                            absl::StrCat("FIREWORKS_BASE_URL=", upstream_)});
  }

  // A running service on a free port.
  std::unique_ptr<Program> StartService(std::vector<std::string> flags = {}) {
    flags.push_back("--listen=127.0.0.1:0");
    auto service = RunService(std::move(flags));
    port_ = service->AwaitPort();
    EXPECT_NE(port_, 0) << service->Errors();
    stub_ = ChatService::NewStub(grpc::CreateChannel(absl::StrCat("127.0.0.1:", port_),
                                                     grpc::InsecureChannelCredentials()));
    return service;
  }

  // Ends a service that has no calls.
  void EndService(Program* service) {
    // An idle channel answers a GOAWAY late: no thread of gRPC's looks at it.
    stub_.reset();
    service->Signal(SIGTERM);
    EXPECT_EQ(service->AwaitExit(), 0);
  }

  std::unique_ptr<Program> simulator_;
  std::string upstream_;
  int port_ = 0;
  std::unique_ptr<ChatService::Stub> stub_;
};

TEST_F(ProcessTest, StreamsAndEndsWithZeroOnSigterm) {
  const auto service = StartService();
  CallContext context;
  const ChatStream stream =
      StreamChat(stub_.get(), &context, MakeChatRequest("say: over two hops"));
  EXPECT_TRUE(stream.status.ok()) << stream.status.error_message();
  EXPECT_EQ(stream.Content(), "over two hops");
  EndService(service.get());
  EXPECT_THAT(service->Errors(), HasSubstr(context.request_id()));
  simulator_->Signal(SIGTERM);
  EXPECT_EQ(simulator_->AwaitExit(), 0);
}

TEST_F(ProcessTest, SigtermLetsARunningStreamFinish) {
  const auto service = StartService();
  CallContext context("tokens=60;pace_ms=10");
  const auto reader = stub_->StreamChatCompletion(&context, MakeChatRequest("hello"));
  ChatChunk chunk;
  ASSERT_TRUE(reader->Read(&chunk));
  service->Signal(SIGTERM);
  const ChatStream stream = ReadAll(reader.get());
  EXPECT_TRUE(stream.status.ok()) << stream.status.error_message();
  EXPECT_EQ(stream.FinishReason(), "stop");
  EXPECT_EQ(service->AwaitExit(), 0);
}

TEST_F(ProcessTest, SecondSignalEndsItAtOnce) {
  const auto service = StartService();
  CallContext context("hang_after=1");
  const auto reader = stub_->StreamChatCompletion(&context, MakeChatRequest("hello"));
  ChatChunk chunk;
  ASSERT_TRUE(reader->Read(&chunk));
  // Which of the two the process takes as its first is of no matter.
  service->Signal(SIGTERM);
  service->Signal(SIGINT);
  EXPECT_EQ(service->AwaitExit(), absl::nullopt);
  EXPECT_FALSE(ReadAll(reader.get()).status.ok());
}

TEST_F(ProcessTest, GoodConfigurationIsSaidToBeValid) {
  const std::string path =
      WriteFile("good.textproto",
                "account_id: 'my-team'\nlimits { idle_timeout { seconds: 5 } }\n");
  const auto service = RunService({"--check_config", "--config=" + path});
  EXPECT_EQ(service->AwaitExit(), 0) << service->Errors();
  EXPECT_EQ(service->Output(), "configuration is valid\n");
}

TEST_F(ProcessTest, BadConfigurationIsNamedByLineAndColumn) {
  const std::string path = WriteFile("bad.textproto", "account_id: 'my-team'\n  lmits {}\n");
  for (const char* check : {"--check_config", "--nocheck_config"}) {
    const auto service = RunService({check, "--config=" + path});
    EXPECT_EQ(service->AwaitExit(), kBadConfiguration);
    EXPECT_THAT(service->Errors(), HasSubstr("bad.textproto:2:"));
    EXPECT_THAT(service->Errors(), HasSubstr("lmits"));
  }
}

TEST_F(ProcessTest, SettingOutOfRangeIsNamed) {
  const std::string path = WriteFile("range.textproto", "limits { idle_timeout { seconds: -1 } }");
  const auto service = RunService({"--check_config", "--config=" + path});
  EXPECT_EQ(service->AwaitExit(), kBadConfiguration);
  EXPECT_THAT(service->Errors(), HasSubstr("limits.idle_timeout"));
}

// All that is wrong, each where it stands.
TEST_F(ProcessTest, CheckConfigReadsTheFilesThatTheConfigurationNames) {
  const std::string policy = WriteFile(
      "wrong.policy", "rules { name: 'r' callers: '*'\n  methods: 'fireworks.*/Nope' }");
  const std::string path = WriteFile(
      "files.textproto",
      absl::StrCat("policy_file: '", policy, "'\n",
                   "server { listen: '0.0.0.0:0' tls { certificate_file: '/nonexistent/cert' "
                   "key_file: '/nonexistent/key' } }\n",
                   "identity { sources { static_tokens { file: '/nonexistent/tokens' } } }\n",
                   "upstream { ca_file: '/nonexistent/ca' }\n"));
  const auto service = RunService({"--check_config", "--config=" + path});
  EXPECT_EQ(service->AwaitExit(), kBadConfiguration);
  for (const char* what : {"wrong.policy:2:3: rules[0].methods[0]", "/nonexistent/cert",
                           "/nonexistent/tokens", "/nonexistent/ca"}) {
    EXPECT_THAT(service->Errors(), HasSubstr(what));
  }
}

TEST_F(ProcessTest, CheckConfigHoldsThePolicyAgainstTheConfiguration) {
  const std::string key = WriteFile("main-key", "k");
  const std::string policy = WriteFile(
      "keys.policy",
      "rules { name: 'lost' callers: '*' methods: '*' upstream_key: 'absent' }\n"
      "rules { name: 'own' callers: '*' methods: '*' upstream_key_from_caller: "
      "CALLER_KEY_REQUIRED }");
  const auto check = [&](const std::string& listen) {
    const std::string path = WriteFile(
        "keys.textproto",
        absl::StrCat("policy_file: '", policy, "'\nserver { listen: '", listen,
                     "' allow_plaintext: true }\nidentity { sources { anonymous {} } }\n",
                     "upstream { keys { label: 'main' files: '", key, "' } }"));
    const auto service = RunService({"--check_config", "--config=" + path});
    EXPECT_EQ(service->AwaitExit(), kBadConfiguration);
    return service->Errors();
  };
  const std::string open = check("0.0.0.0:0");
  EXPECT_THAT(open, HasSubstr("rule `lost`: upstream_key: `absent`"));
  EXPECT_THAT(open, HasSubstr("rule `own`: upstream_key_from_caller: needs `server.tls`"));
  EXPECT_THAT(check("127.0.0.1:0"), Not(HasSubstr("rule `own`")));
}

TEST_F(ProcessTest, CheckConfigNamesAKeyFileThatIsNotThere) {
  const std::string path =
      WriteFile("nokey.textproto", "upstream { api_key_file: '/nonexistent/api-key' }");
  const auto service = RunService({"--check_config", "--config=" + path});
  EXPECT_EQ(service->AwaitExit(), kBadConfiguration);
  EXPECT_THAT(service->Errors(), HasSubstr("/nonexistent/api-key"));
}

TEST_F(ProcessTest, MissingKeyIsABadConfiguration) {
  Program service({kService, "--listen=127.0.0.1:0"}, {});
  EXPECT_EQ(service.AwaitExit(), kBadConfiguration);
  EXPECT_THAT(service.Errors(), HasSubstr("FIREWORKS_API_KEY"));
}

TEST_F(ProcessTest, TakenPortIsNamed) {
  const auto first = StartService();
  const std::string address = absl::StrCat("127.0.0.1:", port_);
  const auto second = RunService({"--listen=" + address});
  EXPECT_EQ(second->AwaitExit(), kCannotStart);
  EXPECT_THAT(second->Errors(), HasSubstr(absl::StrCat("cannot listen on ", address)));
}

TEST_F(ProcessTest, ChangesLeaveAnAuditLineWithoutContent) {
  const std::string policy =
      WriteFile("policy", R"(rules { name: "all" callers: "*" methods: "*" })");
  const std::string config = WriteFile("policy.textproto", "policy_file: '" + policy + "'");
  const auto service = StartService({"--config=" + config});
  const auto secrets = fireworks::gateway::v1::SecretService::NewStub(grpc::CreateChannel(
      absl::StrCat("127.0.0.1:", port_), grpc::InsecureChannelCredentials()));
  fireworks::gateway::v1::CreateSecretRequest create;
  create.set_parent("accounts/test-account");
  create.mutable_secret()->set_name("accounts/test-account/secrets/token");
  create.mutable_secret()->set_key_name("TOKEN");
  create.mutable_secret()->set_value("hunter2-canary");
  fireworks::gateway::v1::Secret secret;
  CallContext created;
  secrets->CreateSecret(&created, create, &secret);
  fireworks::gateway::v1::ListSecretsRequest list;
  list.set_parent("accounts/test-account");
  fireworks::gateway::v1::ListSecretsResponse page;
  CallContext listed;
  secrets->ListSecrets(&listed, list, &page);
  EndService(service.get());

  std::vector<std::string> audits;
  for (absl::string_view line : absl::StrSplit(service->Errors(), '\n')) {
    if (absl::StrContains(line, "\"event\":\"audit\"")) audits.emplace_back(line);
  }
  ASSERT_EQ(audits.size(), 1u);
  EXPECT_THAT(audits[0], HasSubstr("SecretService/CreateSecret"));
  EXPECT_THAT(audits[0], HasSubstr("\"resource\":\"accounts/test-account\""));
  EXPECT_THAT(audits[0], HasSubstr("\"caller\":\"anonymous\""));
  EXPECT_THAT(audits[0], HasSubstr(created.request_id()));
  EXPECT_THAT(service->Errors(), Not(HasSubstr("hunter2")));
}

TEST_F(ProcessTest, KeyShowsNowhere) {
  const std::string path = WriteFile("key", absl::StrCat(kKey, "\n"));
  const std::string policy = WriteFile(
      "own-keys", R"(rules { name: "all" callers: "*" methods: "*"
                             upstream_key_from_caller: CALLER_KEY_OPTIONAL })");
  const std::string config = WriteFile("own-keys.textproto", "policy_file: '" + policy + "'");
  const auto service = StartService({"--api_key_file=" + path, "--config=" + config});
  for (const bool own : {false, true}) {
    for (const char* directives :
         {"", "status=401", "status=403", "status=500", "close_after=0"}) {
      CallContext context(directives);
      if (own) context.AddMetadata("x-fireworks-api-key", kOwnKey);
      const ChatStream stream = StreamChat(stub_.get(), &context, MakeChatRequest("hello"));
      EXPECT_EQ(stream.status.ok(), *directives == '\0');
      for (const char* key : {kKey, kOwnKey}) {
        EXPECT_THAT(stream.status.error_message(), Not(HasSubstr(key)));
        EXPECT_THAT(stream.status.error_details(), Not(HasSubstr(key)));
      }
    }
  }
  EXPECT_THAT(service->CommandLine(), HasSubstr("--api_key_file"));
  EXPECT_THAT(service->CommandLine(), Not(HasSubstr(kKey)));
  EndService(service.get());
  for (const char* key : {kKey, kOwnKey}) {
    EXPECT_THAT(service->Output(), Not(HasSubstr(key)));
    EXPECT_THAT(service->Errors(), Not(HasSubstr(key)));
  }
}

// Every secret that the service is given, or told by a caller, and every place where it
// might show.
TEST_F(ProcessTest, SecretsShowNowhere) {
  const auto authority = simulator::TestAuthority::Create(std::getenv("TEST_TMPDIR"));
  ASSERT_TRUE(authority.ok() && authority->Issue("server", "DNS:localhost, IP:127.0.0.1").ok());
  const std::string token = "caller-canary-2f8e61aa";
  const std::string wrong = "wrong-canary-90b1c2d3";
  const std::string config = WriteFile(
      "secrets.textproto",
      absl::StrCat("server { tls { certificate_file: '", authority->certificate_path("server"),
                   "' key_file: '", authority->key_path("server"), "' } }\n",
                   "upstream { api_key_file: '", WriteFile("key", kKey), "' }\n",
                   "identity { sources { static_tokens { tokens { name: 'ops' sha256: '",
                   access::ToHex(access::Sha256(token)), "' } } } }"));
  const int metrics_port = FreePort();
  const auto service = StartService({"--config=" + config,
                                     absl::StrCat("--metrics_listen=127.0.0.1:", metrics_port)});
  grpc::SslCredentialsOptions trust;
  trust.pem_root_certs = ReadFile(authority->ca_path());
  stub_ = ChatService::NewStub(grpc::CreateChannel(absl::StrCat("127.0.0.1:", port_),
                                                   grpc::SslCredentials(trust)));
  std::string seen;
  for (const std::string& sent : {token, wrong}) {
    for (const char* directives : {"", "status=401", "status=500", "close_after=0"}) {
      CallContext context(directives);
      context.AddMetadata("authorization", "Bearer " + sent);
      const ChatStream stream = StreamChat(stub_.get(), &context, MakeChatRequest("hello"));
      EXPECT_EQ(stream.status.ok(), sent == token && *directives == '\0');
      absl::StrAppend(&seen, stream.status.error_message(), stream.status.error_details());
      for (const auto& [name, value] : context.GetServerTrailingMetadata()) {
        absl::StrAppend(&seen, absl::string_view(name.data(), name.size()), ": ",
                        absl::string_view(value.data(), value.size()), "\n");
      }
    }
  }
  for (const auto& [path, shown] :
       {std::make_pair("/metrics", "fireworks_refused_identities_total"),
        std::make_pair("/statusz", "token:ops"), std::make_pair("/statusz?format=json", "token:ops")}) {
    RawConnection pages(metrics_port);
    pages.Send(absl::StrCat("GET ", path, " HTTP/1.1\r\nhost: localhost\r\n\r\n"));
    const auto page = pages.ReadToEnd();
    ASSERT_TRUE(page.has_value());
    EXPECT_THAT(*page, HasSubstr(shown)) << path;
    absl::StrAppend(&seen, *page);
  }
  absl::StrAppend(&seen, service->CommandLine(), service->Proc("comm"));
  EndService(service.get());
  absl::StrAppend(&seen, service->Output(), service->Errors());
  EXPECT_THAT(seen, HasSubstr("token:ops"));  // The names of callers do show.
  // A line from the middle of the private key.
  const std::vector<std::string> key_lines =
      absl::StrSplit(ReadFile(authority->key_path("server")), '\n');
  ASSERT_GT(key_lines.size(), 2u);
  for (const std::string& secret : {std::string(kKey), token, wrong, key_lines[1]}) {
    EXPECT_THAT(seen, Not(HasSubstr(secret)));
  }
}

TEST_F(ProcessTest, RaisesItsLimitOfOpenFiles) {
  const auto service = RunThrough("ulimit -S -n 300 && exec \"$0\" \"$@\"");
  ASSERT_NE(service->AwaitPort(), 0) << service->Errors();
  const std::string limits = service->Proc("limits");
  const std::size_t line = limits.find("Max open files");
  ASSERT_NE(line, std::string::npos);
  const std::vector<std::string> words = absl::StrSplit(
      absl::string_view(limits).substr(line, limits.find('\n', line) - line), ' ',
      absl::SkipWhitespace());
  ASSERT_GE(words.size(), 5u);
  EXPECT_EQ(words[3], words[4]) << limits;
}

// gRPC's own listener would be gone for good after this (CVE-2023-4785).
TEST_F(ProcessTest, AFloodOfConnectionsIsShedAndThenForgotten) {
  constexpr int kFiles = 256;
  constexpr int kFlood = 400;
  const auto service =
      RunThrough(absl::StrCat("ulimit -n ", kFiles, " && exec \"$0\" \"$@\""));
  port_ = service->AwaitPort();
  ASSERT_NE(port_, 0) << service->Errors();
  const std::string address = absl::StrCat("127.0.0.1:", port_);
  const auto connect = [&] {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return ChatService::NewStub(
        grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments));
  };
  const auto call = [](ChatService::Stub* stub) {
    CallContext context;
    return StreamChat(stub, &context, MakeChatRequest("hello")).status;
  };
  const auto early = connect();
  EXPECT_TRUE(call(early.get()).ok());

  std::vector<std::unique_ptr<RawConnection>> flood;
  int served = 0;
  for (int i = 0; i < kFlood; ++i) {
    flood.push_back(std::make_unique<RawConnection>(port_));
    // Those that are served hear the service's settings.
    if (!flood.back()->ReadSome().empty()) ++served;
  }
  EXPECT_GT(served, 0);
  EXPECT_LT(served, kFiles / 2);
  EXPECT_TRUE(call(early.get()).ok());
  flood.clear();
  // The service learns of closed connections when it looks, so that the first attempt may
  // be one too many still.
  CallContext late;
  late.set_wait_for_ready(true);
  const grpc::Status status =
      StreamChat(connect().get(), &late, MakeChatRequest("hello")).status;
  EXPECT_TRUE(status.ok()) << status.error_message();
  service->Signal(SIGTERM);
  EXPECT_EQ(service->AwaitExit(), 0);
  EXPECT_THAT(service->Errors(), HasSubstr("\"event\":\"few_descriptors\""));
}

TEST_F(ProcessTest, TooFewFilesAreAnErrorThatSaysSo) {
  const auto service = RunThrough("ulimit -n 100 && exec \"$0\" \"$@\"");
  EXPECT_EQ(service->AwaitExit(), kCannotStart);
  EXPECT_THAT(service->Errors(), HasSubstr("RLIMIT_NOFILE"));
}

}  // namespace
}  // namespace fireworks::e2e
