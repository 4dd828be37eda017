// How resources come, change and go.
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/simulator/resource_fixture.h"

namespace fireworks::simulator {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using ResourceLifeTest = ResourceApiTest;

TEST_F(ResourceLifeTest, EveryReadTakesOneStep) {
  EXPECT_THAT(StatesOf(CreateDeployment()), ElementsAre("CREATING", "READY"));
  EXPECT_THAT(StatesOf(CreateJob()),
              ElementsAre("JOB_STATE_VALIDATING", "JOB_STATE_PENDING", "JOB_STATE_CREATING",
                          "JOB_STATE_RUNNING", "JOB_STATE_COMPLETED"));
  const Json job = CallOk("GET", absl::StrCat(kAccount, "/supervisedFineTuningJobs/one"));
  EXPECT_EQ(job["jobProgress"]["percent"], 100);
  EXPECT_FALSE(job["completedTime"].is_null());
  EXPECT_EQ(job["createdBy"], "user@example.com");
}

TEST_F(ResourceLifeTest, ListsAreReadsToo) {
  CreateDeployment();
  const std::string list = absl::StrCat(kAccount, "/deployments");
  EXPECT_EQ(CallOk("GET", list)["deployments"][0]["state"], "CREATING");
  EXPECT_EQ(CallOk("GET", list)["deployments"][0]["state"], "READY");
}

TEST_F(ResourceLifeTest, AnUpdatePassesThroughUpdating) {
  const std::string deployment = CreateDeployment();
  StatesOf(deployment);
  EXPECT_EQ(CallOk("PATCH", deployment, R"({"displayName":"d"})")["state"], "UPDATING");
  EXPECT_THAT(StatesOf(deployment), ElementsAre("UPDATING", "READY"));
}

TEST_F(ResourceLifeTest, JobsAreCancelledAndResumed) {
  const std::string job = CreateJob();
  StateOf(job);
  ExpectRefused(400, 9, Call("POST", absl::StrCat(job, ":resume"), "{}"), "JOB_STATE_PENDING");
  EXPECT_TRUE(CallOk("POST", absl::StrCat(job, ":cancel"), "{}").empty());
  EXPECT_THAT(StatesOf(job), ElementsAre("JOB_STATE_CANCELLING", "JOB_STATE_CANCELLED"));
  ExpectRefused(400, 9, Call("POST", absl::StrCat(job, ":cancel"), "{}"), "JOB_STATE_CANCELLED");
  EXPECT_EQ(CallOk("POST", absl::StrCat(job, ":resume"), "{}")["state"], "JOB_STATE_VALIDATING");
  EXPECT_EQ(StatesOf(job).back(), "JOB_STATE_COMPLETED");
  ExpectRefused(400, 9, Call("POST", absl::StrCat(job, ":cancel"), "{}"), "JOB_STATE_COMPLETED");
  ExpectRefused(404, 5, Call("POST", absl::StrCat(job, "x:cancel"), "{}"), "not found");
  ExpectRefused(400, 3, Call("POST", absl::StrCat(job, ":cancel"), R"({"nope":1})"), "nope");
}

TEST_F(ResourceLifeTest, DeploymentsScaleAndKeepALedger) {
  const std::string deployment = CreateDeployment();
  StatesOf(deployment);
  CallOk("PATCH", absl::StrCat(deployment, ":scale"), R"({"replicaCount":5})");
  EXPECT_EQ(CallOk("GET", deployment)["desiredReplicaCount"], 5);
  const Json ledger = CallOk("GET", absl::StrCat(deployment, "/ledger"))["ledger"];
  ASSERT_EQ(ledger.size(), 2u);
  EXPECT_EQ(ledger[0]["value"], "2");
  EXPECT_EQ(ledger[1]["value"], "5");
  CallOk("DELETE", absl::StrCat(deployment, "/ledger"));
  EXPECT_THAT(CallOk("GET", absl::StrCat(deployment, "/ledger"))["ledger"], IsEmpty());
}

TEST_F(ResourceLifeTest, DeletedDeploymentsComeBackUnlessDeletedHard) {
  const std::string deployment = CreateDeployment();
  CallOk("DELETE", deployment);
  EXPECT_EQ(Call("GET", deployment).status, 404);
  const std::string list = absl::StrCat(kAccount, "/deployments");
  EXPECT_EQ(CallOk("GET", list)["totalSize"], 0);
  const Json shown = CallOk("GET", absl::StrCat(list, "?showDeleted=true"))["deployments"][0];
  EXPECT_EQ(shown["state"], "DELETED");
  EXPECT_FALSE(shown["deleteTime"].is_null());
  EXPECT_EQ(CallOk("POST", absl::StrCat(deployment, ":undelete"), "{}")["state"], "READY");
  EXPECT_EQ(StateOf(deployment), "READY");
  CallOk("DELETE", absl::StrCat(deployment, "?hard=true"));
  EXPECT_EQ(Call("POST", absl::StrCat(deployment, ":undelete"), "{}").status, 404);
}

TEST_F(ResourceLifeTest, SubResourcesLiveAndDieWithTheirParents) {
  const std::string user = Create("users", "userId", R"({"role": "user"})");
  const Json key = CallOk("POST", absl::StrCat(user, "/apiKeys"), R"({"apiKey":{}})");
  const std::string id = key["keyId"];
  EXPECT_NE(key["key"], "");
  // Only the answer to its creation tells it.
  EXPECT_EQ(CallOk("GET", absl::StrCat(user, "/apiKeys/", id))["key"], "");
  EXPECT_EQ(CallOk("GET", absl::StrCat(user, "/apiKeys"))["totalSize"], 1);
  CallOk("POST", absl::StrCat(user, "/apiKeys:delete"), absl::StrCat(R"({"keyId":")", id, "\"}"));
  EXPECT_EQ(Call("GET", absl::StrCat(user, "/apiKeys/", id)).status, 404);

