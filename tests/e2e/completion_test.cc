// Completions: prompts in every form, unary and as a stream.
#include <map>
#include <string>

#include "fireworks/inference/v1/completion_service.grpc.pb.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/e2e/inference_fixture.h"
#include "tests/e2e/requests.h"

namespace fireworks::e2e {
namespace {

using fireworks::inference::v1::CompletionRequest;
using fireworks::inference::v1::CompletionResponse;
using fireworks::inference::v1::CompletionService;
using fireworks::inference::v1::CompletionStreamResponse;
using grpc::StatusCode;
using nlohmann::json;

class CompletionTest : public InferenceTest {
 protected:
  CompletionResponse Create(const CompletionRequest& request) {
    CompletionResponse response;
    const grpc::Status status =
        Stub<CompletionService>()->CreateCompletion(&context_, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  Received<CompletionStreamResponse> Stream(const CompletionRequest& request,
                                            CallContext* context) {
    return ReadStream(Stub<CompletionService>()->StreamCompletion(context, request).get());
  }

  // The text of each choice.
  static std::map<int, std::string> Texts(const Received<CompletionStreamResponse>& stream) {
    std::map<int, std::string> texts;
    for (const CompletionStreamResponse& chunk : stream.messages) {
      for (const auto& choice : chunk.choices()) texts[choice.index()] += choice.text();
    }
    return texts;
  }

  CallContext context_;
};

TEST_F(CompletionTest, AnswerComesWhole) {
  const CompletionResponse response = Create(MakeCompletionRequest("say: größer 火"));
  EXPECT_EQ(response.object(), "text_completion");
  EXPECT_EQ(response.model(), kChatModel);
  ASSERT_EQ(response.choices_size(), 1);
  EXPECT_EQ(response.choices(0).text(), "größer 火");
  EXPECT_EQ(response.choices(0).finish_reason(), "stop");
  EXPECT_TRUE(response.extra_json().empty());
  EXPECT_TRUE(response.choices(0).extra_json().empty());
  EXPECT_EQ(json::parse(SentBody(context_)),
            json({{"model", kChatModel}, {"prompt", "say: größer 火"}, {"stream", false}}));
  EXPECT_EQ(context_.Trailer("x-usage-prompt-tokens"),
            std::to_string(response.usage().prompt_tokens()));
  EXPECT_EQ(context_.Trailer("x-usage-completion-tokens"),
            std::to_string(response.usage().completion_tokens()));
  EXPECT_EQ(context_.Trailer("x-usage-cached-tokens"), "0");
}

TEST_F(CompletionTest, PromptsOfEveryFormTravel) {
  struct Case {
    const char* json;
    int choices;
  };
  for (const Case& c : {Case{R"(["say: a","say: b"])", 2}, Case{"[17,4]", 1},
                        Case{"[[17,4],[5]]", 2}}) {
    CompletionRequest request = MakeCompletionRequest("");
    auto* prompt = request.mutable_prompt();
    if (c.choices == 1) {
      for (int id : {17, 4}) prompt->mutable_token_ids()->add_values(id);
    } else if (c.json[1] == '[') {
      auto* lists = prompt->mutable_token_id_lists();
      auto* first = lists->add_values();
      for (int id : {17, 4}) first->add_values(id);
      lists->add_values()->add_values(5);
    } else {
      for (const char* text : {"say: a", "say: b"}) prompt->mutable_texts()->add_values(text);
    }
    CallContext context;
    CompletionResponse response;
    ASSERT_TRUE(
        Stub<CompletionService>()->CreateCompletion(&context, request, &response).ok());
    EXPECT_EQ(json::parse(SentBody(context))["prompt"], json::parse(c.json));
    EXPECT_EQ(response.choices_size(), c.choices) << c.json;
  }
}

TEST_F(CompletionTest, EchoTokensAndLogprobs) {
  CompletionRequest request = MakeCompletionRequest("say: one two");
  request.set_echo(true);
  request.set_return_token_ids(true);
  request.mutable_logprobs()->set_count(2);
  request.set_raw_output(true);
  const auto choice = Create(request).choices(0);
  EXPECT_EQ(choice.text(), "say: one twoone two");
  EXPECT_GT(choice.prompt_token_ids_size(), 0);
  EXPECT_EQ(choice.token_ids_size(), choice.logprobs().legacy().tokens_size());
  EXPECT_EQ(choice.logprobs().legacy().top_logprobs(0).values_size(), 2);
  EXPECT_EQ(choice.raw_output().completion(), choice.text());
}

TEST_F(CompletionTest, StreamTellsUsageWhereTheModelDoes) {
  for (const bool extra : {false, true}) {
    CompletionRequest request = MakeCompletionRequest("say: one two three four");
    request.mutable_stream_options()->set_include_usage(extra);
    CallContext context;
    const auto stream = Stream(request, &context);
    ASSERT_TRUE(stream.status.ok()) << stream.status.error_message();
    EXPECT_EQ(Texts(stream)[0], "one two three four");
    ASSERT_EQ(stream.messages.size(), extra ? 3u : 2u);
    EXPECT_EQ(stream.messages[1].choices(0).finish_reason(), "stop");
    EXPECT_EQ(stream.messages[1].has_usage(), !extra);
    EXPECT_EQ(stream.messages.back().choices_size(), extra ? 0 : 1);
    EXPECT_EQ(stream.messages.back().usage().completion_tokens(), 4);
    EXPECT_EQ(context.Trailer("x-usage-completion-tokens"), "4");
    EXPECT_EQ(json::parse(SentBody(context))["stream"], true);
  }
}

TEST_F(CompletionTest, EveryChoiceOfEveryPromptMustFinish) {
  CompletionRequest request = MakeCompletionRequest("");
  for (const char* text : {"say: a", "say: b"}) {
    request.mutable_prompt()->mutable_texts()->add_values(text);
  }
  request.set_n(2);
  for (int sent = 1; sent <= 4; ++sent) {
    SCOPED_TRACE(sent);
    CallContext context("close_after=" + std::to_string(sent));
    const auto stream = Stream(request, &context);
    EXPECT_EQ(static_cast<int>(stream.messages.size()), sent);
    if (sent == 4) {
      EXPECT_TRUE(stream.status.ok()) << stream.status.error_message();
      const std::map<int, std::string> texts = {{0, "a"}, {1, "a"}, {2, "b"}, {3, "b"}};
      EXPECT_EQ(Texts(stream), texts);
    } else {
      ExpectError(stream.status, StatusCode::DATA_LOSS, "STREAM_TRUNCATED");
    }
  }
}

TEST_F(CompletionTest, ListOfTokensIsOnePrompt) {
  CompletionRequest request = MakeCompletionRequest("");
  for (int id : {1, 2, 3}) request.mutable_prompt()->mutable_token_ids()->add_values(id);
  CallContext context("done=0");
  const auto stream = Stream(request, &context);
  EXPECT_TRUE(stream.status.ok()) << stream.status.error_message();
}

TEST_F(CompletionTest, FinishReasonErrorIsDeliveredThenInternal) {
  CallContext context("finish=error");
  const auto stream = Stream(MakeCompletionRequest("say: one"), &context);
  ASSERT_EQ(stream.messages.size(), 1u);
  EXPECT_EQ(stream.messages[0].choices(0).finish_reason(), "error");
  ExpectError(stream.status, StatusCode::INTERNAL, "GENERATION_FAILED");
}

TEST_F(CompletionTest, MissingPromptIsRefused) {
  CompletionRequest request;
  request.set_model(kChatModel);
  CompletionResponse response;
  const grpc::Status status =
      Stub<CompletionService>()->CreateCompletion(&context_, request, &response);
  ExpectError(status, StatusCode::INVALID_ARGUMENT, "INVALID_REQUEST");
  EXPECT_EQ(DetailsOf(status).bad_request->field_violations(0).field(), "prompt");
  EXPECT_TRUE(simulator().Requests().empty());
}

}  // namespace
}  // namespace fireworks::e2e
