// Callers over TLS: who gets in, and certificates that change while streams run.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpcpp/security/credentials.h"
#include "gtest/gtest.h"
#include "tests/e2e/service_fixture.h"
#include "tests/simulator/test_authority.h"

namespace fireworks::e2e {
namespace {

using grpc::StatusCode;
using simulator::TestAuthority;
using testing::HasSubstr;

std::string Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class CallerTlsTest : public ServiceTest {
 protected:
  void SetUp() override {
    ServiceTest::SetUp();
    folder_ = absl::StrCat(testing::TempDir(), "/tls-",
                           testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_);
    auto authority = TestAuthority::Create(folder_);
    ASSERT_TRUE(authority.ok()) << authority.status();
    authority_ = std::make_unique<TestAuthority>(*std::move(authority));
    Issue("server", "DNS:localhost, IP:127.0.0.1");
    Issue("client", "URI:spiffe://test/sa/chat");
  }

  void Issue(const std::string& name, const std::string& subject_alt_name) {
    const absl::Status issued = authority_->Issue(name, subject_alt_name);
    ASSERT_TRUE(issued.ok()) << issued;
  }

  void StartTls(bool mutual) {
    StartService([&](server::Options* options) {
      options->tls.certificate_file = authority_->certificate_path("server");
      options->tls.key_file = authority_->key_path("server");
      if (mutual) options->tls.client_ca_file = authority_->ca_path();
      options->tls.reload_interval = std::chrono::seconds(1);
    });
  }

  // A connection of its own that trusts the authority; with a certificate of the
  // caller's if `client` names one.
  std::unique_ptr<ChatService::Stub> Connect(const std::string& client = "") {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = Read(authority_->ca_path());
    if (!client.empty()) {
      options.pem_cert_chain = Read(authority_->certificate_path(client));
      options.pem_private_key = Read(authority_->key_path(client));
    }
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return ChatService::NewStub(
        grpc::CreateCustomChannel(address(), grpc::SslCredentials(options), arguments));
  }

  grpc::Status Call(ChatService::Stub* stub) {
    CallContext context;
    return StreamChat(stub, &context, MakeChatRequest("hello")).status;
  }

  std::string folder_;
  std::unique_ptr<TestAuthority> authority_;
};

TEST_F(CallerTlsTest, ACallerThatTrustsTheCertificateIsServed) {
  StartTls(/*mutual=*/false);
  const grpc::Status status = Call(Connect().get());
  EXPECT_TRUE(status.ok()) << status.error_message();
}

TEST_F(CallerTlsTest, PlaintextIsNotServed) {
  StartTls(/*mutual=*/false);
  EXPECT_EQ(Call(&chat()).error_code(), StatusCode::UNAVAILABLE);
}

TEST_F(CallerTlsTest, MutualTlsServesOnlyCertificatesOfTheAuthority) {
  StartTls(/*mutual=*/true);
  EXPECT_TRUE(Call(Connect("client").get()).ok());
  EXPECT_EQ(Call(Connect().get()).error_code(), StatusCode::UNAVAILABLE);

  // The same names, from an authority that nobody here knows.
  const std::string folder = folder_ + "/other";
  std::filesystem::create_directories(folder);
  const auto other = TestAuthority::Create(folder);
  ASSERT_TRUE(other.ok() && other->Issue("stranger", "URI:spiffe://test/sa/chat").ok());
  for (const char* suffix : {".pem", ".key"}) {
    std::filesystem::copy_file(absl::StrCat(folder, "/stranger", suffix),
                               absl::StrCat(folder_, "/stranger", suffix));
  }
  EXPECT_EQ(Call(Connect("stranger").get()).error_code(), StatusCode::UNAVAILABLE);
}

TEST_F(CallerTlsTest, ANewCertificateIsTakenOverWhileAStreamRuns) {
  StartTls(/*mutual=*/false);
  const auto stub = Connect();
  CallContext context("step=1;events=3");
  const auto reader = stub->StreamChatCompletion(&context, MakeChatRequest("hello"));
  ASSERT_TRUE(
      simulator().WaitForState(context.request_id(), simulator::RequestState::kOpen).ok());

  // From now on only who knows the new name is a friend.
  Issue("server", "DNS:renamed.test");
  grpc::SslCredentialsOptions trust;
  trust.pem_root_certs = Read(authority_->ca_path());
  EXPECT_TRUE(Eventually([&] {
    grpc::ChannelArguments arguments;
    arguments.SetSslTargetNameOverride("renamed.test");
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return Call(ChatService::NewStub(grpc::CreateCustomChannel(
                                         address(), grpc::SslCredentials(trust), arguments))
                    .get())
        .ok();
  }));

  ASSERT_TRUE(simulator().Release(context.request_id(), 100).ok());
  const grpc::Status status = ReadAll(reader.get()).status;
  EXPECT_TRUE(status.ok()) << status.error_message();
}

TEST_F(CallerTlsTest, FilesThatMakeNoSenseStopTheStart) {
  Issue("other", "DNS:localhost");
  const std::string text = folder_ + "/text";
  std::ofstream(text) << "no certificate";
  const auto built = [&](const std::string& certificate, const std::string& key,
                         const std::string& ca) {
    server::Options options;
    options.listen = "127.0.0.1:0";
    options.upstream.base_url = simulator().base_url();
    options.tls.certificate_file = certificate;
    options.tls.key_file = key;
    options.tls.client_ca_file = ca;
    return std::string(
        server::Server::Build(options, upstream::Secret("key")).status().message());
  };
  const std::string certificate = authority_->certificate_path("server");
  const std::string key = authority_->key_path("server");
  EXPECT_THAT(built(folder_ + "/absent", key, ""), HasSubstr("/absent cannot be read"));
  EXPECT_THAT(built(text, key, ""), HasSubstr("server.tls.certificate_file"));
  EXPECT_THAT(built(certificate, text, ""), HasSubstr("server.tls.key_file"));
  EXPECT_THAT(built(certificate, authority_->key_path("other"), ""),
              HasSubstr("is not the key of the certificate"));
  EXPECT_THAT(built(certificate, key, text), HasSubstr("server.tls.client_ca_file"));
  EXPECT_EQ(built(certificate, key, ""), "");
}

TEST_F(CallerTlsTest, PlaintextBeyondLoopbackMustBeAskedFor) {
  server::Options options;
  options.listen = "0.0.0.0:0";
  options.access.identity.add_sources()->mutable_anonymous();
  options.upstream.base_url = simulator().base_url();
  const auto refused = server::Server::Build(options, upstream::Secret("key"));
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("server.allow_plaintext"));
  options.allow_plaintext = true;
  EXPECT_TRUE(server::Server::Build(options, upstream::Secret("key")).ok());
}

}  // namespace
}  // namespace fireworks::e2e