  const std::string models = absl::StrCat(kModels, "/own-base");
  CallOk("POST", absl::StrCat(models, "/versions?versionId=v1"), "{}");
  EXPECT_EQ(CallOk("GET", absl::StrCat(models, "/versions:count"))["count"], 1);
  CallOk("DELETE", models);
  CallOk("POST", kModels, R"({"modelId":"own-base"})");
  EXPECT_EQ(CallOk("GET", absl::StrCat(models, "/versions:count"))["count"], 0);
}

TEST_F(ResourceLifeTest, WhatNobodyCreatesComesWithItsParent) {
  EXPECT_THAT(Names(absl::StrCat(CreateDeployment(), "/shards"), "deploymentShards"),
              ElementsAre("default"));
  EXPECT_EQ(CallOk("GET", absl::StrCat(kAccount, "/policySettings"))["name"],
            "accounts/test-account/policySettings");
  EXPECT_EQ(CallOk("PATCH", absl::StrCat(kAccount, "/quotas/default"), R"({"value":3})")["value"],
            "3");
  EXPECT_EQ(Call("PATCH", absl::StrCat(kAccount, "/quotas/gpu"), R"({"value":3})").status, 404);
  EXPECT_EQ(CallOk("PATCH", absl::StrCat(kAccount, "/quotas/gpu?allowMissing=true"),
                   R"({"value":3})")["value"],
            "3");
  EXPECT_EQ(CallOk("GET", absl::StrCat(kAccount, "/auditLogs"))["totalSize"], 1);
}

TEST_F(ResourceLifeTest, UpdatesOfAShapeAreItsVersions) {
  const std::string shape = Create("deploymentShapes", "deploymentShapeId", R"({"baseModel":"m"})");
  CallOk("PATCH", shape, R"({"displayName":"second"})");
  EXPECT_THAT(Names(absl::StrCat(shape, "/versions"), "deploymentShapeVersions"),
              ElementsAre("1", "2"));
  EXPECT_EQ(CallOk("GET", absl::StrCat(shape, "/versions/2"))["snapshot"]["displayName"], "second");
  const Json version = CallOk(
      "POST", absl::StrCat(kAccount, "/genericDeploymentTypes?genericDeploymentTypeId=t"), "{}");
  EXPECT_EQ(version["name"], "accounts/test-account/genericDeploymentTypes/t/versions/1");
}

