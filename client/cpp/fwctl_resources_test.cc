// `fwctl models`, `jobs` and their like as users run them, against a scripted server.
#include <atomic>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "client/cpp/testing/fake_methods.h"
#include "client/cpp/testing/fake_service.h"
#include "client/cpp/testing/fwctl_process.h"
#include "client/cpp/testing/received.h"
#include "fireworks/gateway/v1/batch_inference_job_service.pb.h"
#include "fireworks/gateway/v1/dataset_service.pb.h"
#include "fireworks/gateway/v1/dpo_job_service.pb.h"
#include "fireworks/gateway/v1/model_service.pb.h"
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


FwctlProcess::Options With(const std::string& target, std::vector<std::string> arguments) {
  FwctlProcess::Options options;
  options.arguments = std::move(arguments);
  options.environment = {{"FWCTL_TARGET", target}, {"TERM", "xterm"}};
  return options;
}

TEST_F(FwctlModelsList, YamlIsAListOfMappings) {
  const Result result = RunFwctl(Models(fake_.target(), {"list", "-o", "yaml"}));
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out,
            "- name: accounts/a/models/small\n"
            "  state: READY\n"
            "  kind: HF_BASE_MODEL\n"
            "  public: true\n"
            "  contextLength: 131072\n"
            "  supportsTools: true\n"
            "  supportsServerless: false\n"
            "- name: accounts/a/models/x\n");
}

// A dataset that is asked for by any name, and a job that ends as its name says after two
// looks.
class FwctlResources : public testing::Test {
 protected:
  static ScriptedAnswer Look(const ReceivedCall& call, std::atomic<int>* looks) {
    fireworks::gateway::v1::BatchInferenceJob job;
    job.set_name(call.As<fireworks::gateway::v1::GetBatchInferenceJobRequest>().name());
    const int look = (*looks)++;
    job.mutable_job_progress()->set_percent(look * 50);
    job.set_state(look < 2 ? JobState::JOB_STATE_RUNNING
                  : absl::StrContains(job.name(), "good") ? JobState::JOB_STATE_COMPLETED
                                                          : JobState::JOB_STATE_FAILED);
    return Answer(job);
  }

  using JobState = fireworks::gateway::v1::JobState;

  std::atomic<int> looks_{0};
  Received<std::string> uploaded_;
  FakeMethods fake_{{
      {"fireworks.gateway.v1.DatasetService/GetDataset",
       [](const ReceivedCall& call) {
         fireworks::gateway::v1::Dataset dataset;
         dataset.set_name(call.As<fireworks::gateway::v1::GetDatasetRequest>().name());
         dataset.set_display_name("yes: \"no\"\x7f");
         dataset.set_example_count(3);
         dataset.mutable_create_time()->set_seconds(86400);
         dataset.mutable_user_uploaded();
         return Answer(dataset);
       }},
      {"fireworks.gateway.v1.DatasetService/UploadDatasetFile",
       [this](const ReceivedCall& call) {
         using Request = fireworks::gateway::v1::UploadDatasetFileRequest;
         uploaded_.Add(call.As<Request>(0).metadata().name());
         for (std::size_t i = 1; i < call.requests.size(); ++i) {
           uploaded_.Add(call.As<Request>(i).data());
         }
         return Answer(fireworks::gateway::v1::FileUploadResponse());
       }},
      {"fireworks.gateway.v1.BatchInferenceJobService/GetBatchInferenceJob",
       [this](const ReceivedCall& call) { return Look(call, &looks_); }},
      {"fireworks.gateway.v1.BatchInferenceJobService/ListBatchInferenceJobs",
       [](const ReceivedCall&) {
         fireworks::gateway::v1::ListBatchInferenceJobsResponse page;
         auto* job = page.add_batch_inference_jobs();
         job->set_name("accounts/a/batchInferenceJobs/b");
         job->set_state(JobState::JOB_STATE_RUNNING);
         job->mutable_job_progress()->set_percent(7);
         return Answer(page);
       }},
      {"fireworks.gateway.v1.SupervisedFineTuningJobService/ListSupervisedFineTuningJobs",
       [](const ReceivedCall&) { return Answer(ListModelsResponse()); }},
      {"fireworks.gateway.v1.ReinforcementFineTuningJobService/ListReinforcementFineTuningJobs",
       [](const ReceivedCall&) { return Answer(ListModelsResponse()); }},
      {"fireworks.gateway.v1.DpoJobService/ListDpoJobs",
       [](const ReceivedCall&) {
         fireworks::gateway::v1::ListDpoJobsResponse page;
         page.add_dpo_jobs()->set_name("accounts/a/dpoJobs/d");
         return Answer(page);
       }},
  }};
};

TEST_F(FwctlResources, GetIsARowOfTheTable) {
  const Result result = RunFwctl(With(fake_.target(), {"datasets", "get", "d", "--account=a"}));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out,
            "NAME                   STATE  FORMAT  EXAMPLES  TOKENS  CREATED\n"
            "accounts/a/datasets/d  -      -              3       -  1970-01-02 00:00:00\n");
}

TEST_F(FwctlResources, YamlQuotesWhatWouldReadOtherwise) {
  const Result result =
      RunFwctl(With(fake_.target(), {"datasets", "get", "accounts/b/datasets/d", "-o=yaml"}));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out,
            "name: accounts/b/datasets/d\n"
            "displayName: \"yes: \\\"no\\\"\\x7f\"\n"
            "createTime: \"1970-01-02T00:00:00Z\"\n"
            "exampleCount: \"3\"\n"
            "userUploaded: {}\n");
}

