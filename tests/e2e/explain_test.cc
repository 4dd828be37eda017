// ExplainService: the request that a call would become, and that none is sent.
#include <map>
#include <memory>
#include <string>

#include "fireworks/gateway/v1/dataset_service.pb.h"
#include "fireworks/gateway/v1/model_service.pb.h"
#include "fireworks/gateway/v1/secret_service.pb.h"
#include "fireworks/service/v1/explain.grpc.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/e2e/error_details.h"
#include "tests/e2e/service_fixture.h"

namespace fireworks::e2e {
namespace {

namespace gateway = fireworks::gateway::v1;
using fireworks::service::v1::ExplainRequest;
using fireworks::service::v1::ExplainResponse;
using fireworks::service::v1::ExplainService;
using grpc::StatusCode;
using Json = nlohmann::json;
using testing::HasSubstr;
using testing::Not;

constexpr char kStreamChat[] = "fireworks.inference.v1.ChatCompletionService/StreamChatCompletion";

class ExplainTest : public ServiceTest {
 protected:
  grpc::Status Explain(const std::string& method, const google::protobuf::Message* request,
                       ExplainResponse* response) {
    ExplainRequest asked;
    asked.set_method(method);
    if (request != nullptr) asked.mutable_request()->PackFrom(*request);
    CallContext context;
    context.AddMetadata("x-session-affinity", "session-7");
    return ExplainService::NewStub(NewChannel())->Explain(&context, asked, response);
  }