TEST_F(ResourceLifeTest, DatasetsWaitForTheirUpload) {
  const std::string dataset = CreateDataset();
  EXPECT_THAT(StatesOf(dataset), ElementsAre("UPLOADING"));
  HttpRequest upload;
  upload.method = "POST";
  upload.target = absl::StrCat(dataset, ":upload");
  upload.headers = {{"Content-Type", "multipart/form-data; boundary=\"b\""}};
  upload.body =
      "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"rows.jsonl\"\r\n"
      "Content-Type: application/octet-stream\r\n\r\n{\"a\":1}\r\n\r\n--b--\r\n";
  const Json uploaded = Json::parse(api_.Handle(upload).body);
  EXPECT_EQ(uploaded["bytes"], 9);
  EXPECT_EQ(uploaded["filename"], "rows.jsonl");
  EXPECT_EQ(uploaded["id"], "accounts/test-account/datasets/rows");
  EXPECT_THAT(StatesOf(dataset), ElementsAre("UPLOADING", "READY"));
  const Json urls =
      CallOk("GET", absl::StrCat(dataset, ":getDownloadEndpoint"))["filenameToSignedUrls"];
  EXPECT_TRUE(urls.contains("rows.jsonl"));
  upload.headers.clear();
  EXPECT_EQ(api_.Handle(upload).status, 400);
}

TEST_F(ResourceLifeTest, FileNamesMayHoldAnyBytes) {
  HttpRequest upload;
  upload.method = "POST";
  upload.target = absl::StrCat(CreateDataset(), ":upload");
  upload.headers = {{"content-type", "multipart/form-data; boundary=b"}};
  upload.body =
      "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\xff\"\r\n\r\n"
      "x\r\n--b--\r\n";
  const HttpResponse response = api_.Handle(upload);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(Json::parse(response.body)["filename"], "\xEF\xBF\xBD");
}

TEST_F(ResourceLifeTest, ValidateUploadMakesADatasetReady) {
  const std::string dataset = CreateDataset();
  const Json offered = CallOk("POST", absl::StrCat(dataset, ":getUploadEndpoint"),
                              R"({"filenameToSize":{"a.jsonl":"7"}})");
  EXPECT_TRUE(offered["filenameToSignedUrls"].contains("a.jsonl"));
  CallOk("POST", absl::StrCat(dataset, ":validateUpload"), "{}");
  EXPECT_EQ(StateOf(dataset), "READY");
  const Json split = CallOk("POST", absl::StrCat(dataset, ":splitDataset"), R"({"chunkSize":200})");
  EXPECT_EQ(split["chunksCreated"], 3);
  EXPECT_EQ(split["totalExamples"], "500");
  EXPECT_EQ(CallOk("GET", absl::StrCat(dataset, "-chunk-2"))["exampleCount"], "100");
  ExpectRefused(400, 3,
                Call("POST", absl::StrCat(kAccount, "/datasets"),
                     R"({"datasetId":"x","dataset":{"userUploaded":{}}})"),
                "example_count");
}

TEST_F(ResourceLifeTest, ValidateOnlyStoresNothing) {
  const std::string target =
      absl::StrCat(kAccount, "/deployments?deploymentId=d&validateOnly=true");
  EXPECT_EQ(CallOk("POST", target, R"({"baseModel":"m"})")["baseModel"], "m");
  EXPECT_EQ(Call("GET", absl::StrCat(kAccount, "/deployments/d")).status, 404);
}

TEST_F(ResourceLifeTest, SecretsAreNeverTold) {
  const Json created =
      CallOk("POST", absl::StrCat(kAccount, "/secrets"),
             R"({"name":"accounts/test-account/secrets/s","keyName":"K","value":"v"})");
  EXPECT_EQ(created["name"], "accounts/test-account/secrets/s");
  EXPECT_EQ(CallOk("GET", absl::StrCat(kAccount, "/secrets/s"))["value"], "");
}

TEST_F(ResourceLifeTest, CreditCodesAreRedeemedOnce) {
  const std::string body = R"({"code":"SPRING","name":"accounts/test-account"})";
  EXPECT_TRUE(CallOk("POST", "/v1/creditCodes:redeem", body).contains("amount"));
  EXPECT_EQ(Call("POST", "/v1/creditCodes:redeem", body).status, 409);
  EXPECT_EQ(CallOk("GET", absl::StrCat(kAccount, "/creditRedemptions"))["totalSize"], 2);
}

}  // namespace
}  // namespace fireworks::simulator
