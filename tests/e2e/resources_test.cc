// Resources of the management API, from the first call to the last, through the
// service and a simulator that knows them from the upstream's inventory.
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "fireworks/gateway/v1/account_service.grpc.pb.h"
#include "fireworks/gateway/v1/dataset_service.grpc.pb.h"
#include "fireworks/gateway/v1/deployment_service.grpc.pb.h"
#include "fireworks/gateway/v1/supervised_fine_tuning_job_service.grpc.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/error_details.h"
#include "tests/e2e/service_fixture.h"

namespace fireworks::e2e {
namespace {

namespace gateway = fireworks::gateway::v1;
using gateway::Deployment;
using gateway::DeploymentService;
using grpc::StatusCode;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kAccount[] = "accounts/test-account";

class ResourcesTest : public ServiceTest {
 protected:
  void SetUp() override {
    ServiceTest::SetUp();
    StartService([](server::Options* options) { options->names.account_id = "test-account"; });
    const auto channel = NewChannel();
    deployments_ = DeploymentService::NewStub(channel);
    datasets_ = gateway::DatasetService::NewStub(channel);
    jobs_ = gateway::SupervisedFineTuningJobService::NewStub(channel);
  }

  grpc::Status Create(const std::string& id, Deployment* deployment,
                      const std::string& parent = kAccount) {
    gateway::CreateDeploymentRequest request;
    request.set_parent(parent);
    request.set_deployment_id(id);
    request.mutable_deployment()->set_base_model("accounts/fireworks/models/chat-large");
    request.mutable_deployment()->set_display_name(absl::StrCat("The ", id));
    CallContext context;
    return deployments_->CreateDeployment(&context, request, deployment);
  }

  grpc::Status Get(const std::string& id, Deployment* deployment) {
    gateway::GetDeploymentRequest request;
    request.set_name(absl::StrCat(kAccount, "/deployments/", id));
    CallContext context;
    return deployments_->GetDeployment(&context, request, deployment);
  }

  // Polls until the deployment is in that state, as a caller would.
  Deployment WaitFor(const std::string& id, Deployment::State state) {
    Deployment deployment;
    for (int reads = 0; reads < 10 && deployment.state() != state; ++reads) {
      EXPECT_TRUE(Get(id, &deployment).ok());
    }
    EXPECT_EQ(deployment.state(), state);
    return deployment;
  }

