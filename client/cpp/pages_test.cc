#include "client/cpp/pages.h"

#include <string>
#include <vector>

#include "client/cpp/connection.h"
#include "client/cpp/error.h"
#include "client/cpp/model_service_client.h"
#include "client/cpp/testing/fake_service.h"
#include "client/cpp/testing/received.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace fireworks::client {
namespace {

using fireworks::gateway::v1::ListModelsRequest;
using fireworks::gateway::v1::ListModelsResponse;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Pages<fireworks::gateway::v1::Model> ListFrom(const std::string& target,
                                              const ListModelsRequest& request = {}) {
  ConnectionOptions options;
  options.target = target;
  return ModelServiceClient(*Connect(options)).ListModels(request);
}

std::vector<std::string> Names(Pages<fireworks::gateway::v1::Model>& pages) {
  std::vector<std::string> names;
  for (const auto& model : pages) names.push_back(model.name());
  return names;
}

TEST(Pages, FollowsPagesWithTheSameRequest) {
  Received<std::string> asked;
  FakeService fake(nullptr, [&asked](grpc::ServerContext*, const ListModelsRequest& request,
                                     ListModelsResponse* response) {
    asked.Add(request.parent() + " " + request.filter() + " " + request.page_token());
    response->add_models()->set_name(request.page_token() + "m");
    if (request.page_token() != "2") {
      response->set_next_page_token(request.page_token().empty() ? "1" : "2");
    }
    return grpc::Status::OK;
  });
  ListModelsRequest request;
  request.set_parent("accounts/a");
  request.set_filter("f");
  auto list = ListFrom(fake.target(), request);
  EXPECT_THAT(Names(list), ElementsAre("m", "1m", "2m"));
  EXPECT_TRUE(list.status().ok());
  EXPECT_THAT(asked.all(), ElementsAre("accounts/a f ", "accounts/a f 1", "accounts/a f 2"));
}

TEST(Pages, KeepsWhatCameBeforeAFailure) {
  FakeService fake(nullptr, [](grpc::ServerContext*, const ListModelsRequest& request,
                               ListModelsResponse* response) {
    if (!request.page_token().empty()) return TruncatedStatus();
    response->add_models()->set_name("m");
    response->set_next_page_token("1");
    return grpc::Status::OK;
  });
  auto list = ListFrom(fake.target());
  EXPECT_THAT(Names(list), ElementsAre("m"));
  EXPECT_EQ(ErrorFromStatus(list.status()).reason, "STREAM_TRUNCATED");
}

TEST(Pages, FetchesNoPageThatNobodyReads) {
  Received<std::string> asked;
  FakeService fake(nullptr, [&asked](grpc::ServerContext*, const ListModelsRequest& request,
                                     ListModelsResponse* response) {
    asked.Add(request.page_token());
    response->add_models()->set_name("m");
    response->set_next_page_token(request.page_token() + "n");
    return grpc::Status::OK;
  });
  auto list = ListFrom(fake.target());
  auto model = list.begin();
  ++model;
  EXPECT_EQ(model->name(), "m");
  EXPECT_THAT(asked.all(), ElementsAre("", "n"));
}

TEST(Pages, APageMayBeEmpty) {
  FakeService fake(nullptr, [](grpc::ServerContext*, const ListModelsRequest& request,
                               ListModelsResponse* response) {
    if (request.page_token().empty()) {
      response->set_next_page_token("1");
    } else {
      response->add_models()->set_name("m");
    }
    return grpc::Status::OK;
  });
  auto list = ListFrom(fake.target());
  EXPECT_THAT(Names(list), ElementsAre("m"));
}

TEST(Pages, APageThatNamesItselfAsTheNextIsAnError) {
  FakeService fake(nullptr, [](grpc::ServerContext*, const ListModelsRequest&,
                               ListModelsResponse* response) {
    response->set_next_page_token("same");
    return grpc::Status::OK;
  });
  auto list = ListFrom(fake.target());
  EXPECT_THAT(Names(list), IsEmpty());
  EXPECT_TRUE(absl::IsInternal(list.status()));
}

TEST(Pages, ARefusedConnectionIsUnreachable) {
  const RefusingTarget nowhere;
  auto list = ListFrom(nowhere.target());
  EXPECT_THAT(Names(list), IsEmpty());
  EXPECT_TRUE(ErrorFromStatus(list.status()).unreachable);
}

}  // namespace
}  // namespace fireworks::client
