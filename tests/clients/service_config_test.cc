// The service config that all clients share, by gRPC's own judgement.
#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/str_replace.h"
#include "grpcpp/support/validate_service_config.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace fireworks {
namespace {

using grpc::experimental::ValidateServiceConfigJSON;

std::string ReadConfig() {
  std::ifstream file("client/service_config.json");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The config with one thing changed, which must be in it.
std::string With(const std::string& old_text, const std::string& new_text) {
  const std::string config = ReadConfig();
  const std::string changed = absl::StrReplaceAll(config, {{old_text, new_text}});
  EXPECT_NE(changed, config) << "the config has no " << old_text;
  return changed;
}

TEST(ServiceConfigTest, IsAccepted) {
  ASSERT_FALSE(ReadConfig().empty());
  EXPECT_EQ(ValidateServiceConfigJSON(ReadConfig()), "");
}

TEST(ServiceConfigTest, BrokenOnesAreRefused) {
  EXPECT_NE(ValidateServiceConfigJSON(""), "");
  EXPECT_NE(ValidateServiceConfigJSON(With("round_robin", "no_such_policy")), "");
  EXPECT_NE(ValidateServiceConfigJSON(With("\"maxAttempts\": 3", "\"maxAttempts\": 1")), "");
  EXPECT_NE(ValidateServiceConfigJSON(With("\"0.5s\"", "\"soon\"")), "");
  EXPECT_NE(ValidateServiceConfigJSON(With("UNAVAILABLE", "NO_SUCH_CODE")), "");
  EXPECT_NE(ValidateServiceConfigJSON(With("\"serviceName\": \"\"", "\"serviceName\": 1")), "");
}

// DATA_LOSS and the like come after tokens were spent.
TEST(ServiceConfigTest, NothingButUnavailableIsRepeated) {
  const auto config = nlohmann::json::parse(ReadConfig());
  for (const auto& method : config.at("methodConfig")) {
    EXPECT_EQ(method.at("retryPolicy").at("retryableStatusCodes"),
              nlohmann::json::array({"UNAVAILABLE"}));
    EXPECT_FALSE(method.contains("hedgingPolicy"));
  }
}

}  // namespace
}  // namespace fireworks
