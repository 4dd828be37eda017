#include "tests/simulator/errors.h"

#include "gmock/gmock.h"
#include "nlohmann/json.hpp"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;

TEST(ErrorsTest, GatewayAndEngineFormsDiffer) {
  const Json gateway = Json::parse(CannedError(429, "rate_limit", "id-1").body);
  EXPECT_EQ(gateway["error"]["code"], "RATE_LIMIT_EXCEEDED");
  EXPECT_EQ(gateway["error"]["type"], "error");
  EXPECT_EQ(gateway["request_id"], "id-1");
  const Json engine = Json::parse(CannedError(429, "overloaded", "id-1").body);
  EXPECT_EQ(engine["error"]["object"], "error");
  EXPECT_EQ(engine["error"]["code"], "too_many_requests");
  EXPECT_FALSE(engine.contains("request_id"));
}

TEST(ErrorsTest, StatusPicksTheBodyWhenNoneIsNamed) {
  EXPECT_THAT(CannedError(503, "", "").body, HasSubstr("DEPLOYMENT_SCALING_UP"));
  EXPECT_THAT(CannedError(422, "", "").body, HasSubstr("detail"));
  EXPECT_EQ(FindHeader(CannedError(502, "", "").headers, "content-type"), "text/html");
}

TEST(ErrorsTest, TheDirectivesStatusWins) {
  EXPECT_EQ(CannedError(400, "adaptive", "").status, 400);
}

TEST(ErrorsTest, UnknownNameIsSaid) {
  EXPECT_THAT(CannedError(500, "nope", "").body, HasSubstr("'nope'"));
}

TEST(ErrorsTest, SeveralRefusalsAreCounted) {
  EXPECT_THAT(EngineInvalidRequest({"a", "b"}).body,
              HasSubstr("2 request validation errors: a; b"));
  EXPECT_THAT(EngineInvalidRequest({"a"}).body, HasSubstr(R"("message":"a")"));
}

TEST(ErrorsTest, BytesThatAreNotUtf8AreReplaced) {
  EXPECT_TRUE(Json::accept(StatusError(5, "bad \xFF name").body));
}

}  // namespace
}  // namespace fireworks::simulator
