#include "client/cpp/chat_accumulator.h"

#include <string>
#include <vector>

#include "client/cpp/testing/fake_service.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace fireworks::client {
namespace {

using Chunk = FakeService::Chunk;

// The answer of chunks in text format.
ChatAccumulator Accumulate(const std::vector<std::string>& chunks) {
  ChatAccumulator answer;
  for (const std::string& text : chunks) {
    Chunk chunk;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &chunk)) << text;
    answer.Add(chunk);
  }
  return answer;
}

std::string Arguments(const ChatAccumulator& answer, int call) {
  return answer.response().choices(0).message().tool_calls(call).function().call().arguments()
      .text();
}

TEST(ChatAccumulator, NothingIsAnEmptyAnswer) {
  const ChatAccumulator answer;
  EXPECT_EQ(answer.text(), "");
  EXPECT_EQ(answer.response().choices_size(), 0);
}

TEST(ChatAccumulator, TextAndReasoningAreJoined) {
  const ChatAccumulator answer = Accumulate({
      R"(id: "c" model: "m" created: 7 choices { delta { role: "assistant" content: "" } })",
      R"(choices { delta { reasoning_content: "hm" } })",
      R"(choices { delta { reasoning_content: "m" content: "a" } })",
      R"(choices { delta { content: "b" } finish_reason: "stop" })",
      R"(usage { prompt_tokens: 3 completion_tokens: 2 })",
  });
  EXPECT_EQ(answer.text(), "ab");
  const auto& response = answer.response();
  EXPECT_EQ(response.id(), "c");
  EXPECT_EQ(response.model(), "m");
  EXPECT_EQ(response.created(), 7);
  EXPECT_EQ(response.choices(0).message().role(), "assistant");
  EXPECT_EQ(response.choices(0).message().reasoning_content(), "hmm");
  EXPECT_EQ(response.choices(0).finish_reason(), "stop");
  EXPECT_EQ(response.usage().completion_tokens(), 2);
}

TEST(ChatAccumulator, ToolCallsAreAssembledByTheirIndex) {
  const ChatAccumulator answer = Accumulate({
      R"(choices { delta { tool_calls { index: 0 id: "a" type: "function"
                           function { call { name: "f" arguments { text: "{\"x\"" } } } } } })",
      R"(choices { delta { tool_calls { index: 1 id: "b"
                           function { call { name: "g" arguments { text: "{" } } } } } })",
      R"(choices { delta { tool_calls { index: 0 function { call { arguments { text: ":1}" } } } }
                           tool_calls { index: 1 function { call { arguments { text: "}" } } } } } })",
  });
  const auto& message = answer.response().choices(0).message();
  ASSERT_EQ(message.tool_calls_size(), 2);
  EXPECT_EQ(message.tool_calls(0).id(), "a");
  EXPECT_EQ(message.tool_calls(0).type(), "function");
  EXPECT_EQ(Arguments(answer, 0), R"({"x":1})");
  EXPECT_EQ(message.tool_calls(1).function().call().name(), "g");
  EXPECT_EQ(Arguments(answer, 1), "{}");
}

TEST(ChatAccumulator, WithoutAnIndexAnIdBeginsTheNextCall) {
  const ChatAccumulator answer = Accumulate({
      R"(choices { delta { tool_calls { id: "a" function { call { name: "f" } } } } })",
      R"(choices { delta { tool_calls { function { call { arguments { text: "{}" } } } } } })",
      R"(choices { delta { tool_calls { id: "b" function { call { name: "g" } } } } })",
  });
  ASSERT_EQ(answer.response().choices(0).message().tool_calls_size(), 2);
  EXPECT_EQ(Arguments(answer, 0), "{}");
  EXPECT_EQ(Arguments(answer, 1), "");
}

TEST(ChatAccumulator, WhatEachPieceRepeatsStandsOnce) {
  const ChatAccumulator answer = Accumulate({
      R"(choices { delta { tool_calls { id: "a" function { call { name: "f"
                           arguments { text: "{" } } } } } })",
      R"(choices { delta { tool_calls { id: "b" function { call { name: "g" } } } } })",
      R"(choices { delta { tool_calls { id: "a" function { call { name: "f"
                           arguments { text: "}" } } } } } })",
  });
  const auto& message = answer.response().choices(0).message();
  ASSERT_EQ(message.tool_calls_size(), 2);
  EXPECT_EQ(message.tool_calls(0).function().call().name(), "f");
  EXPECT_EQ(Arguments(answer, 0), "{}");
  EXPECT_EQ(message.tool_calls(1).id(), "b");
}

TEST(ChatAccumulator, ChoicesStandInTheOrderOfTheirIndex) {
  const ChatAccumulator answer = Accumulate({
      R"(choices { index: 2 delta { content: "c" } })",
      R"(choices { index: 0 delta { content: "a" } } choices { index: 1 delta { content: "b" } })",
      R"(choices { index: 2 delta { content: "!" } })",
  });
  const auto& choices = answer.response().choices();
  ASSERT_EQ(choices.size(), 3);
  EXPECT_EQ(choices[0].message().content().text(), "a");
  EXPECT_EQ(choices[1].message().content().text(), "b");
  EXPECT_EQ(choices[2].message().content().text(), "c!");
}

TEST(ChatAccumulator, UnknownKeysStay) {
  const ChatAccumulator answer = Accumulate({
      R"(extra_json { key: "k" value: "1" } choices { extra_json { key: "l" value: "2" } })",
      R"(extra_json { key: "k" value: "3" })",
  });
  EXPECT_EQ(answer.response().extra_json().at("k"), "3");
  EXPECT_EQ(answer.response().choices(0).extra_json().at("l"), "2");
}

}  // namespace
}  // namespace fireworks::client
