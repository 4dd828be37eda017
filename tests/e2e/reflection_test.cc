// Server reflection: for everyone on loopback; elsewhere for those whose certificate and
// policy say so.
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/text_format.h"
#include "grpc/reflection/v1/reflection.pb.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/security/credentials.h"
#include "gtest/gtest.h"
#include "service/access/sha256.h"
#include "tests/e2e/service_fixture.h"
#include "tests/simulator/test_authority.h"
#include "tests/support/test_folder.h"

namespace fireworks::e2e {
namespace {

namespace reflection = grpc::reflection::v1;
using grpc::StatusCode;
using testing::Contains;
using testing::SizeIs;

constexpr char kV1[] = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
constexpr char kV1Alpha[] = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";

struct Answers {
  std::vector<reflection::ServerReflectionResponse> messages;
  grpc::Status status;
};

// Asks all of `questions` on one stream.
Answers Ask(const std::shared_ptr<grpc::Channel>& channel, const char* method,
            const std::vector<reflection::ServerReflectionRequest>& questions,
            const std::string& token = "") {
  CallContext context;
  if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
  grpc::CompletionQueue queue;
  grpc::GenericStub stub(channel);
  const auto done = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  Answers answers;
  const auto stream = stub.PrepareCall(&context, method, &queue);
  stream->StartCall(nullptr);
  bool open = done();
  for (const auto& question : questions) {
    const grpc::Slice slice(question.SerializeAsString());
    if (open) stream->Write(grpc::ByteBuffer(&slice, 1), nullptr);
    open = open && done();
    grpc::ByteBuffer bytes;
    if (open) stream->Read(&bytes, nullptr);
    open = open && done();
    if (!open) break;
    grpc::Slice whole;
    EXPECT_TRUE(bytes.DumpToSingleSlice(&whole).ok());
    EXPECT_TRUE(answers.messages.emplace_back().ParseFromArray(
        whole.begin(), static_cast<int>(whole.size())));
  }
  if (open) {
    stream->WritesDone(nullptr);
    done();
  }
  stream->Finish(&answers.status, nullptr);
  done();
  return answers;
}

reflection::ServerReflectionRequest List() {
  reflection::ServerReflectionRequest question;
  question.set_list_services("*");
  return question;
}

reflection::ServerReflectionRequest Symbol(const std::string& name) {
  reflection::ServerReflectionRequest question;
  question.set_file_containing_symbol(name);
  return question;
}

class ReflectionTest : public ServiceTest {
 protected:
  void SetUp() override {
    ServiceTest::SetUp();
    std::string folder = folder_.Path("");
    folder.pop_back();
    auto authority = simulator::TestAuthority::Create(folder);
    ASSERT_TRUE(authority.ok()) << authority.status();
    authority_ = std::make_unique<simulator::TestAuthority>(*std::move(authority));
    ASSERT_TRUE(authority_->Issue("server", "DNS:localhost, IP:127.0.0.1").ok());
    ASSERT_TRUE(authority_->Issue("ops", "URI:spiffe://test.example/ops").ok());
    ASSERT_TRUE(authority_->Issue("web", "URI:spiffe://test.example/web").ok());
  }

  void Serve(const std::string& identity, const std::string& policy, const Adjust& adjust) {
    StartService([&](server::Options* options) {
      ASSERT_TRUE(
          google::protobuf::TextFormat::ParseFromString(identity, &options->access.identity));
      auto parsed = access::Policy::Parse(policy, "policy", {});
      ASSERT_TRUE(parsed.ok()) << parsed.status();
      options->access.policy = *std::move(parsed);
      adjust(options);
    });
  }

  void UseTls(bool mutual, server::Options* options) {
    options->tls.certificate_file = authority_->certificate_path("server");
    options->tls.key_file = authority_->key_path("server");
    if (mutual) options->tls.client_ca_file = authority_->ca_path();
  }

  std::shared_ptr<grpc::Channel> TlsChannel(const std::string& client) {
    const auto read = [](const std::string& path) {
      std::ifstream file(path, std::ios::binary);
      return std::string{std::istreambuf_iterator<char>(file), {}};
    };
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = read(authority_->ca_path());
    if (!client.empty()) {
      options.pem_cert_chain = read(authority_->certificate_path(client));
      options.pem_private_key = read(authority_->key_path(client));
    }
    return grpc::CreateChannel(address(), grpc::SslCredentials(options));
  }

