// What the tests of the management API share: one, called without sockets.
#ifndef FIREWORKS_TESTS_SIMULATOR_RESOURCE_FIXTURE_H_
#define FIREWORKS_TESTS_SIMULATOR_RESOURCE_FIXTURE_H_

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/simulator/resource_api.h"

namespace fireworks::simulator {

inline constexpr char kAccount[] = "/v1/accounts/test-account";
inline constexpr char kModels[] = "/v1/accounts/test-account/models";

class ResourceApiTest : public testing::Test {
 protected:
  using Json = nlohmann::ordered_json;

  HttpResponse Call(const std::string& method, const std::string& target,
                    const std::string& body = "") {
    HttpRequest request;
    request.method = method;
    request.target = target;
    request.body = body;
    return api_.Handle(request);
  }

  Json CallOk(const std::string& method, const std::string& target, const std::string& body = "") {
    const HttpResponse response = Call(method, target, body);
    EXPECT_EQ(response.status, 200) << method << " " << target << ": " << response.body;
    return Json::parse(response.body);
  }

  // Checks that the call is refused with that HTTP status and gRPC code.
  void ExpectRefused(int status, int code, const HttpResponse& response, const char* words) {
    EXPECT_EQ(response.status, status) << response.body;
    const Json body = Json::parse(response.body);
    EXPECT_EQ(body["code"], code);
    EXPECT_THAT(body["message"].get<std::string>(), testing::HasSubstr(words));
    EXPECT_EQ(body["details"], Json::array());
  }

  // Creates something; its path.
  std::string Create(const std::string& collection, const std::string& id_parameter,
                     const std::string& body) {
    CallOk("POST", absl::StrCat(kAccount, "/", collection, "?", id_parameter, "=one"), body);
    return absl::StrCat(kAccount, "/", collection, "/one");
  }
  std::string CreateDeployment() {
    return Create("deployments", "deploymentId", R"({"baseModel": "m", "minReplicaCount": 2})");
  }
  std::string CreateJob() {
    return Create("supervisedFineTuningJobs", "supervisedFineTuningJobId", R"({"dataset": "d"})");
  }
  std::string CreateDataset() {
    CallOk("POST", absl::StrCat(kAccount, "/datasets"),
           R"({"datasetId": "rows", "dataset": {"userUploaded": {}, "exampleCount": "500"}})");
    return absl::StrCat(kAccount, "/datasets/rows");
  }

  std::string StateOf(const std::string& target) {
    return CallOk("GET", target)["state"].get<std::string>();
  }

  // The states that reading shows, up to the first that comes twice.
  std::vector<std::string> StatesOf(const std::string& target) {
    std::vector<std::string> states = {StateOf(target)};
    for (std::string next = StateOf(target); next != states.back(); next = StateOf(target)) {
      states.push_back(next);
    }
    return states;
  }

  std::vector<std::string> Names(const std::string& target, const char* key) {
    std::vector<std::string> names;
    const Json page = CallOk("GET", target);
    for (const Json& item : page[key]) {
      const std::string name = item["name"];
      names.push_back(name.substr(name.rfind('/') + 1));
    }
    return names;
  }

  ResourceApi api_;
};

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_RESOURCE_FIXTURE_H_
