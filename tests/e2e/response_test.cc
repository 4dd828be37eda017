// Responses: made, streamed, kept, listed and deleted.
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "fireworks/inference/v1/response_service.grpc.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/e2e/inference_fixture.h"
#include "tests/e2e/requests.h"

namespace fireworks::e2e {
namespace {

using fireworks::inference::v1::CreateResponse;
using fireworks::inference::v1::Response;
using fireworks::inference::v1::ResponseService;
using fireworks::inference::v1::ResponseStreamEvent;
using grpc::StatusCode;
using nlohmann::json;
using testing::ElementsAre;
using Stream = Received<ResponseStreamEvent>;

class ResponseTest : public InferenceTest {
 protected:
  Response Create(const CreateResponse& request) {
    CallContext context;
    Response response;
    const grpc::Status status =
        Stub<ResponseService>()->CreateResponse(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  Stream StreamResponse(const CreateResponse& request, CallContext* context) {
    return ReadStream(Stub<ResponseService>()->StreamResponse(context, request).get());
  }

  grpc::Status Get(const std::string& id, Response* response) {
    CallContext context;
    fireworks::inference::v1::GetResponseRequest request;
    request.set_response_id(id);
    return Stub<ResponseService>()->GetResponse(&context, request, response);
  }

  static std::vector<std::string> Types(const Stream& stream) {
    std::vector<std::string> types;
    for (const ResponseStreamEvent& event : stream.messages) types.push_back(event.type());
    return types;
  }
};

TEST_F(ResponseTest, AnswerComesWhole) {
  CreateResponse request = MakeResponseRequest("say: hello");
  request.set_instructions("be brief");
  request.set_metadata(R"({"z":1,"a":2})");
  CallContext context;
  Response response;
  ASSERT_TRUE(Stub<ResponseService>()->CreateResponse(&context, request, &response).ok());
  EXPECT_TRUE(absl::StartsWith(response.id(), "resp_"));
  EXPECT_EQ(response.status(), "completed");
  EXPECT_GT(response.created_at(), 1'700'000'000);
  EXPECT_EQ(response.instructions(), "be brief");
  EXPECT_EQ(response.metadata(), R"({"z":1,"a":2})");
  EXPECT_EQ(response.output(0).message().content(0).text(), "hello");
  EXPECT_TRUE(response.extra_json().empty());
  EXPECT_EQ(context.Trailer("x-usage-prompt-tokens"),
            std::to_string(response.usage().prompt_tokens()));
  EXPECT_EQ(context.Trailer("x-usage-completion-tokens"), "1");
  EXPECT_NE(context.Trailer("x-usage-cached-tokens"), "");
}

TEST_F(ResponseTest, StreamTellsEachStep) {
  CallContext context;
  const Stream stream = StreamResponse(MakeResponseRequest("say: one two three four"), &context);
  ASSERT_TRUE(stream.status.ok()) << stream.status.error_message();
  EXPECT_THAT(Types(stream),
              ElementsAre("response.created", "response.in_progress", "response.output_item.added",
                          "response.content_part.added", "response.output_text.delta",
                          "response.output_text.delta", "response.output_text.done",
                          "response.content_part.done", "response.output_item.done",
                          "response.completed"));
  for (int i = 0; i < static_cast<int>(stream.messages.size()); ++i) {
    ASSERT_TRUE(stream.messages[i].has_sequence_number());
    EXPECT_EQ(stream.messages[i].sequence_number(), i);
    EXPECT_TRUE(stream.messages[i].extra_json().empty());
  }
  EXPECT_EQ(stream.messages[4].delta().text() + stream.messages[5].delta().text(),
            "one two three four");
  EXPECT_EQ(stream.messages[8].item().message().content(0).text(), "one two three four");
  EXPECT_EQ(stream.messages[9].response().usage().completion_tokens(), 4);
  EXPECT_EQ(context.Trailer("x-usage-completion-tokens"), "4");
  EXPECT_NE(context.Trailer("x-usage-prompt-tokens"), "");
}

TEST_F(ResponseTest, ReasoningAndFunctionCallsArrive) {
  CreateResponse request = MakeResponseRequest("weather?");
  request.set_model("accounts/fireworks/models/reasoning-large");
  request.add_tools(R"({"type":"function","name":"get_weather","parameters":)"
                    R"({"type":"object","properties":{"city":{"type":"string"}}}})");
  CallContext context;
  const Stream stream = StreamResponse(request, &context);
  ASSERT_TRUE(stream.status.ok()) << stream.status.error_message();
  std::string arguments;
  for (const ResponseStreamEvent& event : stream.messages) {
    if (event.type() == "response.function_call_arguments.delta") arguments += event.delta().text();
  }
  EXPECT_TRUE(json::parse(arguments).contains("city"));
  const Response& last = stream.messages.back().response();
  ASSERT_EQ(last.output_size(), 2);
  // Kept whole, though the contract has no message for it.
  EXPECT_EQ(last.output(0).tool_call().type(), "reasoning");
  EXPECT_EQ(json::parse(last.output(0).tool_call().extra_json().at("content"))[0]["type"],
            "reasoning_text");
  EXPECT_EQ(last.output(1).tool_call().type(), "function_call");
  EXPECT_EQ(last.output(1).tool_call().name(), "get_weather");
  EXPECT_EQ(last.output(1).tool_call().arguments(), arguments);
}

TEST_F(ResponseTest, ListedFetchedContinuedAndDeleted) {
  const Response first = Create(MakeResponseRequest("say: one"));
  CreateResponse next = MakeResponseRequest("and then?");
  next.set_previous_response_id(first.id());
  const Response second = Create(next);
  EXPECT_EQ(second.previous_response_id(), first.id());

  Response got;
  ASSERT_TRUE(Get(first.id(), &got).ok());
  EXPECT_EQ(got.SerializeAsString(), first.SerializeAsString());

  CallContext list_context;
  fireworks::inference::v1::ListResponsesRequest list;
  list.set_limit(1);
  list.set_after(second.id());
  fireworks::inference::v1::ResponseList page;
  ASSERT_TRUE(Stub<ResponseService>()->ListResponses(&list_context, list, &page).ok());
  ASSERT_EQ(page.data_size(), 1);
  EXPECT_EQ(page.data(0).id(), first.id());
  EXPECT_FALSE(page.has_more());

  CallContext delete_context;
  fireworks::inference::v1::DeleteResponseRequest gone;
  gone.set_response_id(first.id());
  fireworks::inference::v1::DeleteResponse deleted;
  ASSERT_TRUE(Stub<ResponseService>()->DeleteResponse(&delete_context, gone, &deleted).ok());
  EXPECT_NE(deleted.message(), "");
  EXPECT_EQ(Get(first.id(), &got).error_code(), StatusCode::NOT_FOUND);
}

TEST_F(ResponseTest, ResponsesThatAreNotKeptHaveNoId) {
  CreateResponse request = MakeResponseRequest("say: one");
  request.set_store(false);
  EXPECT_FALSE(Create(request).has_id());
}

TEST_F(ResponseTest, IncompleteIsOk) {
  CallContext context("finish=length");
  const Stream stream = StreamResponse(MakeResponseRequest("say: one"), &context);
  EXPECT_TRUE(stream.status.ok()) << stream.status.error_message();
  const ResponseStreamEvent& last = stream.messages.back();
  EXPECT_EQ(last.type(), "response.incomplete");
  EXPECT_EQ(last.response().incomplete_details(), R"({"reason":"max_output_tokens"})");
}

TEST_F(ResponseTest, FailedIsDeliveredThenItsError) {
  CallContext context("finish=error");
  const Stream stream = StreamResponse(MakeResponseRequest("say: one"), &context);
  EXPECT_EQ(stream.messages.back().type(), "response.failed");
  EXPECT_EQ(json::parse(stream.messages.back().response().error())["code"], "server_error");
  ExpectError(stream.status, StatusCode::INTERNAL, "UPSTREAM_ERROR");
  EXPECT_EQ(stream.status.error_message(), "The model failed.");
  EXPECT_EQ(DetailsOf(stream.status).upstream->code(), "server_error");
  EXPECT_EQ(context.Trailer("x-usage-completion-tokens"), "1");
}

TEST_F(ResponseTest, CancelledIsDeliveredThenAborted) {
  CallContext context("finish=cancelled");
  const Stream stream = StreamResponse(MakeResponseRequest("say: one"), &context);
  EXPECT_EQ(stream.messages.back().type(), "response.cancelled");
  EXPECT_EQ(stream.status.error_code(), StatusCode::ABORTED);
}

TEST_F(ResponseTest, ErrorEventIsItsError) {
  CallContext context("error_after=3");
  const Stream stream = StreamResponse(MakeResponseRequest("say: one"), &context);
  ExpectError(stream.status, StatusCode::INTERNAL, "UPSTREAM_ERROR");
  EXPECT_EQ(stream.status.error_message(), "The model failed.");
  EXPECT_EQ(stream.messages.back().type(), "error");
}

TEST_F(ResponseTest, FailedResponseOfAUnaryCallIsOkAndInTheBody) {
  CallContext context("finish=error");
  Response response;
  const grpc::Status status = Stub<ResponseService>()->CreateResponse(
      &context, MakeResponseRequest("say: one"), &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.status(), "failed");
}

}  // namespace
}  // namespace fireworks::e2e
