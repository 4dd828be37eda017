// The inference API as a whole: who is refused and how, stored responses, and
// errors in the middle of a stream over a socket.
#include "tests/simulator/inference.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "nlohmann/json.hpp"
#include "tests/simulator/testing/events.h"
#include "tests/simulator/testing/raw_client.h"
#include "tests/simulator/testing/simulator_fixture.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::ordered_json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class InferenceTest : public testing::Test {
 protected:
  InferenceAnswer Ask(const std::string& method, const std::string& target,
                      const std::string& body = {}, bool authorized = true) {
    const HttpRequest request{method, "/inference/v1/" + target, {}, body, true};
    const Json json = Json::parse(body, nullptr, /*allow_exceptions=*/false);
    return api_.Answer({request, json, directives_, authorized, "req-1", ++serial_});
  }

  Json AskJson(const std::string& method, const std::string& target,
               const std::string& body = {}) {
    return Json::parse(Ask(method, target, body).response.body);
  }

  Directives directives_;
  InferenceApi api_{[] { return std::string(R"({"object":"list"})"); }, /*lax=*/false};
  std::uint64_t serial_ = 0;
};

TEST_F(InferenceTest, ErrorsHaveTheFormOfTheirProtocol) {
  struct Case {
    const char* path;
    const char* body;
    int status;
    const char* words;
  };
  for (const Case& c : {Case{"completions", "{", 400, R"("object":"error")"},
                        Case{"completions", R"({"model":"missing-m","prompt":"p"})", 404,
                             R"("code":"NOT_FOUND")"},
                        Case{"messages", R"({"model":"m","messages":[],"x":1})", 400,
                             R"("type":"invalid_request_error")"},
                        Case{"messages", R"({"model":"missing-m","messages":[{"role":"user",)"
                                         R"("content":"c"}]})",
                             404, R"("type":"not_found_error")"},
                        Case{"rerank", R"({"query":"q"})", 400, "documents"},
                        Case{"responses", R"({"model":"m","input":"i",)"
                                          R"("previous_response_id":"resp_x"})",
                             404, "previous"}}) {
    const HttpResponse response = Ask("POST", c.path, c.body).response;
    EXPECT_EQ(response.status, c.status) << c.path << c.body;
    EXPECT_THAT(response.body, HasSubstr(c.words)) << c.path;
  }
}

TEST_F(InferenceTest, CredentialsAndMethodsAreChecked) {
  EXPECT_EQ(Ask("POST", "embeddings", "{}", false).response.status, 401);
  const HttpResponse refused = Ask("POST", "messages", "{}", false).response;
  EXPECT_EQ(refused.status, 401);
  EXPECT_THAT(refused.body, HasSubstr("authentication_error"));
  EXPECT_EQ(Ask("GET", "models", "", false).response.status, 401);
  EXPECT_EQ(Ask("GET", "rerank").response.status, 405);
  EXPECT_EQ(Ask("GET", "nothing").response.status, 404);
  EXPECT_EQ(Ask("GET", "models").response.status, 200);
}

TEST_F(InferenceTest, CannedErrorsComeFirst) {
  directives_.status = 529;
  EXPECT_THAT(Ask("POST", "messages", "{}").response.body, HasSubstr("overloaded_error"));
  EXPECT_EQ(Ask("GET", "responses/x").response.status, 529);
}

TEST_F(InferenceTest, ResponsesAreKeptUntilDeleted) {
  const Json made = AskJson("POST", "responses", R"({"model":"m","input":"say: one"})");
  const std::string id = made["id"].get<std::string>();
  EXPECT_EQ(AskJson("GET", "responses/" + id), made);
  EXPECT_EQ(AskJson("GET", "responses?limit=5")["data"][0], made);
  EXPECT_EQ(Ask("DELETE", "responses/" + id).response.status, 200);
  EXPECT_EQ(Ask("GET", "responses/" + id).response.status, 404);
  EXPECT_EQ(Ask("DELETE", "responses/" + id).response.status, 404);
}

TEST_F(InferenceTest, ResponsesThatAreNotToBeKeptAreNot) {
  AskJson("POST", "responses", R"({"model":"m","input":"i","store":false})");
  EXPECT_TRUE(AskJson("GET", "responses")["data"].empty());
}

TEST_F(InferenceTest, AStreamedResponseIsKeptWhenItEnds) {
  const InferenceAnswer answer =
      Ask("POST", "responses", R"({"model":"m","input":"say: one","stream":true})");
  ASSERT_NE(answer.events, nullptr);
  EXPECT_TRUE(AskJson("GET", "responses")["data"].empty());
  const Json last = ReadEvents(answer.events.get()).back().data["response"];
  EXPECT_EQ(AskJson("GET", "responses/" + last["id"].get<std::string>()), last);
  api_.Reset();
  EXPECT_TRUE(AskJson("GET", "responses")["data"].empty());
}

TEST_F(InferenceTest, AConversationIsContinued) {
  const Json first = AskJson("POST", "responses", R"({"model":"m","input":"say: one"})");
  const Json next = AskJson("POST", "responses",
                            absl::StrCat(R"({"model":"m","input":"and?","previous_response_id":)",
                                         first["id"].dump(), "}"));
  EXPECT_EQ(next["previous_response_id"], first["id"]);
  EXPECT_GT(next["usage"]["prompt_tokens_details"]["cached_tokens"], 0);
}

class InferenceOverSocketsTest : public SimulatorTest {
 protected:
  // Each event of a streamed answer, as it travelled.
  std::vector<std::string> Stream(const std::string& path, const std::string& body,
                                  const std::string& directives) {
    auto client = Connect();
    client->Send(RawRequest("POST", "/inference/v1/" + path, body,
                            "X-Simulator: " + directives + "\r\n"));
    EXPECT_EQ(client->ReadHead().status, 200);
    std::vector<std::string> events;
    while (const std::optional<std::string> event = client->ReadChunk()) events.push_back(*event);
    return events;
  }
};

TEST_F(InferenceOverSocketsTest, AnErrorEndsTheStream) {
  const std::vector<std::string> chat = Stream("chat/completions", kStreamBody,
                                               "error_after=2;chunk_tokens=1");
  ASSERT_EQ(chat.size(), 3u);
  EXPECT_THAT(chat[2], StartsWith(R"(data: {"error":{"object":"error")"));
  const std::vector<std::string> response = Stream(
      "responses", R"({"model":"m","stream":true,"input":"say: one"})", "error_after=2");
  ASSERT_EQ(response.size(), 3u);
  EXPECT_THAT(response[2], HasSubstr(R"("type":"error")"));
  EXPECT_THAT(response[2], HasSubstr(R"("sequence_number":2)"));
}

TEST_F(InferenceOverSocketsTest, EventsOfMessagesHaveTheirNames) {
  const std::vector<std::string> events = Stream(
      "messages", R"({"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}]})",
      "error_after=2");
  ASSERT_EQ(events.size(), 3u);
  EXPECT_THAT(events[0], StartsWith("event: message_start\ndata: {\"type\":\"message_start\""));
  EXPECT_EQ(events[1], "event: ping\ndata: {\"type\":\"ping\"}\n\n");
  EXPECT_THAT(events[2], StartsWith("event: error\ndata: {\"type\":\"error\""));
}

}  // namespace
}  // namespace fireworks::simulator
