#include "tests/simulator/models_store.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::ordered_json;
using ::testing::HasSubstr;

constexpr char kParent[] = "/v1/accounts/test-account/models";

class ModelsStoreTest : public testing::Test {
 protected:
  HttpResponse Call(const std::string& method, const std::string& target,
                    const std::string& body = "") {
    HttpRequest request;
    request.method = method;
    request.target = target;
    request.body = body;
    return store_.Handle(request);
  }

  Json CallOk(const std::string& method, const std::string& target, const std::string& body = "") {
    const HttpResponse response = Call(method, target, body);
    EXPECT_EQ(response.status, 200) << response.body;
    return Json::parse(response.body);
  }

  ModelsStore store_;
};

TEST_F(ModelsStoreTest, ModelsAreInGatewayDialect) {
  const HttpResponse response = Call("GET", absl::StrCat(kParent, "/tuned-chat"));
  const Json model = Json::parse(response.body);
  EXPECT_EQ(model["description"], "");
  EXPECT_EQ(model["contextLength"], 0);
  EXPECT_EQ(model["public"], false);
  EXPECT_TRUE(model["baseModelDetails"].is_null());
  EXPECT_EQ(model["peftDetails"]["r"], 16);
  std::string before;
  for (const auto& [key, value] : model.items()) {
    EXPECT_LT(before, key);
    before = key;
  }
}

TEST_F(ModelsStoreTest, Int64IsAString) {
  const Json model = CallOk("GET", "/v1/accounts/fireworks/models/chat-large");
  EXPECT_EQ(model["baseModelDetails"]["parameterCount"], "1000000000000");
}

TEST_F(ModelsStoreTest, PagesCoverTheListOnce) {
  for (int i = 0; i < 7; ++i) {
    CallOk("POST", kParent, absl::StrCat(R"({"modelId":"m-)", i, R"("})"));
  }
  std::set<std::string> seen;
  std::string token;
  int pages = 0;
  do {
    const Json page = CallOk("GET", absl::StrCat(kParent, "?pageSize=4&pageToken=", token));
    EXPECT_EQ(page["totalSize"], 9);
    for (const Json& model : page["models"]) seen.insert(model["name"].get<std::string>());
    token = page["nextPageToken"].get<std::string>();
    ++pages;
  } while (!token.empty());
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(seen.size(), 9u);
}

TEST_F(ModelsStoreTest, BadPagingIsInvalid) {
  EXPECT_EQ(Call("GET", absl::StrCat(kParent, "?pageSize=-1")).status, 400);
  EXPECT_EQ(Call("GET", absl::StrCat(kParent, "?pageToken=%20!")).status, 400);
}

TEST_F(ModelsStoreTest, CreateGetUpdateDelete) {
  const Json created = CallOk(
      "POST", kParent, R"({"modelId":"new","model":{"displayName":"New","kind":"CUSTOM_MODEL"}})");
  EXPECT_EQ(created["name"], "accounts/test-account/models/new");
  EXPECT_EQ(created["state"], "UPLOADING");
  const std::string target = absl::StrCat(kParent, "/new");
  EXPECT_EQ(CallOk("GET", target)["displayName"], "New");
  CallOk("PATCH", target, R"({"description":"d"})");
  const Json updated = CallOk("GET", target);
  EXPECT_EQ(updated["description"], "d");
  EXPECT_EQ(updated["displayName"], "New");
  EXPECT_TRUE(CallOk("DELETE", target).empty());
  EXPECT_EQ(Call("GET", target).status, 404);
}

TEST_F(ModelsStoreTest, PatchTakesItsMaskFromTheBody) {
  const std::string target = "/v1/accounts/fireworks/models/chat-large";
  const Json model = CallOk("PATCH", target,
                            R"({"baseModelDetails":{"parameter_count":7},"context_length":null,)"
                            R"("name":"ignored"})");
  EXPECT_EQ(model["baseModelDetails"]["parameterCount"], "7");
  EXPECT_EQ(model["baseModelDetails"]["worldSize"], 8);
  EXPECT_EQ(model["contextLength"], 0);
  EXPECT_EQ(model["name"], "accounts/fireworks/models/chat-large");
}

TEST_F(ModelsStoreTest, BadPatchChangesNothing) {
  const std::string target = absl::StrCat(kParent, "/own-base");
  const HttpResponse response = Call("PATCH", target, R"({"displayName":"changed","nope":1})");
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(response.body, HasSubstr(R"("code":3)"));
  EXPECT_EQ(Call("PATCH", target, R"({"displayName":7})").status, 400);
  EXPECT_EQ(CallOk("GET", target)["displayName"], "Own base");
}

TEST_F(ModelsStoreTest, ErrorsAreRpcStatuses) {
  const HttpResponse missing = Call("GET", absl::StrCat(kParent, "/none"));
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.body, R"({"code":5,"details":[],"message":"model not found"})");
  EXPECT_EQ(Call("POST", kParent, R"({"modelId":"own-base"})").status, 409);
  EXPECT_EQ(Call("POST", kParent, R"({"modelId":"Bad Id"})").status, 400);
  EXPECT_EQ(Call("POST", kParent, "not json").status, 400);
  EXPECT_EQ(Call("PUT", kParent).status, 501);
}

TEST_F(ModelsStoreTest, ResetRestoresTheSeed) {
  CallOk("DELETE", absl::StrCat(kParent, "/own-base"));
  store_.Reset();
  CallOk("GET", absl::StrCat(kParent, "/own-base"));
}

TEST_F(ModelsStoreTest, CatalogueListsReadyModels) {
  CallOk("POST", kParent, R"({"modelId":"uploading"})");
  const Json catalogue = Json::parse(store_.Catalogue());
  EXPECT_EQ(catalogue["object"], "list");
  EXPECT_EQ(catalogue["data"].size(), 7u);
  EXPECT_EQ(catalogue["data"][0]["id"], "accounts/fireworks/models/chat-large");
}

}  // namespace
}  // namespace fireworks::simulator
