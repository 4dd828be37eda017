#include "tests/simulator/completion.h"

#include <map>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/simulator/testing/events.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::ordered_json;

CompletionRequest Request(const std::string& members) {
  const Json body = Json::parse(R"({"model":"m",)" + members + "}");
  EXPECT_TRUE(ValidateCompletionRequest(body, false).empty()) << body.dump();
  return ParseCompletionRequest(body);
}

Json Body(const std::string& members, const Directives& directives = {}) {
  const CompletionRequest request = Request(members);
  return Json::parse(
      CompletionBody(request, Complete(request, directives), directives, {"cmpl-1", 5}));
}

std::vector<ParsedEvent> Events(const std::string& members, const Directives& directives = {}) {
  CompletionRequest request = Request(members);
  Generation generation = Complete(request, directives);
  return ReadEvents(
      CompletionEvents(std::move(request), std::move(generation), directives, {"cmpl-1", 5}).get());
}

TEST(CompletionTest, StreamEndsWithTheLastText) {
  const std::vector<ParsedEvent> events = Events(R"("prompt":"say: one two three four")");
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].data.dump(),
            R"({"id":"cmpl-1","object":"text_completion","created":5,"model":"m","choices":[)"
            R"({"text":"one two three","index":0,"finish_reason":null,"logprobs":null}],)"
            R"("usage":null})");
  EXPECT_EQ(events[1].data["choices"][0]["text"], " four");
  EXPECT_EQ(events[1].data["choices"][0]["finish_reason"], "stop");
  EXPECT_EQ(events[1].data["usage"]["completion_tokens"], 4);
}

TEST(CompletionTest, UsageInAChunkWithoutChoices) {
  const std::vector<ParsedEvent> events =
      Events(R"("prompt":"say: a","stream_options":{"include_usage":true})");
  ASSERT_EQ(events.size(), 2u);
  EXPECT_TRUE(events[0].data["usage"].is_null());
  EXPECT_TRUE(events[1].data["choices"].empty());
  EXPECT_EQ(events[1].data["usage"]["completion_tokens"], 1);
}

TEST(CompletionTest, EveryPromptHasItsChoices) {
  const std::string members = R"("n":2,"prompt":["say: a","say: b"])";
  const Json body = Body(members);
  ASSERT_EQ(body["choices"].size(), 4u);
  std::map<int, std::string> streamed;
  for (const ParsedEvent& event : Events(members)) {
    for (const Json& choice : event.data["choices"]) {
      streamed[choice["index"]] += choice["text"].get<std::string>();
    }
  }
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(body["choices"][i]["index"], i);
    EXPECT_EQ(body["choices"][i]["text"], i < 2 ? "a" : "b");
    EXPECT_EQ(streamed[i], i < 2 ? "a" : "b");
  }
}

TEST(CompletionTest, PromptsInEveryForm) {
  struct Case {
    const char* prompt;
    std::size_t choices;
    int prompt_tokens;
  };
  for (const Case& c : {Case{R"("twelve bytes")", 1, 3}, Case{R"(["twelve bytes","four"])", 2, 4},
                        Case{"[1,2]", 1, 2}, Case{"[[1,2],[3]]", 2, 3}}) {
    const Json body = Body(std::string(R"("prompt":)") + c.prompt);
    EXPECT_EQ(body["choices"].size(), c.choices) << c.prompt;
    EXPECT_EQ(body["usage"]["prompt_tokens"], c.prompt_tokens) << c.prompt;
  }
}

TEST(CompletionTest, EchoIsTextThatCostsNothing) {
  const Json plain = Body(R"("prompt":"say: a b")");
  const Json echoed = Body(R"("prompt":"say: a b","echo":true)");
  EXPECT_EQ(echoed["choices"][0]["text"], "say: a ba b");
  EXPECT_EQ(echoed["usage"], plain["usage"]);
  EXPECT_EQ(Body(R"("prompt":"say: a b","echo_last":1)")["choices"][0]["text"], " ba b");
}

TEST(CompletionTest, TokensOfTextAndPrompt) {
  const Json choice =
      Body(R"("prompt":"say: a b","logprobs":2,"return_token_ids":true)")["choices"][0];
  EXPECT_EQ(choice["logprobs"]["tokens"], Json({"a", " b"}));
  EXPECT_EQ(choice["token_ids"].size(), 2u);
  EXPECT_EQ(choice["prompt_token_ids"].size(), 3u);
}

TEST(CompletionTest, RefusesWhatTheEngineRefuses) {
  for (const char* members :
       {R"("prompt":"a","surprise":1)", R"("prompt":"a","messages":[])", R"("prompt":[])",
        R"("prompt":[1,"a"])", R"("n":1)",
        R"("prompt":"a","max_tokens":1,"max_completion_tokens":1)"}) {
    const Json body = Json::parse(std::string(R"({"model":"m",)") + members + "}");
    EXPECT_EQ(ValidateCompletionRequest(body, false).size(), 1u) << members;
  }
}

}  // namespace
}  // namespace fireworks::simulator
