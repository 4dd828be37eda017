#include "client/cpp/messages.h"

#include <string>
#include <utility>

#include "fireworks/inference/v1/chat_completion.pb.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"

namespace fireworks::client {
namespace {

using fireworks::inference::v1::ChatCompletionMessageToolCall;
using fireworks::inference::v1::ChatCompletionRequest;
using fireworks::inference::v1::ChatMessage;
using fireworks::inference::v1::EmbeddingRequest;
using google::protobuf::util::MessageDifferencer;

template <typename T>
T Parse(const std::string& text) {
  T message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

TEST(Messages, AreMadeOfText) {
  ChatCompletionRequest request;
  *request.add_messages() = SystemMessage("s");
  *request.add_messages() = UserMessage("u");
  *request.add_messages() = AssistantMessage("a");
  *request.add_messages() = ToolMessage("id", "t");
  *request.add_tools() = FunctionTool("f", "d", "{}");
  *request.mutable_response_format() = JsonSchemaFormat(R"({"type": "object"})");
  const auto wanted = Parse<ChatCompletionRequest>(R"(
      messages { role: "system" content { text: "s" } }
      messages { role: "user" content { text: "u" } }
      messages { role: "assistant" content { text: "a" } }
      messages { role: "tool" content { text: "t" } tool_call_id: "id" }
      tools { function { name: "f" description: "d" parameters: "{}" } }
      response_format { type: "json_schema" json_schema { object: "{\"type\": \"object\"}" } })");
  EXPECT_TRUE(MessageDifferencer::Equals(request, wanted)) << request.DebugString();
}

TEST(Messages, TextsToEmbedKeepTheirOrder) {
  EmbeddingRequest request;
  *request.mutable_input() = TextsInput({"a", "b"});
  const auto wanted =
      Parse<EmbeddingRequest>(R"(input { texts { values: "a" values: "b" } })");
  EXPECT_TRUE(MessageDifferencer::Equals(request, wanted)) << request.DebugString();
}

TEST(Messages, ACallIsReadInAllItsForms) {
  const std::pair<const char*, FunctionCall> cases[] = {
      {R"(function { call { name: "f" arguments { text: "{}" } } })", {"f", "{}"}},
      {R"(function { call { name: "f" arguments { object: "{}" } } })", {"f", "{}"}},
      {R"(function { call { name: "f" } })", {"f", ""}},
      {R"(function { text: "f x" })", {"", "f x"}},
      {"", {"", ""}},
  };
  for (const auto& [text, wanted] : cases) {
    const FunctionCall call = FunctionCallOf(Parse<ChatCompletionMessageToolCall>(text));
    EXPECT_EQ(call.name, wanted.name) << text;
    EXPECT_EQ(call.arguments, wanted.arguments) << text;
  }
}

TEST(Messages, ExtraJsonIsClearedAtAllDepths) {
  auto message = Parse<ChatMessage>(R"(
      role: "assistant"
      content { parts { values { type: "text" extra_json { key: "a" value: "1" } } } }
      tool_calls { id: "c" function { call { name: "f" extra_json { key: "a" value: "1" } } } }
      tool_calls { id: "d" extra_json { key: "a" value: "1" } }
      extra_json { key: "a" value: "1" })");
  ClearExtraJson(&message);
  const auto wanted = Parse<ChatMessage>(R"(
      role: "assistant" content { parts { values { type: "text" } } }
      tool_calls { id: "c" function { call { name: "f" } } }
      tool_calls { id: "d" })");
  EXPECT_TRUE(MessageDifferencer::Equals(message, wanted)) << message.DebugString();
}

}  // namespace
}  // namespace fireworks::client
