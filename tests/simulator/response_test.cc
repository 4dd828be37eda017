#include "tests/simulator/response.h"

#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "nlohmann/json.hpp"
#include "tests/simulator/response_store.h"
#include "tests/simulator/testing/events.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::ordered_json;
using ::testing::ElementsAre;

constexpr char kTools[] =
    R"("tools":[{"type":"mcp","server_label":"s"},{"type":"function","name":"f","parameters":)"
    R"({"type":"object","properties":{"city":{"type":"string"}}}}])";

ResponseRequest Request(const std::string& members, const std::string& conversation = {}) {
  const Json body = Json::parse("{" + members + "}");
  EXPECT_TRUE(ValidateResponseRequest(body, false).empty()) << body.dump();
  return ParseResponseRequest(body, conversation);
}

Json Body(const ResponseRequest& request, const Directives& directives = {}) {
  return ResponseJson(request, Generate(request.generation, directives), directives,
                      {"resp_1", 5});
}

std::vector<ParsedEvent> Events(const ResponseRequest& request, const Directives& directives = {},
                                Json* kept = nullptr) {
  return ReadEvents(ResponseEvents(request, Generate(request.generation, directives), directives,
                                   {"resp_1", 5},
                                   [kept](Json response) {
                                     if (kept != nullptr) *kept = std::move(response);
                                   })
                        .get());
}

TEST(ResponseTest, StreamOfAText) {
  const ResponseRequest request = Request(R"("model":"m","input":"say: one two three four")");
  Json kept;
  const std::vector<ParsedEvent> events = Events(request, {}, &kept);
  EXPECT_THAT(TypesOf(events),
              ElementsAre("response.created", "response.in_progress", "response.output_item.added",
                          "response.content_part.added", "response.output_text.delta",
                          "response.output_text.delta", "response.output_text.done",
                          "response.content_part.done", "response.output_item.done",
                          "response.completed"));
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(events[i].data["sequence_number"], i);
    EXPECT_EQ(events[i].name, "");
  }
  EXPECT_EQ(events[6].data["text"], "one two three four");
  EXPECT_EQ(events[0].data["response"]["created_at"].dump(), "5.0");
  EXPECT_EQ(events.back().data["response"], Body(request));
  EXPECT_EQ(kept, Body(request));
  EXPECT_EQ(events[8].data["item"], kept["output"][0]);
}

TEST(ResponseTest, ReasoningAndFunctionCallsAreItems) {
  const ResponseRequest request =
      Request(std::string(R"("model":"reasoning","input":[{"role":"user","content":[)") +
              R"({"type":"input_text","text":"hi"}]}],)" + kTools);
  const Json body = Body(request);
  ASSERT_EQ(body["output"].size(), 2u);
  EXPECT_EQ(body["output"][0]["type"], "reasoning");
  EXPECT_EQ(body["output"][1]["type"], "function_call");
  EXPECT_EQ(body["output"][1]["name"], "f");
  std::string arguments;
  for (const ParsedEvent& event : Events(request)) {
    if (event.data["type"] == "response.function_call_arguments.delta") {
      arguments += event.data["delta"].get<std::string>();
    }
  }
  EXPECT_EQ(body["output"][1]["arguments"], arguments);
  EXPECT_TRUE(Json::parse(arguments).contains("city"));
}

TEST(ResponseTest, AFunctionsResultIsAnsweredInWords) {
  const ResponseRequest request =
      Request(std::string(R"("model":"m","input":[{"type":"function_call_output","call_id":"c",)") +
              R"("output":"sunny"}],)" + kTools);
  EXPECT_EQ(Body(request)["output"][0]["type"], "message");
}

TEST(ResponseTest, StatusFollowsFromTheFinishReason) {
  const ResponseRequest request = Request(R"("model":"m","input":"hi")");
  for (const auto& [finish, status] : std::vector<std::pair<std::string, std::string>>{
           {"length", "incomplete"}, {"error", "failed"}, {"cancelled", "cancelled"}}) {
    Directives directives;
    directives.finish = finish;
    const Json body = Body(request, directives);
    EXPECT_EQ(body["status"], status);
    EXPECT_EQ(body["error"].is_object(), status == "failed");
    EXPECT_EQ(body["incomplete_details"].is_object(), status == "incomplete");
    EXPECT_EQ(TypesOf(Events(request, directives)).back(), "response." + status);
  }
}

TEST(ResponseTest, SettingsAreRepeated) {
  const Json body = Body(Request(
      R"("model":"m","input":"hi","instructions":"be brief","store":false,"top_p":0.5)"));
  EXPECT_TRUE(body["id"].is_null());
  EXPECT_EQ(body["instructions"], "be brief");
  EXPECT_EQ(body["top_p"], 0.5);
  EXPECT_EQ(body["temperature"], 1.0);
}

TEST(ResponseTest, AConversationGoesOn) {
  const std::string members = R"("model":"m","input":"hi","previous_response_id":"resp_0")";
  const Json first = Body(Request(members));
  const Json next = Body(Request(members, "<|user|>what was before"));
  EXPECT_NE(first["output"], next["output"]);
  EXPECT_GT(next["usage"]["prompt_tokens"], first["usage"]["prompt_tokens"]);
}

TEST(ResponseTest, RefusesWhatTheEngineRefuses) {
  for (const char* more :
       {R"("surprise":1)", R"("tools":[{"type":"web_search"}])",
        R"("tool_choice":{"type":"function"})", R"("max_output_tokens":0)",
        R"("truncation":"never")"}) {
    const Json body = Json::parse(std::string(R"({"model":"m","input":"hi",)") + more + "}");
    EXPECT_EQ(ValidateResponseRequest(body, false).size(), 1u) << more;
  }
}

std::vector<std::string> Ids(const Json& list) {
  std::vector<std::string> ids;
  for (const Json& response : list["data"]) ids.push_back(response["id"].get<std::string>());
  return ids;
}

TEST(ResponseStoreTest, ListsNewestFirstInPages) {
  ResponseStore store;
  for (const char* id : {"a", "b", "c", "d"}) store.Add({{{"id", id}}, ""});
  const Json first = store.List(2, "", "");
  EXPECT_THAT(Ids(first), ElementsAre("d", "c"));
  EXPECT_EQ(first["has_more"], true);
  EXPECT_EQ(first["last_id"], "c");
  const Json second = store.List(2, "c", "");
  EXPECT_THAT(Ids(second), ElementsAre("b", "a"));
  EXPECT_EQ(second["has_more"], false);
  EXPECT_THAT(Ids(store.List(9, "", "b")), ElementsAre("d", "c"));
  EXPECT_TRUE(store.List(9, "a", "")["data"].empty());
}

TEST(ResponseStoreTest, DeletedResponsesAreGone) {
  ResponseStore store;
  store.Add({{{"id", "a"}}, "said"});
  EXPECT_EQ(store.Find("a")->conversation, "said");
  EXPECT_TRUE(store.Delete("a"));
  EXPECT_FALSE(store.Delete("a"));
  EXPECT_FALSE(store.Find("a").has_value());
}

}  // namespace
}  // namespace fireworks::simulator