  testing_support::TestFolder folder_;
  std::unique_ptr<simulator::TestAuthority> authority_;
};

constexpr char kCertificates[] =
    "sources { peer_certificate { spiffe_trust_domains: 'test.example' } }";

TEST_F(ReflectionTest, OnLoopbackEveryoneLearnsWhatIsServed) {
  for (const char* method : {kV1, kV1Alpha}) {
    const Answers answers = Ask(
        NewChannel(), method,
        {List(), Symbol("fireworks.inference.v1.ChatCompletionService"), Symbol("no.Such")});
    EXPECT_TRUE(answers.status.ok()) << answers.status.error_message();
    ASSERT_THAT(answers.messages, SizeIs(3));
    std::vector<std::string> names;
    for (const auto& service : answers.messages[0].list_services_response().service()) {
      names.push_back(service.name());
    }
    EXPECT_THAT(names, Contains("fireworks.inference.v1.ChatCompletionService"));
    EXPECT_THAT(names, Contains("grpc.health.v1.Health"));
    EXPECT_THAT(names, Contains("grpc.reflection.v1alpha.ServerReflection"));

    // The file comes with all that it imports.
    google::protobuf::FileDescriptorProto file;
    const auto& files = answers.messages[1].file_descriptor_response().file_descriptor_proto();
    ASSERT_GT(files.size(), 1);
    ASSERT_TRUE(file.ParseFromString(files[0]));
    EXPECT_EQ(file.name(), "fireworks/inference/v1/chat_completion_service.proto");
    EXPECT_EQ(answers.messages[2].error_response().error_code(), StatusCode::NOT_FOUND);
  }
}

TEST_F(ReflectionTest, AQuestionIsShort) {
  const Answers answers = Ask(NewChannel(), kV1, {Symbol(std::string(100'000, '.'))});
  EXPECT_EQ(answers.status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(answers.messages, SizeIs(0));
}

TEST_F(ReflectionTest, AnImportIsSentOnceAndAnExtensionIsFound) {
  reflection::ServerReflectionRequest by_name;
  by_name.set_file_by_filename("fireworks/inference/v1/chat_completion_service.proto");
  reflection::ServerReflectionRequest numbers;
  numbers.set_all_extension_numbers_of_type("google.protobuf.MethodOptions");
  reflection::ServerReflectionRequest extension;
  extension.mutable_file_containing_extension()->set_containing_type(
      "google.protobuf.MethodOptions");
  extension.mutable_file_containing_extension()->set_extension_number(72295728);  // api.http
  const Answers answers =
      Ask(NewChannel(), kV1, {by_name, by_name, numbers, extension, {}});
  ASSERT_THAT(answers.messages, SizeIs(5));
  EXPECT_GT(answers.messages[0].file_descriptor_response().file_descriptor_proto_size(), 1);
  EXPECT_EQ(answers.messages[1].file_descriptor_response().file_descriptor_proto_size(), 1);
  EXPECT_THAT(answers.messages[2].all_extension_numbers_response().extension_number(),
              Contains(72295728));
  EXPECT_GE(answers.messages[3].file_descriptor_response().file_descriptor_proto_size(), 1);
  EXPECT_EQ(answers.messages[4].error_response().error_code(), StatusCode::INVALID_ARGUMENT);
}

TEST_F(ReflectionTest, CanBeTurnedOff) {
  StartService([](server::Options* options) { options->reflection = false; });
  EXPECT_EQ(Ask(NewChannel(), kV1, {List()}).status.error_code(), StatusCode::UNIMPLEMENTED);
}

TEST_F(ReflectionTest, BeyondLoopbackOnlyOverMutualTls) {
  for (const bool tls : {false, true}) {
    Serve("sources { anonymous {} }", R"(rules { name: "all" callers: "*" methods: "*" })",
          [&](server::Options* options) {
            options->listen = "0.0.0.0:0";
            options->allow_plaintext = true;
            if (tls) UseTls(/*mutual=*/false, options);
          });
    const auto channel = tls ? TlsChannel("") : NewChannel();
    EXPECT_EQ(Ask(channel, kV1, {List()}).status.error_code(), StatusCode::UNIMPLEMENTED) << tls;
  }
}

TEST_F(ReflectionTest, OverMutualTlsThePolicyDecides) {
  Serve(kCertificates, R"(rules { name: "ops" callers: "spiffe://test.example/ops"
                                  methods: "grpc.reflection.*" }
                          rules { name: "web" callers: "*" methods: "fireworks.inference.*" })",
        [&](server::Options* options) {
          options->listen = "0.0.0.0:0";
          UseTls(/*mutual=*/true, options);
        });
  for (const char* method : {kV1, kV1Alpha}) {
    EXPECT_THAT(Ask(TlsChannel("ops"), method, {List()}).messages, SizeIs(1));
    const Answers denied = Ask(TlsChannel("web"), method, {List()});
    EXPECT_EQ(denied.status.error_code(), StatusCode::PERMISSION_DENIED);
    EXPECT_THAT(denied.messages, SizeIs(0));
  }
}

TEST_F(ReflectionTest, OverTlsOnLoopbackTheCallerMustBeKnown) {
  Serve(absl::StrCat("sources { static_tokens { tokens { name: 'ops' sha256: '",
                     access::ToHex(access::Sha256("ops-token")), "' } } }"),
        R"(rules { name: "all" callers: "*" methods: "*" })",
        [&](server::Options* options) { UseTls(/*mutual=*/false, options); });
  EXPECT_EQ(Ask(TlsChannel(""), kV1, {List()}).status.error_code(), StatusCode::UNAUTHENTICATED);
  EXPECT_THAT(Ask(TlsChannel(""), kV1, {List()}, "ops-token").messages, SizeIs(1));
}

}  // namespace
}  // namespace fireworks::e2e
