#include "tests/simulator/message.h"

#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "nlohmann/json.hpp"
#include "tests/simulator/message_request.h"
#include "tests/simulator/testing/events.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::ordered_json;
using ::testing::ElementsAre;

constexpr char kTools[] =
    R"("tools":[{"name":"first","input_schema":{"type":"object","properties":)"
    R"({"city":{"type":"string"}}}},{"name":"second","input_schema":{"type":"object"}}])";

GenerationRequest Request(const std::string& text, const std::string& more,
                          const std::string& model = "m") {
  const Json body =
      Json::parse(R"({"model":")" + model + R"(","messages":[{"role":"user","content":")" + text +
                  R"("}])" + (more.empty() ? "" : "," + more) + "}");
  EXPECT_TRUE(ValidateMessageRequest(body, false).empty()) << body.dump();
  return ParseMessageRequest(body);
}

Json Body(const GenerationRequest& request, const Directives& directives = {}) {
  return Json::parse(
      MessageBody(request, Generate(request, directives), directives, {"msg_1", 5}));
}

std::vector<ParsedEvent> Events(const GenerationRequest& request,
                                const Directives& directives = {}) {
  const auto source =
      MessageEvents(request, Generate(request, directives), directives, {"msg_1", 5});
  EXPECT_FALSE(source->has_done_marker());
  return ReadEvents(source.get());
}

// What the stream's deltas of content block `index` add up to under `key`.
std::string Joined(const std::vector<ParsedEvent>& events, int index, const char* key) {
  std::string joined;
  for (const ParsedEvent& event : events) {
    if (event.name != "content_block_delta" || event.data["index"] != index) continue;
    joined += event.data["delta"].value(key, "");
  }
  return joined;
}

TEST(MessageTest, StreamOfAText) {
  const std::vector<ParsedEvent> events = Events(Request("say: one two three four", ""));
  EXPECT_THAT(TypesOf(events),
              ElementsAre("message_start", "ping", "content_block_start", "content_block_delta",
                          "content_block_delta", "content_block_stop", "message_delta",
                          "message_stop"));
  for (const ParsedEvent& event : events) EXPECT_EQ(event.name, event.data["type"]);
  EXPECT_EQ(events[0].data["message"]["usage"]["input_tokens"], 0);
  EXPECT_TRUE(events[0].data["message"]["usage"]["service_tier"].is_null());
  EXPECT_EQ(Joined(events, 0, "text"), "one two three four");
  EXPECT_EQ(events[6].data["delta"]["stop_reason"], "end_turn");
  EXPECT_EQ(events[6].data["usage"]["output_tokens"], 4);
}

TEST(MessageTest, ThinkingAndToolUseInBothForms) {
  const GenerationRequest request = Request("weather?", kTools, "reasoning");
  const Json body = Body(request);
  const std::vector<ParsedEvent> events = Events(request);
  ASSERT_EQ(body["content"].size(), 2u);
  EXPECT_EQ(body["content"][0]["thinking"], Joined(events, 0, "thinking"));
  EXPECT_EQ(body["content"][0]["signature"], Joined(events, 0, "signature"));
  EXPECT_EQ(body["content"][1]["name"], "first");
  EXPECT_EQ(body["content"][1]["input"], Json::parse(Joined(events, 1, "partial_json")));
  EXPECT_TRUE(body["content"][1]["input"].contains("city"));
  EXPECT_EQ(body["stop_reason"], "tool_use");
}

TEST(MessageTest, ToolChoiceAndResultsDecide) {
  const auto calls = [](const std::string& more) {
    return Request("hi", std::string(kTools) + "," + more).calls.size();
  };
  EXPECT_EQ(calls(R"("tool_choice":{"type":"none"})"), 0u);
  EXPECT_EQ(calls(R"("tool_choice":{"type":"auto","disable_parallel_tool_use":false})"), 2u);
  EXPECT_EQ(Request("hi", std::string(kTools) + R"(,"tool_choice":{"type":"tool","name":"second"})")
                .calls[0]
                .name,
            "second");
  const Json answered = Json::parse(
      std::string(R"({"model":"m",)") + kTools +
      R"(,"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t",)"
      R"("content":[{"type":"text","text":"sunny"}]}]}]})");
  EXPECT_TRUE(ValidateMessageRequest(answered, false).empty());
  EXPECT_TRUE(ParseMessageRequest(answered).calls.empty());
}

TEST(MessageTest, ThinkingCanBeSwitchedOff) {
  EXPECT_TRUE(Request("hi", "", "reasoning").reasoning);
  EXPECT_FALSE(Request("hi", R"("thinking":{"type":"disabled"})", "reasoning").reasoning);
}

TEST(MessageTest, EndsForOtherReasons) {
  EXPECT_EQ(Body(Request("hi", R"("max_tokens":3)"))["stop_reason"], "max_tokens");
  Directives directives;
  directives.finish = "refusal";
  EXPECT_EQ(Body(Request("hi", ""), directives)["stop_reason"], "refusal");
  directives.done = false;
  EXPECT_EQ(TypesOf(Events(Request("hi", ""), directives)).back(), "message_delta");
}

TEST(MessageTest, ErrorIsAnEventOfItsName) {
  const GenerationRequest request = Request("hi", "");
  const auto source = MessageEvents(request, Generate(request, {}), {}, {"msg_1", 5});
  const Json error = Json::parse(source->Error());
  EXPECT_EQ(source->name(), "error");
  EXPECT_EQ(error["type"], "error");
  EXPECT_EQ(error["error"]["type"], "overloaded_error");
}

TEST(MessageTest, UnknownKeysAreRefusedAtEveryLevelUnlessLax) {
  const Json body = Json::parse(
      R"({"model":"m","a":1,"messages":[{"role":"user","b":1,"content":[{"type":"text",)"
      R"("text":"t","c":1},{"type":"tool_result","tool_use_id":"t","content":[{"type":"text",)"
      R"("text":"t","d":1}]}]}],"tools":[{"name":"n","input_schema":{"free":1},"e":1}],)"
      R"("thinking":{"type":"disabled","f":1},"tool_choice":{"type":"auto","g":1},)"
      R"("metadata":{"h":1},"output_config":{"i":1,"format":{"type":"json_schema","schema":{},)"
      R"("j":1}},"system":[{"type":"text","text":"t","k":1}]})");
  EXPECT_EQ(ValidateMessageRequest(body, false).size(), 11u);
  EXPECT_TRUE(ValidateMessageRequest(body, true).empty());
}

TEST(MessageTest, RefusesWhatTheEngineRefuses) {
  for (const char* members :
       {R"("messages":[])", R"("messages":[{"role":"system","content":"t"}])",
        R"("messages":[{"role":"user","content":[{"type":"audio"}]}])",
        R"("messages":[{"role":"user","content":[1]}])",
        R"("messages":[{"role":"user","content":"t"}],"thinking":{"type":"adaptive"})",
        R"("messages":[{"role":"user","content":"t"}],"max_tokens":0)"}) {
    const Json body = Json::parse(std::string(R"({"model":"m",)") + members + "}");
    EXPECT_EQ(ValidateMessageRequest(body, false).size(), 1u) << members;
  }
}

}  // namespace
}  // namespace fireworks::simulator