  ExplainResponse Explained(const std::string& method, const google::protobuf::Message& request) {
    ExplainResponse response;
    const grpc::Status status = Explain(method, &request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
};

std::map<std::string, std::string> HeadersOf(const ExplainResponse& response) {
  std::map<std::string, std::string> headers;
  for (const auto& header : response.headers()) headers[header.name()] = header.value();
  return headers;
}

TEST_F(ExplainTest, ShowsTheRequestOfAStream) {
  ChatRequest request = MakeChatRequest("hello");
  request.set_max_tokens(5);
  const ExplainResponse response = Explained(kStreamChat, request);
  EXPECT_EQ(response.http_method(), "POST");
  EXPECT_EQ(response.url(), simulator().base_url() + "/inference/v1/chat/completions");
  EXPECT_TRUE(response.streams());
  EXPECT_EQ(response.model(), kChatModel);
  const Json body = Json::parse(response.body());
  EXPECT_EQ(body, Json({{"model", kChatModel},
                        {"max_tokens", 5},
                        {"messages", {{{"role", "user"}, {"content", "hello"}}}},
                        {"stream", true}}));
  const auto headers = HeadersOf(response);
  EXPECT_EQ(headers.at("accept"), "text/event-stream");
  EXPECT_EQ(headers.at("content-type"), "application/json");
  EXPECT_EQ(headers.at("x-session-affinity"), "session-7");
  EXPECT_EQ(headers.at("authorization"), "Bearer [redacted]");
}

TEST_F(ExplainTest, SendsNothing) {
  Explained(kStreamChat, MakeChatRequest("hello"));
  EXPECT_TRUE(simulator().Requests().empty());
}

// What Explain shows is what a call then sends.
TEST_F(ExplainTest, AgreesWithTheCall) {
  StartService([](server::Options* options) { options->names.account_id = "acme"; });
  gateway::GetModelRequest request;
  request.set_name("accounts/-/models/a-model");
  request.mutable_read_mask()->add_paths("display_name");
  const ExplainResponse response =
      Explained("fireworks.gateway.v1.ModelService/GetModel", request);
  CallContext context;
  gateway::Model model;
  models().GetModel(&context, request, &model);
  const auto seen = simulator().Find(context.request_id());
  ASSERT_TRUE(seen.ok());
  EXPECT_EQ(response.http_method(), seen->method);
  EXPECT_EQ(response.url(), simulator().base_url() + seen->target);
  EXPECT_FALSE(response.has_body());
  EXPECT_FALSE(response.streams());
  EXPECT_FALSE(response.has_model());
}

TEST_F(ExplainTest, ShowsNoSecret) {
  gateway::CreateSecretRequest request;
  request.set_parent("accounts/acme");
  request.mutable_secret()->set_name("accounts/acme/secrets/token");
  request.mutable_secret()->set_key_name("TOKEN");
  request.mutable_secret()->set_value("hunter2-canary");
  const ExplainResponse response =
      Explained("fireworks.gateway.v1.SecretService/CreateSecret", request);
  EXPECT_THAT(response.DebugString(), Not(HasSubstr("hunter2")));
  EXPECT_THAT(response.DebugString(), Not(HasSubstr(kApiKey)));
  EXPECT_EQ(Json::parse(response.body())["value"], "[redacted]");
  EXPECT_EQ(Json::parse(response.body())["keyName"], "TOKEN");
}

TEST_F(ExplainTest, ShowsAnUploadWithoutItsBytes) {
  gateway::UploadDatasetFileRequest request;
  request.mutable_metadata()->set_name("accounts/acme/datasets/d");
  const ExplainResponse response =
      Explained("fireworks.gateway.v1.DatasetService/UploadDatasetFile", request);
  EXPECT_EQ(response.http_method(), "POST");
  EXPECT_EQ(response.url(), simulator().base_url() + "/v1/accounts/acme/datasets/d:upload");
  EXPECT_FALSE(response.has_body());
  EXPECT_THAT(HeadersOf(response).at("content-type"), HasSubstr("multipart/form-data"));
}

TEST_F(ExplainTest, ResolvesAliases) {
  StartService([](server::Options* options) {
    options->names.model_aliases.emplace("default-chat", kChatModel);
  });
  const ExplainResponse response = Explained(kStreamChat, MakeChatRequest("x", "default-chat"));
  EXPECT_EQ(response.model(), kChatModel);
  EXPECT_EQ(Json::parse(response.body())["model"], kChatModel);
}

TEST_F(ExplainTest, TakesMethodNamesInEveryUsualForm) {
  const ChatRequest request = MakeChatRequest("x");
  for (const char* method :
       {"/fireworks.inference.v1.ChatCompletionService/StreamChatCompletion",
        "fireworks.inference.v1.ChatCompletionService.StreamChatCompletion"}) {
    EXPECT_TRUE(Explained(method, request).streams()) << method;
  }
}

TEST_F(ExplainTest, UnknownMethodsAreNotFound) {
  for (const char* method : {"", "ChatCompletionService/CreateChatCompletion", "x.y.Z/A",
                             "fireworks.service.v1.ExplainService/Explain"}) {
    ExplainResponse response;
    const grpc::Status status = Explain(method, nullptr, &response);
    EXPECT_EQ(status.error_code(), StatusCode::NOT_FOUND) << method;
  }
}

TEST_F(ExplainTest, BadRequestsGiveTheCallsOwnErrors) {
  ExplainResponse response;
  gateway::GetModelRequest unnamed;
  grpc::Status status =
      Explain("fireworks.gateway.v1.ModelService/GetModel", &unnamed, &response);
  EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
  ASSERT_TRUE(DetailsOf(status).bad_request.has_value());
  EXPECT_EQ(DetailsOf(status).bad_request->field_violations(0).field(), "name");

  status = Explain(kStreamChat, &unnamed, &response);
  EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("ChatCompletionRequest"));
}

TEST_F(ExplainTest, CallsAreSentToWhatTheirAliasNames) {
  StartService([](server::Options* options) {
    options->names.model_aliases.emplace("default-chat", kChatModel);
  });
  CallContext context;
  ChatResponse response;
  const grpc::Status status =
      chat().CreateChatCompletion(&context, MakeChatRequest("x", "default-chat"), &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.model(), kChatModel);
  const auto seen = simulator().Find(context.request_id());
  ASSERT_TRUE(seen.ok());
  EXPECT_EQ(Json::parse(seen->body)["model"], kChatModel);
}

}  // namespace
}  // namespace fireworks::e2e
