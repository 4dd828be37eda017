#include "tests/simulator/chat.h"

#include <map>
#include <vector>

#include "gmock/gmock.h"
#include "nlohmann/json.hpp"
#include "tests/simulator/chat_request.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::ordered_json;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

constexpr char kTools[] =
    R"("tools":[{"type":"function","function":{"name":"get_weather","parameters":{"type":"object",)"
    R"("properties":{"city":{"type":"string"},"days":{"type":"integer"}}}}},)"
    R"({"type":"function","function":{"name":"second"}}])";

GenerationRequest Request(const std::string& more, const std::string& text = "hi",
                    const std::string& model = "m") {
  const Json body =
      Json::parse(R"({"model":")" + model + R"(","messages":[{"role":"user","content":")" + text +
                  R"("}])" + (more.empty() ? "" : "," + more) + "}");
  EXPECT_TRUE(ValidateChatRequest(body, false).empty()) << body.dump();
  return ParseChatRequest(body);
}

std::vector<Json> Chunks(const GenerationRequest& request, const Directives& directives = {}) {
  std::vector<Json> chunks;
  const auto source = ChatEvents(request, Generate(request, directives), directives, {"chatcmpl-1", 5});
  while (const auto data = source->Next()) chunks.push_back(Json::parse(*data));
  return chunks;
}

Json Body(const GenerationRequest& request, const Directives& directives = {}) {
  return Json::parse(ChatBody(request, Generate(request, directives), directives, {"chatcmpl-1", 5}));
}

// The deltas' strings under `key` joined, per choice.
std::map<int, std::string> Joined(const std::vector<Json>& chunks, const char* key) {
  std::map<int, std::string> joined;
  for (const Json& chunk : chunks) {
    for (const Json& choice : chunk["choices"]) {
      if (choice["delta"].contains(key)) {
        joined[choice["index"]] += choice["delta"][key].get<std::string>();
      }
    }
  }
  return joined;
}

TEST(ChatTest, StreamBeginsWithARoleAndEndsWithAFinishChunk) {
  const std::vector<Json> chunks = Chunks(Request(R"("max_tokens":6)"));
  ASSERT_EQ(chunks.size(), 4u);
  EXPECT_EQ(chunks[0].dump(),
            R"({"id":"chatcmpl-1","object":"chat.completion.chunk","created":5,"model":"m",)"
            R"("choices":[{"index":0,"delta":{"role":"assistant"},"finish_reason":null}],)"
            R"("usage":null})");
  EXPECT_TRUE(chunks[1]["choices"][0]["delta"].contains("content"));
  EXPECT_TRUE(chunks[1]["usage"].is_null());
  EXPECT_EQ(chunks[3]["choices"][0].dump(), R"({"index":0,"delta":{},"finish_reason":"length"})");
  EXPECT_EQ(chunks[3]["usage"]["completion_tokens"], 6);
}

TEST(ChatTest, StreamAndBodySayTheSame) {
  for (const char* more : {"", R"("n":3)", R"("response_format":{"type":"json_object"})"}) {
    const GenerationRequest request = Request(more);
    const std::map<int, std::string> streamed = Joined(Chunks(request), "content");
    const Json body = Body(request);
    ASSERT_EQ(body["choices"].size(), streamed.size());
    for (const Json& choice : body["choices"]) {
      EXPECT_EQ(choice["message"]["content"], streamed.at(choice["index"]));
    }
  }
}

TEST(ChatTest, TextDependsOnTheMessagesAndSeed) {
  const auto text = [](const GenerationRequest& request) {
    return Body(request)["choices"][0]["message"]["content"];
  };
  EXPECT_EQ(text(Request("", "a")), text(Request("", "a")));
  EXPECT_NE(text(Request("", "a")), text(Request("", "b")));
  EXPECT_NE(text(Request(R"("seed":1)", "a")), text(Request(R"("seed":2)", "a")));
}

TEST(ChatTest, SayEchoes) {
  const Json body = Body(Request("", "say: hello there, you"));
  EXPECT_EQ(body["choices"][0]["message"]["content"], "hello there, you");
  EXPECT_EQ(body["choices"][0]["finish_reason"], "stop");
}

TEST(ChatTest, MaxTokensCutsTheEcho) {
  const Json choice = Body(Request(R"("max_tokens":1)", "say: hello there"))["choices"][0];
  EXPECT_EQ(choice["message"]["content"], "hello");
  EXPECT_EQ(choice["finish_reason"], "length");
}

