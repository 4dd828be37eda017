#include "client/cpp/model_list.h"

#include <string>
#include <vector>

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

ModelList ListFrom(const std::string& target, const ListModelsRequest& request) {
  ConnectionOptions options;
  options.target = target;
  return ListModels(Connect(options), request);
}

std::vector<std::string> Names(const ModelList& list) {
  std::vector<std::string> names;
  for (const auto& model : list.models) names.push_back(model.name());
  return names;
}

TEST(ListModels, FollowsPagesWithTheSameRequest) {
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
  const ModelList list = ListFrom(fake.target(), request);
  EXPECT_FALSE(list.error.has_value());
  EXPECT_THAT(Names(list), ElementsAre("m", "1m", "2m"));
  EXPECT_THAT(asked.all(), ElementsAre("accounts/a f ", "accounts/a f 1", "accounts/a f 2"));
}

TEST(ListModels, KeepsWhatCameBeforeAFailure) {
  FakeService fake(nullptr, [](grpc::ServerContext*, const ListModelsRequest& request,
                               ListModelsResponse* response) {
    if (!request.page_token().empty()) return TruncatedStatus();
    response->add_models()->set_name("m");
    response->set_next_page_token("1");
    return grpc::Status::OK;
  });
  const ModelList list = ListFrom(fake.target(), {});
  EXPECT_THAT(Names(list), ElementsAre("m"));
  ASSERT_TRUE(list.error.has_value());
  EXPECT_EQ(list.error->reason, "STREAM_TRUNCATED");
}

TEST(ListModels, APageThatNamesItselfAsTheNextIsAnError) {
  FakeService fake(nullptr, [](grpc::ServerContext*, const ListModelsRequest&,
                               ListModelsResponse* response) {
    response->set_next_page_token("same");
    return grpc::Status::OK;
  });
  const ModelList list = ListFrom(fake.target(), {});
  ASSERT_TRUE(list.error.has_value());
  EXPECT_EQ(list.error->code, grpc::StatusCode::INTERNAL);
}

TEST(ListModels, ARefusedConnectionIsUnreachable) {
  const RefusingTarget nowhere;
  const ModelList list = ListFrom(nowhere.target(), {});
  EXPECT_THAT(list.models, IsEmpty());
  ASSERT_TRUE(list.error.has_value());
  EXPECT_TRUE(list.error->unreachable);
}

}  // namespace
}  // namespace fireworks::client
