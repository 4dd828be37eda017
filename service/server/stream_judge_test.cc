#include "service/server/stream_judge.h"

#include <map>
#include <string>
#include <vector>

#include "fireworks/inference/v1/anthropic_message.pb.h"
#include "fireworks/inference/v1/anthropic_stream.pb.h"
#include "fireworks/inference/v1/chat_completion.pb.h"
#include "fireworks/inference/v1/chat_completion_service.pb.h"
#include "fireworks/inference/v1/completion.pb.h"
#include "fireworks/inference/v1/response.pb.h"
#include "fireworks/inference/v1/response_stream.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "service/contract/route.h"

namespace fireworks::server {
namespace {

using fireworks::inference::v1::ChatCompletionRequest;
using fireworks::inference::v1::ChatCompletionStreamResponse;
using Verdict = StreamJudge::Verdict;

const contract::StreamRules& ChatRules() {
  static const auto& routes = *new contract::RouteTable(*contract::RouteTable::Compile(
      {ChatCompletionRequest::descriptor()->file()->pool()->FindServiceByName(
          "fireworks.inference.v1.ChatCompletionService")}));
  return *routes.Find("/fireworks.inference.v1.ChatCompletionService/StreamChatCompletion")
              ->stream;
}

ChatCompletionStreamResponse Finish(int index, const char* reason) {
  ChatCompletionStreamResponse chunk;
  auto* choice = chunk.add_choices();
  choice->set_index(index);
  choice->set_finish_reason(reason);
  return chunk;
}

TEST(StreamJudgeTest, OneChoiceIsExpectedByDefault) {
  StreamJudge judge(ChatRules(), ChatCompletionRequest());
  ChatCompletionStreamResponse chunk;
  chunk.add_choices()->set_index(0);
  EXPECT_EQ(judge.Look(chunk), Verdict::kContinue);
  EXPECT_FALSE(judge.all_choices_finished());
  judge.Look(Finish(0, "stop"));
  EXPECT_TRUE(judge.all_choices_finished());
  EXPECT_FALSE(judge.generation_failed());
}

TEST(StreamJudgeTest, EveryChoiceThatWasAskedForMustFinish) {
  ChatCompletionRequest request;
  request.set_n(3);
  StreamJudge judge(ChatRules(), request);
  judge.Look(Finish(2, "stop"));
  judge.Look(Finish(0, "length"));
  judge.Look(Finish(0, "length"));  // Said twice: still one choice.
  EXPECT_FALSE(judge.all_choices_finished());
  judge.Look(Finish(1, "stop"));
  EXPECT_TRUE(judge.all_choices_finished());
}

TEST(StreamJudgeTest, AnEmptyFinishReasonIsNone) {
  StreamJudge judge(ChatRules(), ChatCompletionRequest());
  judge.Look(Finish(0, ""));
  EXPECT_FALSE(judge.all_choices_finished());
}

TEST(StreamJudgeTest, EmptyChoicesSayNothing) {
  StreamJudge judge(ChatRules(), ChatCompletionRequest());
  EXPECT_EQ(judge.Look(ChatCompletionStreamResponse()), Verdict::kContinue);
  EXPECT_FALSE(judge.all_choices_finished());
}

// The rules of a stream of the contract, such as "MessageService/StreamMessage".
contract::StreamRules RulesOf(const std::string& service, const std::string& method) {
  const auto* descriptor =
      google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
          "fireworks.inference.v1." + service);
  static auto& tables = *new std::vector<contract::RouteTable>();
  tables.push_back(*contract::RouteTable::Compile({descriptor}));
  return *tables.back().Find("/" + descriptor->full_name() + "/" + method)->stream;
}

TEST(StreamJudgeTest, ArmsOfAUnionAreEvents) {
  using fireworks::inference::v1::AnthropicCreateMessageParams;
  using fireworks::inference::v1::AnthropicMessageStreamEvent;
  const contract::StreamRules rules = RulesOf("MessageService", "StreamMessage");
  StreamJudge judge(rules, AnthropicCreateMessageParams());
  AnthropicMessageStreamEvent event;
  EXPECT_EQ(judge.Look(event), Verdict::kContinue);
  event.mutable_ping();
  EXPECT_EQ(judge.Look(event), Verdict::kContinue);
  event.mutable_message_delta();
  EXPECT_EQ(judge.Look(event), Verdict::kContinue);
  event.set_unknown_json("{}");
  EXPECT_EQ(judge.Look(event), Verdict::kContinue);
  event.mutable_error();
  EXPECT_EQ(judge.Look(event), Verdict::kFailed);
  event.mutable_message_stop();
  EXPECT_EQ(judge.Look(event), Verdict::kFinal);
}

TEST(StreamJudgeTest, EventTypesAreRead) {
  using fireworks::inference::v1::CreateResponse;
  using fireworks::inference::v1::ResponseStreamEvent;
  const contract::StreamRules rules = RulesOf("ResponseService", "StreamResponse");
  StreamJudge judge(rules, CreateResponse());
  ResponseStreamEvent event;
  for (const auto& [type, verdict] : std::map<std::string, Verdict>{
           {"response.output_text.delta", Verdict::kContinue},
           {"response.completed", Verdict::kFinal},
           {"response.incomplete", Verdict::kFinal},
           {"response.failed", Verdict::kFailed},
           {"error", Verdict::kFailed},
           {"response.cancelled", Verdict::kCancelled}}) {
    event.set_type(type);
    EXPECT_EQ(judge.Look(event), verdict) << type;
  }
}

TEST(StreamJudgeTest, EveryPromptHasItsChoices) {
  using fireworks::inference::v1::CompletionRequest;
  using fireworks::inference::v1::CompletionStreamResponse;
  const contract::StreamRules rules = RulesOf("CompletionService", "StreamCompletion");
  const auto finish = [](int index) {
    CompletionStreamResponse chunk;
    auto* choice = chunk.add_choices();
    choice->set_index(index);
    choice->set_finish_reason("stop");
    return chunk;
  };
  CompletionRequest request;
  request.mutable_prompt()->mutable_texts()->add_values("a");
  request.mutable_prompt()->mutable_texts()->add_values("b");
  StreamJudge texts(rules, request);
  texts.Look(finish(0));
  EXPECT_FALSE(texts.all_choices_finished());
  texts.Look(finish(1));
  EXPECT_TRUE(texts.all_choices_finished());

  request.mutable_prompt()->mutable_token_ids()->add_values(1);
  request.mutable_prompt()->mutable_token_ids()->add_values(2);
  StreamJudge tokens(rules, request);
  tokens.Look(finish(0));
  EXPECT_TRUE(tokens.all_choices_finished());
}

TEST(StreamJudgeTest, TheReasonErrorMeansAFailedGeneration) {
  StreamJudge judge(ChatRules(), ChatCompletionRequest());
  judge.Look(Finish(0, "error"));
  EXPECT_TRUE(judge.generation_failed());
}

}  // namespace
}  // namespace fireworks::server