TEST(ChatTest, ReasoningComesFirst) {
  const GenerationRequest request = Request("", "hi", "reasoning-large");
  const std::vector<Json> chunks = Chunks(request);
  EXPECT_TRUE(chunks[1]["choices"][0]["delta"].contains("reasoning_content"));
  EXPECT_FALSE(Joined(chunks, "content")[0].empty());
  EXPECT_EQ(Joined(chunks, "reasoning_content")[0],
            Body(request)["choices"][0]["message"]["reasoning_content"]);
  EXPECT_EQ(Body(request)["usage"]["completion_tokens_details"]["reasoning_tokens"], 24);
}

TEST(ChatTest, CutInsideReasoningHasNoContentKey) {
  const Json message =
      Body(Request(R"("max_tokens":5)", "hi", "reasoning-large"))["choices"][0]["message"];
  EXPECT_TRUE(message.contains("reasoning_content"));
  EXPECT_FALSE(message.contains("content"));
}

TEST(ChatTest, ReasoningCanBeSwitchedOff) {
  for (const char* more : {R"("reasoning_effort":"none")", R"("reasoning_effort":false)",
                           R"("thinking":{"type":"disabled"})"}) {
    EXPECT_TRUE(Joined(Chunks(Request(more, "hi", "reasoning-x")), "reasoning_content").empty());
  }
}

TEST(ChatTest, ToolCallIsAHeaderThenFragmentsWithNullId) {
  const std::vector<Json> chunks = Chunks(Request(kTools));
  const Json header = chunks[1]["choices"][0]["delta"]["tool_calls"][0];
  EXPECT_THAT(header["id"].get<std::string>(), MatchesRegex("call_[A-Za-z0-9]{24}"));
  EXPECT_EQ(header["function"].dump(), R"({"name":"get_weather"})");
  std::string arguments;
  for (std::size_t i = 2; i + 1 < chunks.size(); ++i) {
    const Json fragment = chunks[i]["choices"][0]["delta"]["tool_calls"][0];
    EXPECT_EQ(fragment["index"], 0);
    EXPECT_TRUE(fragment["id"].is_null());
    EXPECT_FALSE(fragment["function"].contains("name"));
    arguments += fragment["function"]["arguments"].get<std::string>();
  }
  EXPECT_EQ(arguments.front(), ' ');
  EXPECT_TRUE(Json::parse(arguments)["days"].is_number());
  EXPECT_EQ(chunks.back()["choices"][0]["finish_reason"], "tool_calls");
}

TEST(ChatTest, UnaryToolCallHasNullContent) {
  const Json message = Body(Request(kTools))["choices"][0]["message"];
  EXPECT_TRUE(message["content"].is_null());
  EXPECT_EQ(message["tool_calls"][0]["function"]["name"], "get_weather");
}

TEST(ChatTest, ToolChoiceIsObeyed) {
  const std::string tools = kTools;
  const auto calls = [](const Json& body) { return body["choices"][0]["message"]["tool_calls"]; };
  const Json named =
      Body(Request(tools + R"(,"tool_choice":{"type":"function","function":{"name":"second"}})"));
  EXPECT_EQ(calls(named)[0]["function"]["name"], "second");
  const Json none = Body(Request(tools + R"(,"tool_choice":"none")"));
  EXPECT_FALSE(none["choices"][0]["message"].contains("tool_calls"));
  const Json parallel = Body(Request(tools + R"(,"parallel_tool_calls":true)"));
  EXPECT_EQ(calls(parallel).size(), 2u);
}

TEST(ChatTest, JsonModeGivesValidJson) {
  const Json object = Body(Request(R"("response_format":{"type":"json_object"})"));
  EXPECT_TRUE(
      Json::parse(object["choices"][0]["message"]["content"].get<std::string>()).is_object());
  const Json schema =
      Body(Request(R"("response_format":{"type":"json_schema","json_schema":{"name":"n","schema":)"
                   R"({"type":"object","properties":{"k":{"const":3}}}}})"));
  EXPECT_EQ(schema["choices"][0]["message"]["content"], R"({"k":3})");
}

TEST(ChatTest, ChoicesTakeTurns) {
  std::vector<int> order;
  for (const Json& chunk : Chunks(Request(R"("n":2,"max_tokens":3)"))) {
    order.push_back(chunk["choices"][0]["index"]);
  }
  EXPECT_EQ(order, (std::vector<int>{0, 1, 0, 1, 0, 1}));
}

