#include "service/server/contract_methods.h"

#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/access/policy.h"
#include "service/contract/route.h"

namespace fireworks::server {
namespace {

using contract::Route;
using contract::RouteTable;
using testing::IsEmpty;
using testing::UnorderedElementsAreArray;

// A line each, without what is said about the file at its beginning.
std::vector<std::string> ReadLines(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line[0] != '#') lines.push_back(line);
  }
  return lines;
}

class ContractMethodsTest : public testing::Test {
 protected:
  ContractMethodsTest() {
    auto routes = RouteTable::Compile(ContractServices());
    EXPECT_TRUE(routes.ok()) << routes.status();
    routes_ = std::make_unique<RouteTable>(*std::move(routes));
    methods_ = std::make_unique<ContractMethods>(*routes_);
  }

  access::MethodTraits TraitsOf(const std::string& method) {
    const Route* route = routes_->Find("/" + method);
    EXPECT_NE(route, nullptr) << method;
    return route == nullptr ? access::MethodTraits() : methods_->TraitsOf(*route);
  }

  std::unique_ptr<RouteTable> routes_;
  std::unique_ptr<ContractMethods> methods_;
};

// A new method fails here until somebody has said what it is to a policy.
TEST_F(ContractMethodsTest, EveryMethodIsClassedOnPurpose) {
  access::Caller anyone;
  anyone.name = "anonymous";
  std::vector<std::string> lines;
  for (const Route& route : routes_->routes()) {
    const access::MethodTraits traits = methods_->TraitsOf(route);
    const bool allowed = access::Policy::Default()->Decide(anyone, traits).allowed();
    lines.push_back(absl::StrCat(access::ClassName(ClassOf(traits)), " ",
                                 allowed ? "allowed" : "denied", " ", traits.name));
  }
  EXPECT_THAT(lines, UnorderedElementsAreArray(
                         ReadLines("service/server/testdata/method_classes.txt")));
}

// A pattern of the default that describes nothing would deny nothing.
TEST_F(ContractMethodsTest, TheDefaultPolicyIsAboutMethodsThatThereAre) {
  const auto policy = access::Policy::Default();
  for (const access::PolicyRule& rule : policy->rules()) {
    for (const std::string& pattern : rule.methods) {
      bool found = false;
      for (const Route& route : routes_->routes()) {
        access::PolicyRule one;
        one.methods = {pattern};
        const access::MethodTraits traits = methods_->TraitsOf(route);
        found = found || one.DescribesMethod(traits.name, ClassOf(traits));
      }
      EXPECT_TRUE(found) << pattern;
    }
  }
}

TEST_F(ContractMethodsTest, AReadIsSecretOnlyIfItsAnswerIsForASecret) {
  const std::string gateway = "fireworks.gateway.v1.";
  EXPECT_TRUE(TraitsOf(gateway + "ModelService/GetModelDownloadEndpoint").sensitive);
  // The keys of its direct route are beside what a deployment is.
  EXPECT_FALSE(TraitsOf(gateway + "DeploymentService/GetDeployment").sensitive);
  EXPECT_FALSE(TraitsOf(gateway + "DeploymentService/ListDeployments").sensitive);
  EXPECT_TRUE(TraitsOf(gateway + "DeploymentService/UpdateDeployment").sensitive);
  EXPECT_TRUE(TraitsOf(gateway + "ApiKeyService/CreateApiKey").sensitive);
}

TEST_F(ContractMethodsTest, SensitiveFieldsAreThoseOfAnswersToo) {
  const Route* route = routes_->Find("/fireworks.gateway.v1.DeploymentService/ListDeployments");
  ASSERT_NE(route, nullptr);
  const auto fields = SensitiveFields(route->method->output_type()).all();
  ASSERT_EQ(fields.size(), 1u);
  EXPECT_EQ(fields[0]->name(), "direct_route_api_keys");
  route = routes_->Find("/fireworks.inference.v1.ChatCompletionService/CreateChatCompletion");
  ASSERT_NE(route, nullptr);
  EXPECT_THAT(SensitiveFields(route->method->output_type()).all(), IsEmpty());
}

TEST(MethodNameTest, TakesEveryUsualForm) {
  for (const char* name : {"a.b.C/D", "/a.b.C/D", "a.b.C.D"}) {
    EXPECT_EQ(MethodName(name), "a.b.C/D");
  }
  EXPECT_EQ(MethodName("Chat"), "Chat");
  EXPECT_EQ(MethodName(""), "");
}

// A new RPC that names a model fails here until somebody has said what it asks of it.
TEST_F(ContractMethodsTest, WhatIsAskedOfModelsHasAName) {
  std::map<std::string, std::vector<std::string>> operations;
  for (const Route& route : routes_->routes()) {
    const std::string operation(GenerativeOperation(route));
    if (!operation.empty()) operations[operation].push_back(route.method->name());
  }
  const std::map<std::string, std::vector<std::string>> expected{
      {"chat",
       {"CreateMessage", "StreamMessage", "CreateChatCompletion", "StreamChatCompletion",
        "CreateResponse", "StreamResponse"}},
      {"embeddings", {"CreateEmbedding"}},
      {"rerank", {"Rerank"}},
      {"text_completion", {"CreateCompletion", "StreamCompletion"}}};
  EXPECT_EQ(operations.size(), expected.size());
  for (const auto& [operation, methods] : expected) {
    EXPECT_THAT(operations[operation], UnorderedElementsAreArray(methods)) << operation;
  }
}

}  // namespace
}  // namespace fireworks::server
