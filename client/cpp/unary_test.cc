// Unary calls and uploads of the typed clients.
#include <memory>
#include <string>
#include <vector>

#include "client/cpp/connection.h"
#include "client/cpp/dataset_service_client.h"
#include "client/cpp/error.h"
#include "client/cpp/mock_connection.h"
#include "client/cpp/model_service_client.h"
#include "client/cpp/testing/fake_methods.h"
#include "client/cpp/testing/fake_service.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace fireworks::client {
namespace {

using fireworks::gateway::v1::GetModelRequest;
using fireworks::gateway::v1::ListModelsRequest;
using fireworks::gateway::v1::ListModelsResponse;
using fireworks::gateway::v1::Model;
using ::testing::_;

ModelServiceClient ClientOf(const FakeService& fake) {
  ConnectionOptions options;
  options.target = fake.target();
  return ModelServiceClient(*Connect(options));
}

TEST(Unary, GivesTheResponseAndItsMetadata) {
  FakeService fake(nullptr, [](grpc::ServerContext* context, const ListModelsRequest& request,
                               ListModelsResponse* response) {
    context->AddInitialMetadata("x-leading", "l");
    context->AddTrailingMetadata("x-request-id", "r1");
    response->add_models()->set_name(request.parent() + "/models/m");
    return grpc::Status::OK;
  });
  ListModelsRequest request;
  request.set_parent("accounts/a");
  CallOptions options;
  ReceivedMetadata received;
  options.received = &received;
  const auto response = ClientOf(fake).ListModelsPage(request, options);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->models(0).name(), "accounts/a/models/m");
  EXPECT_EQ(FirstValue(received.leading, "x-leading"), "l");
  EXPECT_EQ(FirstValue(received.trailing, "x-request-id"), "r1");
}

TEST(Unary, AnErrorCarriesItsDetails) {
  FakeService fake(nullptr, [](grpc::ServerContext*, const ListModelsRequest&,
                               ListModelsResponse*) { return TruncatedStatus(); });
  const auto response = ClientOf(fake).ListModelsPage({});
  EXPECT_TRUE(absl::IsUnavailable(response.status()));
  const Error error = ErrorFromStatus(response.status());
  EXPECT_EQ(error.reason, "STREAM_TRUNCATED");
  EXPECT_EQ(error.request_id, "req_7");
  EXPECT_EQ(error.retry_delay, absl::Seconds(2));
}

TEST(Unary, ARequestIdInTheTrailersIsTheErrors) {
  FakeService fake(nullptr, [](grpc::ServerContext* context, const ListModelsRequest&,
                               ListModelsResponse*) {
    context->AddTrailingMetadata("x-request-id", "r1");
    return grpc::Status(grpc::StatusCode::NOT_FOUND, "no");
  });
  EXPECT_EQ(ErrorFromStatus(ClientOf(fake).ListModelsPage({}).status()).request_id, "r1");
}

// A service whose every answer is `responses`, parsable or not, and success.
FakeMethods Answering(const std::vector<std::string>& responses) {
  const auto answer = [responses](const ReceivedCall&) { return ScriptedAnswer{responses, {}}; };
  return FakeMethods({{"fireworks.gateway.v1.ModelService/GetModel", answer},
                      {"fireworks.gateway.v1.DatasetService/UploadDatasetFile", answer}});
}

absl::Status CallOf(const FakeMethods& fake) {
  ConnectionOptions options;
  options.target = fake.target();
  return ModelServiceClient(*Connect(options)).GetModel({}).status();
}

absl::Status UploadTo(const FakeMethods& fake) {
  ConnectionOptions options;
  options.target = fake.target();
  auto upload = DatasetServiceClient(*Connect(options)).UploadDatasetFile();
  upload.Write({});
  return upload.Finish().status();
}

TEST(Unary, AnAnswerThatDoesNotParseIsAnError) {
  const FakeMethods fake = Answering({"\xff"});
  EXPECT_EQ(CallOf(fake), absl::InternalError("the answer does not parse"));
  EXPECT_EQ(UploadTo(fake), absl::InternalError("the answer does not parse"));
}

TEST(Unary, SuccessWithoutAnAnswerIsAnError) {
  const FakeMethods fake = Answering({});
  EXPECT_EQ(CallOf(fake), absl::InternalError("the answer is missing"));
  EXPECT_EQ(UploadTo(fake), absl::InternalError("the answer is missing"));
}

TEST(Unary, AnAnswerMayBeEmpty) {
  const FakeMethods fake = Answering({""});
  EXPECT_TRUE(CallOf(fake).ok());
  EXPECT_TRUE(UploadTo(fake).ok());
}

TEST(Unary, AMockStandsInForTheService) {
  const auto connection = std::make_shared<MockConnection>();
  EXPECT_CALL(*connection, Call("fireworks.gateway.v1.ModelService/GetModel", _, _, _))
      .WillOnce([](const auto&, const auto& request, auto* response, const auto&) {
        static_cast<Model*>(response)->set_name(
            static_cast<const GetModelRequest&>(request).name());
        return absl::OkStatus();
      });
  GetModelRequest request;
  request.set_name("accounts/a/models/m");
  EXPECT_EQ(ModelServiceClient(connection).GetModel(request)->name(), "accounts/a/models/m");
}

}  // namespace
}  // namespace fireworks::client