TEST(ChatTest, UsageIsWhereTheClientOrDirectiveWantsIt) {
  const auto finish_and_last = [](const GenerationRequest& request, Directives::Usage usage) {
    Directives directives;
    directives.usage = usage;
    const std::vector<Json> chunks = Chunks(request, directives);
    const bool extra = chunks.back()["choices"].empty();
    const Json& finish = chunks[chunks.size() - (extra ? 2 : 1)];
    return std::make_pair(!finish["usage"].is_null(), extra && !chunks.back()["usage"].is_null());
  };
  using Usage = Directives::Usage;
  const GenerationRequest plain = Request("");
  const GenerationRequest asking = Request(R"("stream_options":{"include_usage":true})");
  EXPECT_EQ(finish_and_last(plain, Usage::kAuto), std::make_pair(true, false));
  EXPECT_EQ(finish_and_last(asking, Usage::kAuto), std::make_pair(false, true));
  EXPECT_EQ(finish_and_last(asking, Usage::kFinish), std::make_pair(true, false));
  EXPECT_EQ(finish_and_last(plain, Usage::kExtra), std::make_pair(false, true));
  EXPECT_EQ(finish_and_last(asking, Usage::kNone), std::make_pair(false, false));
}

TEST(ChatTest, LogprobsInBothForms) {
  const Json content = Chunks(
      Request(R"("logprobs":true,"top_logprobs":2)"))[1]["choices"][0]["logprobs"]["content"];
  ASSERT_EQ(content.size(), 3u);
  EXPECT_EQ(content[0]["top_logprobs"].size(), 2u);
  EXPECT_EQ(content[1]["text_offset"], content[0]["bytes"].size());
  const Json legacy = Chunks(Request(R"("logprobs":2)"))[1]["choices"][0]["logprobs"];
  EXPECT_EQ(legacy["tokens"].size(), 3u);
  EXPECT_EQ(legacy["top_logprobs"][0].size(), 2u);
}

TEST(ChatTest, ExtrasComeWhenAskedFor) {
  const std::vector<Json> chunks = Chunks(
      Request(R"("return_token_ids":true,"raw_output":true,"perf_metrics_in_response":true)"));
  EXPECT_FALSE(chunks.front()["prompt_token_ids"].empty());
  EXPECT_EQ(chunks[1]["choices"][0]["token_ids"].size(), 3u);
  EXPECT_EQ(chunks.back()["choices"][0]["raw_output"]["completion"],
            Joined(chunks, "content").at(0));
  EXPECT_TRUE(chunks.back()["perf_metrics"].contains("server-processing-time"));
  const Json plain = Chunks(Request("")).back();
  EXPECT_FALSE(plain.contains("perf_metrics"));
}

TEST(ChatTest, DirectivesSetSizes) {
  Directives directives;
  directives.chunk_tokens = 5;
  directives.events = 4;
  directives.pad_bytes = 10;
  const std::vector<Json> chunks = Chunks(Request(R"("max_tokens":2)"), directives);
  EXPECT_EQ(chunks.size(), 6u);
  EXPECT_EQ(chunks.back()["usage"]["completion_tokens"], 20);
  EXPECT_THAT(chunks[1]["choices"][0]["delta"]["content"].get<std::string>(),
              HasSubstr("xxxxxxxxxx"));
}

std::vector<std::string> Refusals(const std::string& body) {
  return ValidateChatRequest(Json::parse(body), false);
}

TEST(ChatValidationTest, UnknownKeysAreRefusedAtEveryLevelUnlessLax) {
  const std::string body =
      R"({"model":"m","bogus":100,"messages":[{"role":"user","name":"n","content":)"
      R"([{"type":"text","extra":1}]}]})";
  const std::vector<std::string> refusals = Refusals(body);
  ASSERT_EQ(refusals.size(), 3u);
  EXPECT_EQ(refusals[0], "Extra inputs are not permitted, field: 'bogus', value: 100");
  EXPECT_THAT(refusals[1], HasSubstr("'messages.0.name'"));
  EXPECT_THAT(refusals[2], HasSubstr("'messages.0.content.0.extra'"));
  EXPECT_TRUE(ValidateChatRequest(Json::parse(body), true).empty());
}

TEST(ChatValidationTest, RangesTypesAndCombinationsAreChecked) {
  const std::string start = R"({"model":"m","messages":[{"role":"user","content":"x"}],)";
  for (const char* more :
       {R"("n":0})", R"("n":129})", R"("temperature":2.5})", R"("temperature":"1"})",
        R"("top_k":101})", R"("logprobs":20})", R"("stop":["a","b","c","d","e"]})",
        R"("max_tokens":1,"max_completion_tokens":1})",
        R"("thinking":{"type":"enabled"},"reasoning_effort":"low"})",
        R"("reasoning_effort":"huge"})", R"("tools":[{"type":"function","function":{}}]})",
        R"("response_format":{"type":"xml"}})"}) {
    EXPECT_EQ(Refusals(start + more).size(), 1u) << more;
  }
  EXPECT_EQ(Refusals(R"({"messages":[]})").size(), 2u);
  EXPECT_EQ(Refusals("[]").size(), 1u);
  EXPECT_EQ(Refusals(R"({"model":"m","messages":[1]})").size(), 1u);
}

}  // namespace
}  // namespace fireworks::simulator
