// Unary chat completions: what is sent, what comes back, and what is refused
// before anything is sent.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/e2e/error_details.h"
#include "tests/e2e/scripted_upstream.h"
#include "tests/e2e/service_fixture.h"

namespace fireworks::e2e {
namespace {

using grpc::StatusCode;
using nlohmann::json;

class ChatTest : public ServiceTest {
 protected:
  grpc::Status Create(const ChatRequest& request, absl::string_view directives = {}) {
    CallContext context(directives);
    const grpc::Status status = chat().CreateChatCompletion(&context, request, &response_);
    request_id_ = context.request_id();
    attempts_ = context.Trailer("x-upstream-attempts");
    return status;
  }

  // The request must be refused with a violation of `field`, before upstream
  // hears of it.
  void ExpectRefused(const ChatRequest& request, absl::string_view field) {
    const grpc::Status status = Create(request);
    EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT) << status.error_message();
    const ErrorDetails details = DetailsOf(status);
    ASSERT_TRUE(details.info && details.bad_request && details.request);
    EXPECT_EQ(details.info->reason(), "INVALID_REQUEST");
    EXPECT_EQ(details.info->domain(), "fireworks.ai");
    EXPECT_EQ(details.request->request_id(), request_id_);
    ASSERT_GT(details.bad_request->field_violations_size(), 0);
    EXPECT_EQ(details.bad_request->field_violations(0).field(), field);
    EXPECT_NE(details.bad_request->field_violations(0).description(), "");
    EXPECT_EQ(attempts_, "0");
    EXPECT_TRUE(simulator().Requests().empty());
  }

