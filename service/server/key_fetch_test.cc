// How an issuer is asked for its keys.
#include "service/server/key_fetch.h"

#include <future>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/upstream/testing/scripted_server.h"
#include "tests/support/test_folder.h"

namespace fireworks::server {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using upstream::testing::Connection;
using upstream::testing::ReceivedRequest;
using upstream::testing::ScriptedServer;

class KeyFetchTest : public ::testing::Test {
 protected:
  // What comes of asking for keys; the answer is up to the test.
  std::future<absl::StatusOr<std::string>> Fetch(const std::string& token_file = "") {
    return std::async(std::launch::async, [this, token_file] {
      return FetchKeys({server_.url() + "/openid/v1/jwks", /*ca_file=*/"", token_file});
    });
  }

  ScriptedServer server_;
};

TEST_F(KeyFetchTest, AsksForAKeySetByItsOwnTypeFirst) {
  auto keys = Fetch();
  Connection connection = server_.Accept();
  const ReceivedRequest request = connection.ReadRequest();
  EXPECT_THAT(request.head, HasSubstr("GET /openid/v1/jwks HTTP/1.1\r\n"));
  // Kubernetes' API server has this one only, and refuses whoever does not name it.
  EXPECT_EQ(request.Header("accept"), "application/jwk-set+json, application/json");
  EXPECT_EQ(request.Count("authorization"), 0);
  connection.SendAnswer(200, "application/jwk-set+json", R"({"keys":[]})", "");
  const absl::StatusOr<std::string> answer = keys.get();
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(*answer, R"({"keys":[]})");
}

TEST_F(KeyFetchTest, SendsTheTokenAndNeverTellsIt) {
  const testing_support::TestFolder folder;
  auto keys = Fetch(folder.Replace("token", "secret-token\n"));
  Connection connection = server_.Accept();
  EXPECT_EQ(connection.ReadRequest().Header("authorization"), "Bearer secret-token");
  connection.SendAnswer(403, "application/json", "{}", "");
  EXPECT_THAT(keys.get().status().ToString(),
              AllOf(HasSubstr(server_.url()), HasSubstr("403"), Not(HasSubstr("secret-token"))));
}

TEST_F(KeyFetchTest, ATokenThatCannotBeReadIsNamedByItsFile) {
  EXPECT_THAT(Fetch("/nowhere/token").get().status().message(), HasSubstr("/nowhere/token"));
}

}  // namespace
}  // namespace fireworks::server
