#include "tests/simulator/operation.h"

#include <map>
#include <set>

#include "gmock/gmock.h"

namespace fireworks::simulator {
namespace {

using Kind = Operation::Kind;
using ::testing::ElementsAre;

const OperationTable& Table() {
  return OperationTable::Upstream();
}

const Operation* Find(const std::string& rpc) {
  for (const Operation& operation : Table().operations()) {
    if (operation.facts->rpc == rpc) return &operation;
  }
  ADD_FAILURE() << "no operation " << rpc;
  return nullptr;
}

std::string PatternOf(const std::string& rpc) {
  const Operation* const operation = Find(rpc);
  return operation == nullptr || operation->type == nullptr ? "" : operation->type->pattern;
}

TEST(OperationTest, KindsAreReadOffVerbPathAndTypes) {
  std::map<Kind, int> count;
  for (const Operation& operation : Table().operations()) ++count[operation.kind];
  EXPECT_EQ(Table().operations().size(), 199u);
  EXPECT_EQ(count[Kind::kList], 37);
  EXPECT_EQ(count[Kind::kUpdate], 21);
  EXPECT_EQ(Find("GetModel")->kind, Kind::kGet);
  EXPECT_EQ(Find("GetPolicySettings")->kind, Kind::kGet);
  EXPECT_EQ(Find("CreateModel")->kind, Kind::kCreate);
  EXPECT_EQ(Find("DeleteModel")->kind, Kind::kDelete);
  for (const char* rpc : {"ScaleDeployment", "DeleteApiKey", "GetLedger", "ResetLedger",
                          "GetBillingSummary", "ListAccountServerlessRateLimits",
                          "ValidateModelConfig", "RefreshSessionToken", "UploadDatasetFile"}) {
    EXPECT_EQ(Find(rpc)->kind, Kind::kCustom) << rpc;
  }
}

TEST(OperationTest, EveryStandardMethodHasAType) {
  for (const Operation& operation : Table().operations()) {
    if (operation.kind == Kind::kCustom) continue;
    ASSERT_NE(operation.type, nullptr) << operation.facts->rpc;
    EXPECT_FALSE(operation.type->identity.empty()) << operation.facts->rpc;
  }
}

TEST(OperationTest, TypesOfOddPaths) {
  EXPECT_EQ(PatternOf("ListGenericDeploymentTypeVersions"),
            "accounts/*/genericDeploymentTypes/*/versions/*");
  EXPECT_EQ(PatternOf("CreateEvaluatorV2"), "accounts/*/evaluators/*");
  EXPECT_EQ(PatternOf("CreateModelVersion"), "accounts/*/models/*/versions/*");
  EXPECT_EQ(PatternOf("GetApiKey"), "accounts/*/users/*/apiKeys/*");
  EXPECT_EQ(PatternOf("UpdateGenericDeploymentType"), "accounts/*/genericDeploymentTypes/*");
  // What no operation stores is acted on through what it belongs to.
  EXPECT_EQ(PatternOf("PromoteCheckpoint"), "accounts/*");
  EXPECT_EQ(PatternOf("GetModelVersionCount"), "accounts/*/models/*");
  EXPECT_EQ(PatternOf("ValidateModelConfig"), "");
}

TEST(OperationTest, TypesComeWithTheirParentUnlessCreated) {
  std::set<std::string> dependent;
  std::set<std::string> versions;
  for (const auto& [pattern, type] : Table().types()) {
    if (type.creatable || type.parent.empty()) continue;
    (type.is_version ? versions : dependent).insert(pattern);
  }
  EXPECT_THAT(dependent,
              ElementsAre("accounts/*/auditLogs/*", "accounts/*/creditRedemptions/*",
                          "accounts/*/deployments/*/shards/*", "accounts/*/policySettings",
                          "accounts/*/pricingPlans/*", "accounts/*/quotas/*",
                          "accounts/*/rlorTrainerJobs/*/checkpoints/*"));
  EXPECT_THAT(versions, ElementsAre("accounts/*/deploymentShapes/*/versions/*",
                                    "accounts/*/evaluators/*/versions/*",
                                    "accounts/*/genericDeploymentTypes/*/versions/*",
                                    "accounts/*/trainingShapes/*/versions/*"));
}

TEST(OperationTest, MatchTakesTheNameFromThePath) {
  const auto match = Table().Match("POST", "/v1/accounts/a/models/m%3An:prepare");
  ASSERT_TRUE(match.ok()) << match.status();
  EXPECT_EQ(match->operation->facts->rpc, "PrepareModel");
  EXPECT_EQ(match->target, "accounts/a/models/m:n");
  EXPECT_EQ(Table().Match("GET", "/v1/accounts/a/models/m/versions:count")->target,
            "accounts/a/models/m");
  EXPECT_EQ(Table().Match("POST", "/v1/accounts/a/models")->target, "accounts/a");
  EXPECT_EQ(Table().Match("GET", "/v1/accounts")->target, "");
}

TEST(OperationTest, UnknownPathsAndMethodsAreTold) {
  for (const char* path : {"/v1/accounts/a/nothings", "/v1/accounts//models", "/v2/accounts",
                           "/v1/accounts/a/models/m:unknown", "/v1", "/v1/", ""}) {
    EXPECT_TRUE(absl::IsNotFound(Table().Match("GET", path).status())) << path;
  }
  EXPECT_TRUE(absl::IsUnimplemented(Table().Match("PUT", "/v1/accounts/a/models").status()));
}

}  // namespace
}  // namespace fireworks::simulator
