// Messages in Anthropic's form: content blocks, unary and as a stream.
#include <string>
#include <vector>

#include "fireworks/inference/v1/message_service.grpc.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/e2e/inference_fixture.h"
#include "tests/e2e/requests.h"

namespace fireworks::e2e {
namespace {

using fireworks::inference::v1::AnthropicCreateMessageParams;
using fireworks::inference::v1::AnthropicMessage;
using fireworks::inference::v1::AnthropicMessageStreamEvent;
using fireworks::inference::v1::MessageService;
using grpc::StatusCode;
using nlohmann::json;
using testing::ElementsAre;
using Event = AnthropicMessageStreamEvent;
using Stream = Received<Event>;

constexpr char kReasoningModel[] = "accounts/fireworks/models/reasoning-large";

class MessageTest : public InferenceTest {
 protected:
  static void AddTool(AnthropicCreateMessageParams* request) {
    auto* tool = request->add_tools();
    tool->set_name("get_weather");
    tool->set_input_schema(R"({"type":"object","properties":{"city":{"type":"string"}}})");
  }

  Stream StreamMessage(const AnthropicCreateMessageParams& request, CallContext* context) {
    return ReadStream(Stub<MessageService>()->StreamMessage(context, request).get());
  }

  // Which arm each event is.
  static std::vector<int> Kinds(const Stream& stream) {
    std::vector<int> kinds;
    for (const Event& event : stream.messages) kinds.push_back(event.kind_case());
    return kinds;
  }
};

TEST_F(MessageTest, AnswerComesWhole) {
  AnthropicCreateMessageParams request = MakeMessageRequest("say: hello");
  request.mutable_system()->set_text("be brief");
  CallContext context;
  AnthropicMessage message;
  const grpc::Status status = Stub<MessageService>()->CreateMessage(&context, request, &message);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(message.type(), "message");
  EXPECT_EQ(message.content(0).text().text(), "hello");
  EXPECT_EQ(message.stop_reason(), "end_turn");
  EXPECT_TRUE(message.extra_json().empty());
  EXPECT_EQ(context.Trailer("x-usage-prompt-tokens"),
            std::to_string(message.usage().input_tokens()));
  EXPECT_EQ(context.Trailer("x-usage-completion-tokens"), "1");
  EXPECT_EQ(context.Trailer("x-usage-cached-tokens"), "0");
}

TEST_F(MessageTest, StreamTellsEachStep) {
  CallContext context;
  const Stream stream = StreamMessage(MakeMessageRequest("say: one two three four"), &context);
  ASSERT_TRUE(stream.status.ok()) << stream.status.error_message();
  EXPECT_THAT(Kinds(stream),
              ElementsAre(Event::kMessageStart, Event::kPing, Event::kContentBlockStart,
                          Event::kContentBlockDelta, Event::kContentBlockDelta,
                          Event::kContentBlockStop, Event::kMessageDelta, Event::kMessageStop));
  EXPECT_EQ(stream.messages[0].message_start().message().usage().input_tokens(), 0);
  EXPECT_TRUE(stream.messages[2].content_block_start().content_block().has_text());
  EXPECT_EQ(stream.messages[3].content_block_delta().delta().text() +
                stream.messages[4].content_block_delta().delta().text(),
            "one two three four");
  EXPECT_EQ(stream.messages[6].message_delta().delta().stop_reason(), "end_turn");
  EXPECT_EQ(stream.messages[6].message_delta().usage().output_tokens(), 4);
  EXPECT_EQ(context.Trailer("x-usage-completion-tokens"), "4");
  EXPECT_EQ(context.Trailer("x-usage-prompt-tokens"),
            std::to_string(stream.messages[6].message_delta().usage().input_tokens()));
}

TEST_F(MessageTest, ThinkingAndToolUseInBothForms) {
  AnthropicCreateMessageParams request = MakeMessageRequest("weather?");
  request.set_model(kReasoningModel);
  AddTool(&request);
  CallContext unary_context;
  AnthropicMessage message;
  ASSERT_TRUE(Stub<MessageService>()->CreateMessage(&unary_context, request, &message).ok());
  ASSERT_EQ(message.content_size(), 2);
  EXPECT_EQ(message.stop_reason(), "tool_use");

  std::string thinking, signature, input;
  CallContext context;
  const Stream stream = StreamMessage(request, &context);
  ASSERT_TRUE(stream.status.ok()) << stream.status.error_message();
  for (const Event& event : stream.messages) {
    const auto& delta = event.content_block_delta().delta();
    thinking += delta.thinking();
    signature += delta.signature();
    input += delta.partial_json();
  }
  EXPECT_EQ(message.content(0).thinking().thinking(), thinking);
  EXPECT_EQ(message.content(0).thinking().signature(), signature);
  EXPECT_EQ(message.content(1).tool_use().name(), "get_weather");
  EXPECT_EQ(json::parse(message.content(1).tool_use().input()), json::parse(input));
}

TEST_F(MessageTest, BlocksOfARequestTravel) {
  AnthropicCreateMessageParams request = MakeMessageRequest("first");
  auto* blocks = request.add_messages();
  blocks->set_role("assistant");
  auto* use = blocks->mutable_content()->mutable_blocks()->add_values()->mutable_tool_use();
  use->set_id("t1");
  use->set_name("get_weather");
  use->set_input(R"({"z":1,"a":2})");
  auto* last = request.add_messages();
  last->set_role("user");
  auto* result = last->mutable_content()->mutable_blocks()->add_values()->mutable_tool_result();
  result->set_tool_use_id("t1");
  result->mutable_content()->mutable_blocks()->add_values()->mutable_text()->set_text("sunny");
  AddTool(&request);
  request.mutable_thinking()->mutable_disabled();
  CallContext context;
  AnthropicMessage message;
  const grpc::Status status = Stub<MessageService>()->CreateMessage(&context, request, &message);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_TRUE(message.content(0).has_text());
  const json sent = json::parse(SentBody(context));
  EXPECT_EQ(sent["messages"][1]["content"][0],
            json::parse(R"({"type":"tool_use","id":"t1","name":"get_weather",)"
                        R"("input":{"z":1,"a":2}})"));
  EXPECT_EQ(sent["messages"][2]["content"][0],
            json::parse(R"({"type":"tool_result","tool_use_id":"t1",)"
                        R"("content":[{"type":"text","text":"sunny"}]})"));
  EXPECT_EQ(sent["thinking"], json::parse(R"({"type":"disabled"})"));
}

TEST_F(MessageTest, ErrorEventIsItsErrorAndNotDelivered) {
  CallContext context("error_after=4");
  const Stream stream = StreamMessage(MakeMessageRequest("say: one two three four"), &context);
  EXPECT_EQ(stream.messages.size(), 4u);
  ExpectError(stream.status, StatusCode::UNAVAILABLE, "UPSTREAM_ERROR");
  EXPECT_EQ(stream.status.error_message(), "Overloaded.");
  EXPECT_EQ(DetailsOf(stream.status).upstream->type(), "overloaded_error");
}

TEST_F(MessageTest, ErrorObjectWithoutATypeIsItsErrorToo) {
  Script(EventStream({R"({"type":"ping"})",
                      R"({"error":{"message":"too many","code":"rate_limit_exceeded"}})"}));
  CallContext context;
  const Stream stream = StreamMessage(MakeMessageRequest("hi"), &context);
  EXPECT_EQ(stream.messages.size(), 1u);
  ExpectError(stream.status, StatusCode::RESOURCE_EXHAUSTED, "UPSTREAM_ERROR");
  EXPECT_EQ(stream.status.error_message(), "too many");
}

TEST_F(MessageTest, RefusalsAreSaidInTheUpstreamsWords) {
  CallContext context;
  AnthropicMessage message;
  AnthropicCreateMessageParams request = MakeMessageRequest("hi");
  request.set_temperature(1.5);
  const grpc::Status status = Stub<MessageService>()->CreateMessage(&context, request, &message);
  ExpectError(status, StatusCode::INVALID_ARGUMENT, "UPSTREAM_ERROR");
  EXPECT_THAT(status.error_message(), testing::HasSubstr("temperature"));
  EXPECT_EQ(DetailsOf(status).upstream->type(), "invalid_request_error");
}

}  // namespace
}  // namespace fireworks::e2e