TEST_F(FwctlResources, JobsOfAllKindsAreOneTable) {
  const Result result = RunFwctl(With(fake_.target(), {"jobs", "list"}));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out,
            "NAME                             STATE    PROGRESS  CREATED  MESSAGE\n"
            "accounts/a/batchInferenceJobs/b  RUNNING        7%  -        -\n"
            "accounts/a/dpoJobs/d             -               -  -        -\n");
  EXPECT_EQ(RunFwctl(With(fake_.target(), {"jobs", "list", "--kind=dpoJobs", "--json"})).out,
            "{\"name\":\"accounts/a/dpoJobs/d\"}\n");
}

TEST_F(FwctlResources, AWatchEndsWithTheJob) {
  const Result result = RunFwctl(With(
      fake_.target(), {"jobs", "watch", "batchInferenceJobs/good", "--interval", "0.001"}));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out,
            "accounts/-/batchInferenceJobs/good  RUNNING  0%  -  -\n"
            "accounts/-/batchInferenceJobs/good  RUNNING  50%  -  -\n"
            "accounts/-/batchInferenceJobs/good  COMPLETED  100%  -  -\n");
}

TEST_F(FwctlResources, AJobThatFailsHasItsOwnExitCode) {
  const Result result = RunFwctl(With(fake_.target(), {"jobs", "watch", "--interval=0.001",
                                                       "batchInferenceJobs/bad", "--json"}));
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_THAT(result.out, HasSubstr("\"JOB_STATE_FAILED\""));
}

TEST_F(FwctlResources, OnATerminalAWatchStaysOnItsLine) {
  FwctlProcess::Options options = With(
      fake_.target(), {"jobs", "watch", "batchInferenceJobs/good", "--interval", "0.001"});
  options.terminal = true;
  const Result result = RunFwctl(options);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(std::vector<std::string>(absl::StrSplit(result.out, '\r')), SizeIs(4));
  EXPECT_THAT(std::vector<std::string>(absl::StrSplit(result.out, '\n')), SizeIs(2));
}

TEST_F(FwctlResources, AJobsNameMustTellItsKind) {
  const Result result = RunFwctl(With(fake_.target(), {"jobs", "get", "x"}));
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("batchInferenceJobs/ID"));
}

TEST(FwctlWatch, WhatIsNotThereIsNotWaitedFor) {
  const RefusingTarget nowhere;
  EXPECT_EQ(RunFwctl(With(nowhere.target(), {"datasets", "watch", "d"})).exit_code, 3);
}

TEST(FwctlWatch, EndsWhenItsReaderHasLeft) {
  std::atomic<int> looks{0};
  FakeMethods fake({{"fireworks.gateway.v1.BatchInferenceJobService/GetBatchInferenceJob",
                     [&looks](const ReceivedCall&) {
                       fireworks::gateway::v1::BatchInferenceJob job;
                       job.set_state(fireworks::gateway::v1::JOB_STATE_RUNNING);
                       job.mutable_job_progress()->set_percent(looks++);
                       return Answer(job);
                     }}});
  FwctlProcess fwctl(With(fake.target(), {"jobs", "watch", "batchInferenceJobs/x", "--json",
                                          "--interval=0.01"}));
  ASSERT_TRUE(fwctl.AwaitOutput("JOB_STATE_RUNNING"));
  fwctl.CloseOutput();
  EXPECT_EQ(fwctl.Wait().exit_code, 0);
}

TEST(FwctlList, EndsWhenItsReaderHasLeft) {
  std::promise<void> left;
  std::atomic<int> more{0};
  FakeMethods fake({{"fireworks.gateway.v1.BatchInferenceJobService/ListBatchInferenceJobs",
                     [&left](const ReceivedCall&) {
                       left.get_future().wait();
                       fireworks::gateway::v1::ListBatchInferenceJobsResponse page;
                       page.add_batch_inference_jobs()->set_name("accounts/a/x");
                       return Answer(page);
                     }},
                    {"fireworks.gateway.v1.SupervisedFineTuningJobService/"
                     "ListSupervisedFineTuningJobs",
                     [&more](const ReceivedCall&) {
                       ++more;
                       return Answer(ListModelsResponse());
                     }}});
  FwctlProcess fwctl(With(fake.target(), {"jobs", "list", "--json"}));
  fwctl.CloseOutput();
  left.set_value();
  EXPECT_EQ(fwctl.Wait().exit_code, 0);
  EXPECT_EQ(more, 0);
}

TEST(FwctlList, ATokenFileThatIsNotThereIsNamed) {
  const Result result =
      RunFwctl(With("127.0.0.1:1", {"jobs", "list", "--token-file=/nowhere/token"}));
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("/nowhere/token: No such file or directory"));
}

TEST_F(FwctlResources, AnUploadSendsTheFile) {
  const std::string path = testing::TempDir() + "/examples.jsonl";
  FILE* file = fopen(path.c_str(), "w");
  fputs("{}\n{}\n", file);
  fclose(file);
  const Result result = RunFwctl(With(fake_.target(), {"datasets", "upload", "d", path}));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "uploaded " + path + " to accounts/-/datasets/d\n");
  EXPECT_THAT(uploaded_.all(), ::testing::ElementsAre("accounts/-/datasets/d", "{}\n{}\n"));

  FwctlProcess::Options options = With(fake_.target(), {"datasets", "upload", "d", path});
  options.terminal = true;
  EXPECT_THAT(RunFwctl(options).out, HasSubstr("##] 100%"));
}

TEST_F(FwctlResources, AFileThatIsNotThereIsWrongUsage) {
  const Result result =
      RunFwctl(With(fake_.target(), {"datasets", "upload", "d", "/nowhere/examples.jsonl"}));
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("/nowhere/examples.jsonl"));
}

}  // namespace
}  // namespace fireworks::client
