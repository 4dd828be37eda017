// `fwctl models` as users run it, against a scripted server.
#include "client/cpp/fwctl_models.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "client/cpp/testing/fake_service.h"
#include "client/cpp/testing/fwctl_process.h"
#include "client/cpp/testing/received.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace fireworks::client {
namespace {

using fireworks::gateway::v1::ListModelsRequest;
using fireworks::gateway::v1::ListModelsResponse;
using fireworks::gateway::v1::Model;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;
using Result = FwctlProcess::Result;

FwctlProcess::Options Models(const std::string& target, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "models");
  FwctlProcess::Options options;
  options.arguments = std::move(arguments);
  options.environment = {{"FWCTL_TARGET", target}};
  return options;
}

Model ReadyModel() {
  Model model;
  model.set_name("accounts/a/models/small");
  model.set_state(Model::READY);
  model.set_kind(Model::HF_BASE_MODEL);
  model.set_context_length(131072);
  model.set_public_(true);
  model.set_supports_serverless(false);
  model.set_supports_tools(true);
  return model;
}

// A service with two models on two pages.
class FwctlModelsList : public testing::Test {
 protected:
  Received<ListModelsRequest> requests_;
  FakeService fake_{nullptr, [this](grpc::ServerContext*, const ListModelsRequest& request,
                                    ListModelsResponse* response) {
                      requests_.Add(request);
                      if (request.page_token().empty()) {
                        *response->add_models() = ReadyModel();
                        response->set_next_page_token("next");
                      } else {
                        response->add_models()->set_name("accounts/a/models/x");
                      }
                      return grpc::Status::OK;
                    }};
};

TEST_F(FwctlModelsList, PrintsAllPagesAsATable) {
  const Result result = RunFwctl(Models(fake_.target(), {"list"}));
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(result.out,
            "NAME                     STATE  KIND           CONTEXT  PUBLIC  SERVERLESS  TOOLS\n"
            "accounts/a/models/small  READY  HF_BASE_MODEL   131072  yes     no          yes\n"
            "accounts/a/models/x      -      -                    -  -       -           -\n");
  EXPECT_EQ(requests_.last().parent(), "accounts/-");
}

TEST_F(FwctlModelsList, JsonIsOneObjectPerModel) {
  const Result result = RunFwctl(Models(fake_.target(), {"list", "--json"}));
  EXPECT_EQ(result.exit_code, 0);
  const std::vector<std::string> lines = absl::StrSplit(result.out, '\n');
  ASSERT_THAT(lines, SizeIs(3));
  const auto model = nlohmann::json::parse(lines[0]);
  EXPECT_EQ(model["name"], "accounts/a/models/small");
  EXPECT_EQ(model["contextLength"], 131072);
  EXPECT_EQ(nlohmann::json::parse(lines[1])["name"], "accounts/a/models/x");
  EXPECT_EQ(lines[2], "");
}

TEST_F(FwctlModelsList, TheAccountMayBeAnIdOrAName) {
  RunFwctl(Models(fake_.target(), {"list", "--account=fireworks", "--filter", "public=true"}));
  EXPECT_EQ(requests_.last().parent(), "accounts/fireworks");
  EXPECT_EQ(requests_.last().filter(), "public=true");
  RunFwctl(Models(fake_.target(), {"list", "--account", "accounts/b"}));
  EXPECT_EQ(requests_.last().parent(), "accounts/b");
}

TEST(FwctlModels, AnEmptyListIsNoError) {
  FakeService fake(nullptr, [](grpc::ServerContext*, const ListModelsRequest&,
                               ListModelsResponse*) { return grpc::Status::OK; });
  const Result result = RunFwctl(Models(fake.target(), {"list"}));
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err, "no models in accounts/-\n");
}

TEST(FwctlModels, AFailedCallIsTold) {
  FakeService fake(nullptr, [](grpc::ServerContext*, const ListModelsRequest&,
                               ListModelsResponse*) { return TruncatedStatus(); });
  const Result result = RunFwctl(Models(fake.target(), {"list"}));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, StartsWith("error: UNAVAILABLE (STREAM_TRUNCATED): "));
}

TEST(FwctlModels, ARefusedConnectionHasItsOwnExitCode) {
  const RefusingTarget nowhere;
  EXPECT_EQ(RunFwctl(Models(nowhere.target(), {"list"})).exit_code, 3);
}

TEST(FwctlModels, WrongUsageNamesTheHelp) {
  const std::vector<std::vector<std::string>> wrong = {
      {}, {"lost"}, {"list", "argument"}, {"list", "--nothing"}, {"list", "--account=\xff"}};
  for (const auto& arguments : wrong) {
    const Result result = RunFwctl(Models("", arguments));
    EXPECT_EQ(result.exit_code, 2) << testing::PrintToString(arguments);
    EXPECT_THAT(result.err, HasSubstr("--help"));
  }
}

}  // namespace
}  // namespace fireworks::client