  std::unique_ptr<DeploymentService::Stub> deployments_;
  std::unique_ptr<gateway::DatasetService::Stub> datasets_;
  std::unique_ptr<gateway::SupervisedFineTuningJobService::Stub> jobs_;
};

TEST_F(ResourcesTest, ADeploymentFromCreationToDeletion) {
  Deployment deployment;
  ASSERT_TRUE(Create("one", &deployment).ok());
  EXPECT_EQ(deployment.name(), "accounts/test-account/deployments/one");
  EXPECT_EQ(deployment.state(), Deployment::CREATING);
  EXPECT_TRUE(deployment.has_create_time());
  EXPECT_TRUE(deployment.extra_json().empty());
  WaitFor("one", Deployment::READY);

  gateway::UpdateDeploymentRequest update;
  *update.mutable_deployment() = deployment;
  update.mutable_deployment()->set_description("described");
  update.mutable_deployment()->set_base_model("not in the mask");
  update.mutable_update_mask()->add_paths("description");
  update.mutable_update_mask()->add_paths("display_name");
  update.mutable_deployment()->clear_display_name();
  CallContext update_context;
  ASSERT_TRUE(deployments_->UpdateDeployment(&update_context, update, &deployment).ok());
  EXPECT_EQ(deployment.state(), Deployment::UPDATING);
  deployment = WaitFor("one", Deployment::READY);
  EXPECT_EQ(deployment.description(), "described");
  EXPECT_EQ(deployment.display_name(), "");
  EXPECT_EQ(deployment.base_model(), "accounts/fireworks/models/chat-large");

  gateway::DeleteDeploymentRequest remove;
  remove.set_name(deployment.name());
  gateway::DeleteDeploymentResponse removed;
  CallContext remove_context;
  ASSERT_TRUE(deployments_->DeleteDeployment(&remove_context, remove, &removed).ok());
  EXPECT_EQ(Get("one", &deployment).error_code(), StatusCode::NOT_FOUND);
}

TEST_F(ResourcesTest, ListsPageFilterAndOrder) {
  Deployment deployment;
  for (const char* id : {"a", "b", "c", "d", "e"}) ASSERT_TRUE(Create(id, &deployment).ok());
  gateway::ListDeploymentsRequest request;
  request.set_parent(kAccount);
  request.set_page_size(2);
  request.set_order_by("display_name desc");
  request.set_filter(
      "display_name != \"The c\" AND base_model=accounts/fireworks/models/chat-large");
  std::vector<std::string> names;
  int pages = 0;
  do {
    gateway::ListDeploymentsResponse page;
    CallContext context;
    ASSERT_TRUE(deployments_->ListDeployments(&context, request, &page).ok());
    EXPECT_EQ(page.total_size(), 4);
    for (const Deployment& each : page.deployments()) names.push_back(each.display_name());
    request.set_page_token(page.next_page_token());
    ++pages;
  } while (!request.page_token().empty() && pages < 5);
  EXPECT_EQ(pages, 2);
  EXPECT_THAT(names, ElementsAre("The e", "The d", "The b", "The a"));
}

TEST_F(ResourcesTest, AJobGoesThroughItsStates) {
  gateway::CreateSupervisedFineTuningJobRequest create;
  create.set_parent(kAccount);
  create.set_supervised_fine_tuning_job_id("job");
  create.mutable_supervised_fine_tuning_job()->set_dataset("accounts/test-account/datasets/rows");
  gateway::SupervisedFineTuningJob job;
  CallContext create_context;
  ASSERT_TRUE(jobs_->CreateSupervisedFineTuningJob(&create_context, create, &job).ok());

  gateway::GetSupervisedFineTuningJobRequest get;
  get.set_name(job.name());
  std::vector<gateway::JobState> states;
  for (int reads = 0; reads < 10 && job.state() != gateway::JOB_STATE_COMPLETED; ++reads) {
    CallContext context;
    ASSERT_TRUE(jobs_->GetSupervisedFineTuningJob(&context, get, &job).ok());
    states.push_back(job.state());
  }
  EXPECT_THAT(states, ElementsAre(gateway::JOB_STATE_VALIDATING, gateway::JOB_STATE_PENDING,
                                  gateway::JOB_STATE_CREATING, gateway::JOB_STATE_RUNNING,
                                  gateway::JOB_STATE_COMPLETED));
  EXPECT_EQ(job.job_progress().percent(), 100);
  EXPECT_TRUE(job.has_completed_time());

  gateway::CancelSupervisedFineTuningJobRequest cancel;
  cancel.set_name(job.name());
  gateway::CancelSupervisedFineTuningJobResponse cancelled;
  CallContext context;
  const grpc::Status status =
      jobs_->CancelSupervisedFineTuningJob(&context, cancel, &cancelled);
  EXPECT_EQ(status.error_code(), StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), HasSubstr("JOB_STATE_COMPLETED"));
}

TEST_F(ResourcesTest, ShardsBelongToTheirDeployment) {
  Deployment deployment;
  ASSERT_TRUE(Create("one", &deployment).ok());
  gateway::ListDeploymentShardsRequest request;
  request.set_parent(deployment.name());
  gateway::ListDeploymentShardsResponse shards;
  CallContext context;
  ASSERT_TRUE(deployments_->ListDeploymentShards(&context, request, &shards).ok());
  ASSERT_EQ(shards.deployment_shards_size(), 1);
  EXPECT_THAT(shards.deployment_shards(0).name(), HasSubstr(deployment.name() + "/shards/"));
  EXPECT_EQ(shards.deployment_shards(0).state(), gateway::DeploymentShard::READY);

  request.set_parent("accounts/test-account/deployments/none");
  CallContext missing;
  EXPECT_EQ(deployments_->ListDeploymentShards(&missing, request, &shards).error_code(),
            StatusCode::NOT_FOUND);
}

TEST_F(ResourcesTest, ScalingShowsInTheDeployment) {
  Deployment deployment;
  ASSERT_TRUE(Create("one", &deployment).ok());
  gateway::ScaleDeploymentRequest request;
  request.set_name(deployment.name());
  request.set_replica_count(4);
  gateway::ScaleDeploymentResponse scaled;
  CallContext context;
  ASSERT_TRUE(deployments_->ScaleDeployment(&context, request, &scaled).ok());
  ASSERT_TRUE(Get("one", &deployment).ok());
  EXPECT_EQ(deployment.desired_replica_count(), 4);
}

TEST_F(ResourcesTest, AnUploadMakesADatasetReady) {
  gateway::CreateDatasetRequest create;
  create.set_parent("accounts/-");
  create.set_dataset_id("rows");
  create.mutable_dataset()->mutable_user_uploaded();
  create.mutable_dataset()->set_example_count(9'007'199'254'740'993);
  gateway::Dataset dataset;
  CallContext create_context;
  ASSERT_TRUE(datasets_->CreateDataset(&create_context, create, &dataset).ok());
  EXPECT_EQ(dataset.state(), gateway::Dataset::UPLOADING);
  EXPECT_EQ(dataset.example_count(), 9'007'199'254'740'993);

  gateway::FileUploadResponse uploaded;
  CallContext upload_context;
  const auto writer = datasets_->UploadDatasetFile(&upload_context, &uploaded);
  gateway::UploadDatasetFileRequest piece;
  piece.mutable_metadata()->set_name(dataset.name());
  piece.mutable_metadata()->set_filename("rows.jsonl");
  writer->Write(piece);
  piece.set_data("{\"messages\": []}\n");
  writer->Write(piece);
  writer->WritesDone();
  ASSERT_TRUE(writer->Finish().ok());
  EXPECT_EQ(uploaded.bytes(), 17);
  EXPECT_EQ(uploaded.filename(), "rows.jsonl");

  gateway::ValidateDatasetUploadRequest validate;
  validate.set_name(dataset.name());
  gateway::ValidateDatasetUploadResponse validated;
  CallContext validate_context;
  ASSERT_TRUE(datasets_->ValidateDatasetUpload(&validate_context, validate, &validated).ok());
  gateway::GetDatasetRequest get;
  get.set_name(dataset.name());
  CallContext get_context;
  ASSERT_TRUE(datasets_->GetDataset(&get_context, get, &dataset).ok());
  EXPECT_EQ(dataset.state(), gateway::Dataset::READY);
}

TEST_F(ResourcesTest, ErrorsCarryTheirDetails) {
  Deployment deployment;
  ASSERT_TRUE(Create("one", &deployment).ok());
  const grpc::Status again = Create("one", &deployment);
  EXPECT_EQ(again.error_code(), StatusCode::ALREADY_EXISTS);
  EXPECT_THAT(again.error_message(), HasSubstr("accounts/test-account/deployments/one"));
  const ErrorDetails details = DetailsOf(again);
  ASSERT_TRUE(details.info.has_value());
  EXPECT_EQ(details.info->domain(), "fireworks.ai");
  EXPECT_TRUE(details.request.has_value());

  gateway::ListDeploymentsRequest list;
  list.set_parent(kAccount);
  list.set_filter("no_such_field = 1");
  gateway::ListDeploymentsResponse page;
  CallContext context;
  const grpc::Status status = deployments_->ListDeployments(&context, list, &page);
  EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("no_such_field"));
}

TEST_F(ResourcesTest, DashStandsForTheConfiguredAccount) {
  Deployment deployment;
  ASSERT_TRUE(Create("one", &deployment, "accounts/-").ok());
  EXPECT_EQ(deployment.name(), "accounts/test-account/deployments/one");
  gateway::GetAccountRequest request;
  request.set_name("accounts/-");
  gateway::Account account;
  CallContext context;
  ASSERT_TRUE(
      gateway::AccountService::NewStub(NewChannel())->GetAccount(&context, request, &account).ok());
  EXPECT_EQ(account.name(), kAccount);
  EXPECT_EQ(account.state(), gateway::Account::READY);
}

}  // namespace
}  // namespace fireworks::e2e
