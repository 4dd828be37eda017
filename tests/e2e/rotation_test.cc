// Everything that can be replaced is, while streams run: none of them is dropped, what is
// new counts for those that come, and what is old counts no longer.
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "service/access/sha256.h"
#include "service/access/testing_jwt.h"
#include "tests/e2e/error_details.h"
#include "tests/e2e/service_fixture.h"
#include "tests/simulator/test_authority.h"
#include "tests/support/test_folder.h"

namespace fireworks::e2e {
namespace {

using access::TestKey;
using grpc::StatusCode;

constexpr int kStreams = 12;
constexpr char kDirectives[] = "step=1;events=32";

std::string Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string Jwt(const TestKey& key, const std::string& kid) {
  const std::int64_t now = absl::ToUnixSeconds(absl::Now());
  return key.Token(kid, {{"iss", "https://issuer.test"},
                         {"aud", "fireworks-grpc"},
                         {"sub", "web"},
                         {"exp", now + 3600}});
}

std::string TokenFile(const std::string& token) {
  return absl::StrCat("tokens { name: 'ops' sha256: '", access::ToHex(access::Sha256(token)),
                      "' }");
}

std::string Policy(const std::string& more) {
  return absl::StrCat("rules { name: 'all' callers: '*' methods: '*' ", more, " }");
}

// A stream that says one chunk when it is told to.
struct Stream {
  explicit Stream(const std::string& token) : context(kDirectives) {
    context.AddMetadata("authorization", "Bearer " + token);
  }
  CallContext context;
  std::unique_ptr<ChatReader> reader;
};

class RotationTest : public ServiceTest {
 protected:
  void SetUp() override {
    ServiceTest::SetUp();
    std::string folder = folder_.Path("");
    folder.pop_back();
    auto authority = simulator::TestAuthority::Create(folder);
    ASSERT_TRUE(authority.ok()) << authority.status();
    authority_ = std::make_unique<simulator::TestAuthority>(*std::move(authority));
    ASSERT_TRUE(authority_->Issue("server", "DNS:old.test").ok());
    folder_.Replace("jwks", access::JwkSet({TestKey::Rsa().Jwk("old")}));
    folder_.Replace("tokens", TokenFile("old-token"));
    folder_.Replace("policy", Policy(""));
    folder_.Replace("key", "old-key");
    StartService([this](server::Options* options) { Configure(options); });
    channel_ = NewTlsChannel("old.test");
  }

  void Configure(server::Options* options) {
    options->tls.certificate_file = authority_->certificate_path("server");
    options->tls.key_file = authority_->key_path("server");
    options->tls.reload_interval = std::chrono::seconds(1);
    options->access.policy_file = folder_.Path("policy");
    options->keys.labels = {{"main", {folder_.Path("key")}}};
    options->keys.default_label = "main";
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
        absl::StrCat("sources { jwt { issuer: 'https://issuer.test' audiences: 'fireworks-grpc' ",
                     "jwks_file: '", folder_.Path("jwks"), "' } } ",
                     "sources { static_tokens { file: '", folder_.Path("tokens"), "' } }"),
        &options->access.identity));
  }

  std::shared_ptr<grpc::Channel> NewTlsChannel(const std::string& name) {
    grpc::SslCredentialsOptions trust;
    trust.pem_root_certs = Read(authority_->ca_path());
    grpc::ChannelArguments arguments;
    arguments.SetSslTargetNameOverride(name);
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return grpc::CreateCustomChannel(address(), grpc::SslCredentials(trust), arguments);
  }

  grpc::Status Call(const std::shared_ptr<grpc::Channel>& channel, const std::string& token) {
    CallContext context;
    context.AddMetadata("authorization", "Bearer " + token);
    return StreamChat(ChatService::NewStub(channel).get(), &context, MakeChatRequest("hello"))
        .status;
  }
  bool IsServed(const std::string& token) { return Call(channel_, token).ok(); }
  bool IsNobody(const std::string& token) {
    return Call(channel_, token).error_code() == StatusCode::UNAUTHENTICATED;
  }

  void Open(const std::string& token) {
    auto stream = std::make_unique<Stream>(token);
    stream->reader = ChatService::NewStub(channel_)->StreamChatCompletion(
        &stream->context, MakeChatRequest("hello"));
    ASSERT_TRUE(simulator()
                    .WaitForState(stream->context.request_id(), simulator::RequestState::kOpen)
                    .ok());
    streams_.push_back(std::move(stream));
  }

  // All streams bring another chunk.
  void ExpectAllRun(const char* after) {
    for (const auto& stream : streams_) {
      ASSERT_TRUE(simulator().Release(stream->context.request_id(), 1).ok()) << after;
      ChatChunk chunk;
      ASSERT_TRUE(stream->reader->Read(&chunk)) << after;
    }
  }

