// The code in README.md that no example has.
#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "client/cpp/chat_completion_service_client.h"
#include "client/cpp/connection.h"
#include "client/cpp/error.h"
#include "client/cpp/mock_connection.h"
#include "client/cpp/model_service_client.h"
#include "client/cpp/testing/fake_service.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace {

namespace client = fireworks::client;
using client::FakeService;
using fireworks::gateway::v1::ListModelsRequest;
using fireworks::gateway::v1::ListModelsResponse;
using fireworks::inference::v1::ChatCompletionRequest;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Chunk = FakeService::Chunk;
using Writer = grpc::ServerWriter<Chunk>;

std::shared_ptr<client::Connection> ConnectionTo(const std::string& target) {
  client::ConnectionOptions options;
  options.target = target;
  return *client::Connect(options);
}

absl::StatusOr<std::shared_ptr<client::Connection>> ConnectWithTls(const std::string& folder) {
  const std::string ca_file = folder + "/ca.pem";
  const std::string certificate_file = folder + "/client.pem";
  const std::string key_file = folder + "/client-key.pem";
  const std::string token = "secret";
  // [START connect]
  client::ConnectionOptions options;
  options.target = "dns:///fireworks.internal:50051";
  options.tls = client::TlsFiles{ca_file, certificate_file, key_file};
  options.token = token;
  const auto connection = client::Connect(options);
  // [END connect]
  return connection;
}

TEST(Snippets, ConnectWithTls) {
  const std::string folder = ::testing::TempDir();
  EXPECT_THAT(std::string(ConnectWithTls(folder + "/none").status().message()),
              HasSubstr("ca.pem"));
  for (const char* name : {"/ca.pem", "/client.pem", "/client-key.pem"}) {
    std::ofstream(folder + name) << "PEM";
  }
  EXPECT_TRUE(ConnectWithTls(folder).ok());
}

std::string Explain(const absl::Status& status) {
  std::string text;
  // [START errors]
  const client::Error error = client::ErrorFromStatus(status);
  absl::StrAppend(&text, client::StatusCodeName(error.code), " because of ", error.reason,
                  ", request ", error.request_id, "\n");
  for (const auto& violation : error.violations) {
    absl::StrAppend(&text, violation.field, ": ", violation.description, "\n");
  }
  if (error.retry_delay) {
    absl::StrAppend(&text, "may be tried again in ", absl::FormatDuration(*error.retry_delay));
  }
  // [END errors]
  return text;
}

TEST(Snippets, Errors) {
  EXPECT_EQ(Explain(client::ToStatus(client::TruncatedStatus())),
            "UNAVAILABLE because of STREAM_TRUNCATED, request req_7\nmay be tried again in 2s");
}

absl::StatusOr<std::vector<std::string>> Names(const client::ModelServiceClient& service) {
  std::vector<std::string> names;
  // [START list]
  ListModelsRequest request;
  request.set_parent("accounts/fireworks");
  auto models = service.ListModels(request);
  for (const auto& model : models) names.push_back(model.name());
  if (!models.status().ok()) return models.status();
  // [END list]
  return names;
}

TEST(Snippets, List) {
  FakeService fake(nullptr, [](grpc::ServerContext*, const ListModelsRequest& request,
                               ListModelsResponse* response) {
    response->add_models()->set_name(request.parent() + request.page_token());
    if (request.page_token().empty()) response->set_next_page_token("/2");
    return grpc::Status::OK;
  });
  const auto names = Names(client::ModelServiceClient(ConnectionTo(fake.target())));
  ASSERT_TRUE(names.ok()) << names.status();
  EXPECT_THAT(*names, ElementsAre("accounts/fireworks", "accounts/fireworks/2"));
}

TEST(Snippets, Asynchronous) {
  FakeService fake([](grpc::ServerContext*, const ChatCompletionRequest&, Writer* writer) {
    writer->Write(client::ContentChunk("a"));
    writer->Write(client::ContentChunk("b"));
    return grpc::Status::OK;
  });
  const client::ChatCompletionServiceClient chat(ConnectionTo(fake.target()));
  const ChatCompletionRequest request;
  std::string text;
  std::promise<absl::Status> done;
  // [START async]
  const auto call = chat.StreamChatCompletionAsync(
      request,
      [&](const Chunk& chunk) { text += chunk.choices(0).delta().content(); },
      [&](const absl::Status& status, const client::ReceivedMetadata&) { done.set_value(status); });
  // [END async]
  EXPECT_TRUE(done.get_future().get().ok());
  EXPECT_EQ(text, "ab");
}

std::string FirstContent(const client::ChatCompletionServiceClient& chat) {
  auto stream = chat.StreamChatCompletion({});
  for (const auto& chunk : stream) return chunk.choices(0).delta().content();
  return "";
}

// [START mock]
TEST(Snippets, Mock) {
  auto connection = std::make_shared<client::MockConnection>();
  EXPECT_CALL(*connection, Read).WillOnce([] {
    return std::make_unique<client::FakeReader<Chunk>>(
        std::vector<Chunk>{client::ContentChunk("mocked")}, absl::OkStatus());
  });
  EXPECT_EQ(FirstContent(client::ChatCompletionServiceClient(connection)), "mocked");
}
// [END mock]

}  // namespace