  ChatResponse response_;
  std::string request_id_;
  std::string attempts_;
};

TEST_F(ChatTest, AnswerComesWhole) {
  ChatRequest request = MakeChatRequest("say: größer 火 🔥");
  request.set_perf_metrics_in_response(true);
  ASSERT_TRUE(Create(request).ok());
  EXPECT_EQ(response_.object(), "chat.completion");
  EXPECT_EQ(response_.model(), kChatModel);
  ASSERT_EQ(response_.choices_size(), 1);
  EXPECT_EQ(response_.choices(0).message().role(), "assistant");
  EXPECT_EQ(response_.choices(0).message().content().text(), "größer 火 🔥");
  EXPECT_EQ(response_.choices(0).finish_reason(), "stop");
  EXPECT_GT(response_.usage().total_tokens(), 0);
  EXPECT_GT(response_.perf_metrics().server_processing_time(), 0);
  EXPECT_TRUE(response_.extra_json().empty());
}

TEST_F(ChatTest, ToolCallsAndReasoning) {
  ChatRequest request = MakeChatRequest("weather?", "accounts/fireworks/models/reasoning-large");
  auto* function = request.add_tools()->mutable_function();
  function->set_name("get_weather");
  function->set_parameters(R"({"type":"object","properties":{"city":{"type":"string"}}})");
  ASSERT_TRUE(Create(request).ok());
  const auto& message = response_.choices(0).message();
  EXPECT_NE(message.reasoning_content(), "");
  EXPECT_FALSE(message.has_content());
  ASSERT_EQ(message.tool_calls_size(), 1);
  EXPECT_EQ(message.tool_calls(0).function().call().name(), "get_weather");
  EXPECT_TRUE(json::accept(message.tool_calls(0).function().call().arguments().text()));
}

TEST_F(ChatTest, RequestBodyHoldsExactlyWhatIsSet) {
  ChatRequest request = MakeChatRequest("hello");
  request.set_temperature(0);
  request.set_seed(9007199254740993);
  request.mutable_stop()->mutable_sequences()->add_values("a");
  request.mutable_reasoning_effort()->set_level("low");
  auto* function = request.add_tools()->mutable_function();
  function->set_name("f");
  function->set_parameters(R"({"z":1, "a":2.50})");
  ASSERT_TRUE(Create(request).ok());
  const auto seen = simulator().Find(request_id_);
  ASSERT_TRUE(seen.ok());
  EXPECT_EQ(seen->method, "POST");
  EXPECT_EQ(seen->target, "/inference/v1/chat/completions");
  EXPECT_EQ(json::parse(seen->body), json::parse(R"({
    "model": "accounts/fireworks/models/chat-large",
    "messages": [{"role": "user", "content": "hello"}],
    "stream": false,
    "temperature": 0,
    "seed": 9007199254740993,
    "stop": ["a"],
    "reasoning_effort": "low",
    "tools": [{"type": "function", "function": {"name": "f", "parameters": {"z": 1, "a": 2.50}}}]
  })"));
  EXPECT_THAT(seen->body, testing::HasSubstr(R"({"z":1, "a":2.50})"));
}

TEST_F(ChatTest, OnlyTheStreamingRpcAsksForAStream) {
  CallContext context;
  ASSERT_TRUE(StreamChat(&chat(), &context, MakeChatRequest("hello")).status.ok());
  EXPECT_EQ(json::parse(simulator().Find(context.request_id())->body)["stream"], true);
  ASSERT_TRUE(Create(MakeChatRequest("hello")).ok());
  EXPECT_EQ(json::parse(simulator().Find(request_id_)->body)["stream"], false);
}

TEST_F(ChatTest, ExtraJsonIsSent) {
  simulator::SimulatorOptions lax;
  lax.lax = true;
  RestartSimulator(lax);
  ChatRequest request = MakeChatRequest("hello");
  (*request.mutable_extra_json())["brand_new"] = R"({"k":[1]})";
  ASSERT_TRUE(Create(request).ok());
  EXPECT_EQ(json::parse(simulator().Find(request_id_)->body)["brand_new"],
            json::parse(R"({"k":[1]})"));
}

TEST_F(ChatTest, MissingModelIsRefused) {
  ChatRequest request = MakeChatRequest("hello");
  request.clear_model();
  ExpectRefused(request, "model");
}

TEST_F(ChatTest, MissingMessagesAreRefused) {
  ChatRequest request = MakeChatRequest("hello");
  request.clear_messages();
  ExpectRefused(request, "messages");
}

TEST_F(ChatTest, RawJsonThatIsNoJsonIsRefused) {
  ChatRequest request = MakeChatRequest("hello");
  auto* function = request.add_tools()->mutable_function();
  function->set_name("f");
  function->set_parameters(R"({"type":)");
  ExpectRefused(request, "tools[0].function.parameters");
}

TEST_F(ChatTest, ExtraJsonThatRepeatsAFieldIsRefused) {
  ChatRequest request = MakeChatRequest("hello");
  request.set_temperature(1);
  (*request.mutable_extra_json())["temperature"] = "0";
  ExpectRefused(request, "extra_json[temperature]");
}

TEST_F(ChatTest, ExtraJsonThatAsksForAStreamIsRefused) {
  ChatRequest request = MakeChatRequest("hello");
  (*request.mutable_extra_json())["stream"] = "true";
  ExpectRefused(request, "extra_json[stream]");
}

TEST_F(ChatTest, BodyThatIsCutShortIsDataLoss) {
  const grpc::Status status = Create(MakeChatRequest("hello"), "close_after=1");
  EXPECT_EQ(status.error_code(), StatusCode::DATA_LOSS);
  EXPECT_EQ(ReasonOf(status), "BODY_TRUNCATED");
}

TEST_F(ChatTest, FinishReasonErrorIsOkAndInTheBody) {
  simulator::HttpResponse answer = simulator::JsonResponse(
      200, R"({"id":"x","choices":[{"index":0,"message":{"role":"assistant","content":"h"},)"
           R"("finish_reason":"error"}]})");
  ScriptedUpstream upstream(answer);
  StartService([&](server::Options* options) {
    options->upstream.base_url = upstream.base_url();
  });
  EXPECT_TRUE(Create(MakeChatRequest("hello")).ok());
  EXPECT_EQ(response_.choices(0).finish_reason(), "error");
  StopService();
}

TEST_F(ChatTest, AnswersThatAreNoAnswer) {
  struct Case {
    const char* content_type;
    const char* body;
    const char* reason;
  };
  for (const Case& c : {Case{"application/json", "", "EMPTY_BODY"},
                        Case{"application/json", R"({"id":)", "MALFORMED_BODY"},
                        Case{"application/json", "[1]", "MALFORMED_BODY"},
                        Case{"text/html", "<html></html>", "UNEXPECTED_CONTENT_TYPE"}}) {
    SCOPED_TRACE(c.reason);
    StopService();
    ScriptedUpstream upstream({200, {{"content-type", c.content_type}}, c.body});
    StartService([&](server::Options* options) {
      options->upstream.base_url = upstream.base_url();
    });
    const grpc::Status status = Create(MakeChatRequest("hello"));
    EXPECT_EQ(status.error_code(), StatusCode::INTERNAL);
    EXPECT_EQ(ReasonOf(status), c.reason);
    StopService();
  }
}

TEST_F(ChatTest, LimitsOfSizeAndDepth) {
  StartService([](server::Options* options) { options->limits.max_response_bytes = 1000; });
  grpc::Status status = Create(MakeChatRequest("hello"), "bytes=5000");
  EXPECT_EQ(status.error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonOf(status), "BODY_TOO_LARGE");

  ScriptedUpstream upstream(simulator::JsonResponse(
      200, R"({"deep":)" + std::string(200, '[') + std::string(200, ']') + "}"));
  StartService([&](server::Options* options) {
    options->upstream.base_url = upstream.base_url();
  });
  status = Create(MakeChatRequest("hello"));
  EXPECT_EQ(status.error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonOf(status), "JSON_TOO_DEEP");
  StopService();
}

}  // namespace
}  // namespace fireworks::e2e