  void ExpectAllFinish() {
    for (const auto& stream : streams_) {
      ASSERT_TRUE(simulator().Release(stream->context.request_id(), 1000).ok());
      const ChatStream rest = ReadAll(stream->reader.get());
      EXPECT_TRUE(rest.status.ok()) << rest.status.error_message();
      EXPECT_EQ(rest.FinishReason(), "stop");
    }
  }

  testing_support::TestFolder folder_;
  std::unique_ptr<simulator::TestAuthority> authority_;
  std::shared_ptr<grpc::Channel> channel_;
  std::vector<std::unique_ptr<Stream>> streams_;
};

TEST_F(RotationTest, NoStreamIsDroppedAndTheNewCounts) {
  const std::string old_jwt = Jwt(TestKey::Rsa(), "old");
  const std::string new_jwt = Jwt(TestKey::OtherRsa(), "new");
  for (int i = 0; i < kStreams; ++i) Open(i % 2 == 0 ? old_jwt : "old-token");
  ExpectAllRun("the start");
  EXPECT_TRUE(IsServed(old_jwt));
  EXPECT_TRUE(IsNobody(new_jwt));

  // Issuer's keys: for a while both count, as it should be done; then the old one is gone.
  folder_.Replace("jwks", access::JwkSet({TestKey::Rsa().Jwk("old"),
                                          TestKey::OtherRsa().Jwk("new")}));
  EXPECT_TRUE(Eventually([&] { return IsServed(new_jwt); }));
  EXPECT_TRUE(IsServed(old_jwt));
  folder_.Replace("jwks", access::JwkSet({TestKey::OtherRsa().Jwk("new")}));
  EXPECT_TRUE(Eventually([&] { return IsNobody(old_jwt); }));
  EXPECT_TRUE(IsServed(new_jwt));
  ExpectAllRun("new keys of the issuer");

  folder_.Replace("tokens", TokenFile("new-token"));
  EXPECT_TRUE(Eventually([&] { return IsServed("new-token"); }));
  EXPECT_TRUE(IsNobody("old-token"));
  ExpectAllRun("new tokens");

  folder_.Replace("policy", Policy("deny: true"));
  EXPECT_TRUE(Eventually([&] {
    return Call(channel_, "new-token").error_code() == StatusCode::PERMISSION_DENIED;
  }));
  ExpectAllRun("a policy that denies everything");
  folder_.Replace("policy", Policy("max_tokens: 100"));
  EXPECT_TRUE(Eventually([&] { return IsServed("new-token"); }));
  ExpectAllRun("a policy that allows again");

  // One that the upstream refuses, so that it shows which one is used.
  folder_.Replace("key", "bad-key");
  EXPECT_TRUE(Eventually([&] {
    return ReasonOf(Call(channel_, "new-token")) == "UPSTREAM_CREDENTIALS";
  }));
  ExpectAllRun("a bad upstream key");
  folder_.Replace("key", "new-key");
  EXPECT_TRUE(Eventually([&] { return IsServed("new-token"); }));
  ExpectAllRun("a new upstream key");

  ASSERT_TRUE(authority_->Issue("server", "DNS:new.test").ok());
  EXPECT_TRUE(Eventually([&] { return Call(NewTlsChannel("new.test"), "new-token").ok(); }));
  EXPECT_EQ(Call(NewTlsChannel("old.test"), "new-token").error_code(), StatusCode::UNAVAILABLE);
  ExpectAllRun("a new certificate");

  // A key of another certificate: it is told, and disturbs nobody who is connected.
  ASSERT_TRUE(authority_->Issue("other", "DNS:other.test").ok());
  const std::string key = Read(authority_->key_path("server"));
  std::ofstream(authority_->key_path("server")) << Read(authority_->key_path("other"));
  EXPECT_TRUE(Eventually([&] {
    return Metric("fireworks_reload_successful", {{"what", "certificate"}}) == 0;
  }));
  EXPECT_TRUE(Eventually([&] {  // gRPC looks at the files by itself.
    return Call(NewTlsChannel("new.test"), "new-token").error_code() == StatusCode::UNAVAILABLE;
  }));
  ExpectAllRun("a key that does not fit");
  std::ofstream(authority_->key_path("server")) << key;
  EXPECT_TRUE(Eventually([&] { return Call(NewTlsChannel("new.test"), "new-token").ok(); }));

  ExpectAllFinish();
  const char* const failures = "fireworks_reload_failures_total";
  EXPECT_EQ(Metric(failures), Metric(failures, {{"what", "certificate"}}));
  EXPECT_EQ(Metric("fireworks_upstream_key_events_total", {{"what", "replaced"}}), 2);
  channel_.reset();
  ExpectAllQuiet();
}

}  // namespace
}  // namespace fireworks::e2e
