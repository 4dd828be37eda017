#include "tests/simulator/resource_api.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/simulator/resource_fixture.h"

namespace fireworks::simulator {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(ResourceApiTest, ModelsAreInGatewayDialect) {
  const Json model = CallOk("GET", absl::StrCat(kModels, "/tuned-chat"));
  EXPECT_EQ(model["description"], "");
  EXPECT_EQ(model["contextLength"], 0);
  EXPECT_EQ(model["public"], false);
  EXPECT_EQ(model["snapshotType"], "FULL_SNAPSHOT");
  EXPECT_TRUE(model["baseModelDetails"].is_null());
  EXPECT_EQ(model["peftDetails"]["r"], 16);
  EXPECT_EQ(model["createTime"], "2026-01-15T09:30:00.123456Z");
  std::string before;
  for (const auto& [key, value] : model.items()) {
    EXPECT_LT(before, key);
    before = key;
  }
  const Json large = CallOk("GET", "/v1/accounts/fireworks/models/chat-large");
  EXPECT_EQ(large["baseModelDetails"]["parameterCount"], "1000000000000");
}

TEST_F(ResourceApiTest, CreateGetUpdateDelete) {
  const Json created = CallOk(
      "POST", kModels,
      R"({"modelId":"new","cluster":"c","model":{"displayName":"New","kind":"CUSTOM_MODEL"}})");
  EXPECT_EQ(created["name"], "accounts/test-account/models/new");
  EXPECT_EQ(created["state"], "UPLOADING");
  EXPECT_EQ(created["cluster"], "c");
  EXPECT_EQ(created["status"]["code"], "OK");
  EXPECT_FALSE(created["createTime"].is_null());
  const std::string target = absl::StrCat(kModels, "/new");
  EXPECT_EQ(CallOk("GET", target)["displayName"], "New");
  EXPECT_EQ(CallOk("PATCH", target, R"({"description":"d","name":"ignored"})")["name"],
            "accounts/test-account/models/new");
  const Json updated = CallOk("GET", target);
  EXPECT_EQ(updated["description"], "d");
  EXPECT_EQ(updated["displayName"], "New");
  EXPECT_TRUE(CallOk("DELETE", target).empty());
  EXPECT_EQ(Call("GET", target).status, 404);
  EXPECT_EQ(Call("DELETE", target).status, 404);
}

TEST_F(ResourceApiTest, PatchTakesItsMaskFromTheBody) {
  const Json model = CallOk("PATCH", "/v1/accounts/fireworks/models/chat-large",
                            R"({"baseModelDetails":{"parameter_count":7},"context_length":null})");
  EXPECT_EQ(model["baseModelDetails"]["parameterCount"], "7");
  EXPECT_EQ(model["baseModelDetails"]["worldSize"], 8);
  EXPECT_EQ(model["contextLength"], 0);
}

TEST_F(ResourceApiTest, BadRequestsAreRefusedAsStatuses) {
  const std::string own = absl::StrCat(kModels, "/own-base");
  ExpectRefused(400, 3, Call("PATCH", own, R"({"displayName":"x","nope":1})"), "nope");
  ExpectRefused(400, 3, Call("PATCH", own, R"({"displayName":7})"), "displayName");
  ExpectRefused(400, 3, Call("PATCH", own, "[]"), "object");
  EXPECT_EQ(CallOk("GET", own)["displayName"], "Own base");
  ExpectRefused(404, 5, Call("GET", absl::StrCat(kModels, "/none")), "not found");
  ExpectRefused(404, 5, Call("POST", "/v1/accounts/none/models", R"({"modelId":"m"})"), "parent");
  ExpectRefused(404, 5, Call("GET", "/v1/accounts/none/models"), "parent");
  ExpectRefused(404, 5, Call("GET", absl::StrCat(kAccount, "/nothings")), "Not Found");
  ExpectRefused(409, 6, Call("POST", kModels, R"({"modelId":"own-base"})"), "exists");
  ExpectRefused(400, 3, Call("POST", kModels, R"({"modelId":"Bad Id"})"), "Bad Id");
  ExpectRefused(400, 3, Call("POST", kModels, R"({"model":{}})"), "modelId is required");
  ExpectRefused(400, 3, Call("POST", kModels, R"({"modelId":"m","nope":1})"), "nope");
  ExpectRefused(400, 3, Call("POST", kModels, "not json"), "JSON");
  ExpectRefused(501, 12, Call("PUT", kModels), "Method");
  ExpectRefused(400, 3, Call("GET", absl::StrCat(kModels, "?pageSize=many")), "pageSize");
  ExpectRefused(400, 3, Call("GET", absl::StrCat(kAccount, "/billing/summary?endTime=x")),
                "startTime");
}

TEST_F(ResourceApiTest, PagesCoverTheListOnce) {
  for (int i = 0; i < 7; ++i) {
    CallOk("POST", kModels, absl::StrCat(R"({"modelId":"m-)", i, R"("})"));
  }
  std::set<std::string> seen;
  std::string token;
  int pages = 0;
  do {
    const Json page =
        CallOk("GET", absl::StrCat(kModels, "?pageSize=4&orderBy=display_name&pageToken=", token));
    EXPECT_EQ(page["totalSize"], 9);
    for (const Json& model : page["models"]) seen.insert(model["name"].get<std::string>());
    token = page["nextPageToken"].get<std::string>();
    ++pages;
  } while (!token.empty() && pages < 5);
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(seen.size(), 9u);
}

TEST_F(ResourceApiTest, APageGoesOnBehindADeletedResource) {
  const Json first = CallOk("GET", "/v1/accounts/fireworks/models?pageSize=2");
  CallOk("DELETE", absl::StrCat("/v1/", first["models"][1]["name"].get<std::string>()));
  EXPECT_THAT(Names(absl::StrCat("/v1/accounts/fireworks/models?pageToken=",
                                 first["nextPageToken"].get<std::string>()),
                    "models"),
              ElementsAre("embedding-small", "reasoning-large", "vision-large"));
}

TEST_F(ResourceApiTest, BadPagingIsInvalid) {
  ExpectRefused(400, 3, Call("GET", absl::StrCat(kModels, "?pageSize=-1")), "page_size");
  ExpectRefused(400, 3, Call("GET", absl::StrCat(kModels, "?pageToken=%20!")), "page_token");
  const Json page = CallOk("GET", "/v1/accounts/fireworks/models?pageSize=2");
  const std::string token = page["nextPageToken"];
  ExpectRefused(400, 3,
                Call("GET", absl::StrCat("/v1/accounts/fireworks/models?filter=public%3Dtrue"
                                         "&pageToken=",
                                         token)),
                "page_token");
}

TEST_F(ResourceApiTest, ListsFilterAndOrder) {
  const std::string models = "/v1/accounts/fireworks/models";
  EXPECT_THAT(Names(absl::StrCat(models, "?filter=kind%3DHF_BASE_MODEL%20AND%20",
                                 "base_model_details.world_size%3D8&orderBy=name%20desc"),
                    "models"),
              ElementsAre("reasoning-large", "chat-small", "chat-large"));
  EXPECT_THAT(Names(absl::StrCat(models, "?orderBy=context_length,name&pageSize=2"), "models"),
              ElementsAre("vision-large", "embedding-small"));
  ExpectRefused(400, 3, Call("GET", absl::StrCat(models, "?filter=nope%3D1")), "nope");
  ExpectRefused(400, 3, Call("GET", absl::StrCat(models, "?orderBy=nope")), "nope");
}

TEST_F(ResourceApiTest, ListsWithoutAnOrderComeAsDocumented) {
  for (const char* id : {"b", "a"}) {
    CallOk("POST", absl::StrCat(kAccount, "/deployments?deploymentId=", id),
           R"({"baseModel":"m"})");
    CallOk("POST", absl::StrCat(kAccount, "/trails?trailId=", id), "{}");
    CallOk("POST", absl::StrCat(kAccount, "/routers?routerId=", id), "{}");
  }
  EXPECT_THAT(Names(absl::StrCat(kAccount, "/deployments"), "deployments"), ElementsAre("b", "a"));
  EXPECT_THAT(Names(absl::StrCat(kAccount, "/trails"), "trails"), ElementsAre("a", "b"));
  EXPECT_THAT(Names(absl::StrCat(kAccount, "/routers"), "routers"), ElementsAre("a", "b"));
}

TEST_F(ResourceApiTest, ReadMaskLeavesTheRestUnset) {
  const Json model =
      CallOk("GET", absl::StrCat("/v1/accounts/fireworks/models/chat-large",
                                 "?readMask=name,base_model_details.moe"));
  EXPECT_EQ(model["name"], "accounts/fireworks/models/chat-large");
  EXPECT_EQ(model["baseModelDetails"]["worldSize"], 8);
  EXPECT_EQ(model["state"], "STATE_UNSPECIFIED");
  const Json page = CallOk("GET", "/v1/accounts/fireworks/models?readMask=name");
  EXPECT_EQ(page["models"][0]["contextLength"], 0);
  ExpectRefused(400, 3, Call("GET", "/v1/accounts/fireworks/models?readMask=nope"), "nope");
}

TEST_F(ResourceApiTest, ResetRestoresTheSeed) {
  CallOk("DELETE", absl::StrCat(kModels, "/own-base"));
  CreateDeployment();
  api_.Reset();
  CallOk("GET", absl::StrCat(kModels, "/own-base"));
  EXPECT_EQ(CallOk("GET", absl::StrCat(kAccount, "/deployments"))["totalSize"], 0);
}

TEST_F(ResourceApiTest, CatalogueListsReadyModels) {
  CallOk("POST", kModels, R"({"modelId":"uploading"})");
  const Json catalogue = Json::parse(api_.Catalogue());
  EXPECT_EQ(catalogue["object"], "list");
  EXPECT_EQ(catalogue["data"].size(), 7u);
  EXPECT_EQ(catalogue["data"][0]["id"], "accounts/fireworks/models/chat-large");
  EXPECT_EQ(catalogue["data"][0]["context_length"], 131072);
}

TEST(ResourceApiCapacityTest, AFullStoreSaysSo) {
  ResourceApi api(40);
  HttpRequest request;
  request.method = "POST";
  request.target = kModels;
  HttpResponse response;
  for (int i = 0; i < 40 && response.status == 200; ++i) {
    request.body = absl::StrCat(R"({"modelId":"m-)", i, R"("})");
    response = api.Handle(request);
  }
  EXPECT_EQ(response.status, 429);
  EXPECT_THAT(response.body, HasSubstr("at most 40 resources"));
}

}  // namespace
}  // namespace fireworks::simulator
