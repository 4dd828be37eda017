// What a streaming chat completion brings: every chunk, every field, in order
// and at once.
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/e2e/chat.h"
#include "tests/e2e/scripted_upstream.h"
#include "tests/e2e/service_fixture.h"

namespace fireworks::e2e {
namespace {

class StreamTest : public ServiceTest {
 protected:
  ChatStream Stream(const ChatRequest& request, absl::string_view directives = {}) {
    CallContext context(directives);
    ChatStream stream = StreamChat(&chat(), &context, request);
    EXPECT_TRUE(stream.status.ok()) << stream.status.error_message();
    return stream;
  }
};

ChatRequest SayRequest(absl::string_view text) {
  return MakeChatRequest(absl::StrCat("say: ", text));
}

void AddTool(absl::string_view name, ChatRequest* request) {
  auto* function = request->add_tools()->mutable_function();
  function->set_name(std::string(name));
  function->set_parameters(
      R"({"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"}}})");
}

TEST_F(StreamTest, DeltasAddUpToTheText) {
  const std::string text = "The quick brown fox jumps over the lazy dog, and then some.";
  const ChatStream stream = Stream(SayRequest(text));
  EXPECT_EQ(stream.Content(), text);
  EXPECT_EQ(stream.FinishReason(), "stop");
  ASSERT_GT(stream.chunks.size(), 3u);
  EXPECT_EQ(stream.chunks.front().choices(0).delta().role(), "assistant");
}

TEST_F(StreamTest, ChunksCarryTheAnswersIdentity) {
  const ChatStream stream = Stream(SayRequest("one two three four"));
  for (const ChatChunk& chunk : stream.chunks) {
    EXPECT_EQ(chunk.id(), stream.chunks.front().id());
    EXPECT_TRUE(absl::StartsWith(chunk.id(), "chatcmpl-"));
    EXPECT_EQ(chunk.object(), "chat.completion.chunk");
    EXPECT_EQ(chunk.created(), stream.chunks.front().created());
    EXPECT_EQ(chunk.model(), kChatModel);
    EXPECT_TRUE(chunk.extra_json().empty());
  }
}

TEST_F(StreamTest, FirstChunkArrivesBeforeUpstreamSendsTheSecond) {
  CallContext context("step=1");
  const auto reader = chat().StreamChatCompletion(&context, SayRequest("one two three four"));
  ASSERT_TRUE(simulator()
                  .WaitForState(context.request_id(), simulator::RequestState::kOpen)
                  .ok());
  ChatChunk chunk;
  for (std::size_t i = 1; i <= 3; ++i) {
    ASSERT_TRUE(simulator().Release(context.request_id(), 1).ok());
    ASSERT_TRUE(reader->Read(&chunk));
    // The journal may learn of a write after its reader does.
    const auto seen = simulator().WaitForEvents(context.request_id(), i);
    ASSERT_TRUE(seen.ok()) << seen.status();
    EXPECT_EQ(seen->events_sent, i);
  }
  ASSERT_TRUE(simulator().Release(context.request_id(), 1000).ok());
  EXPECT_TRUE(ReadAll(reader.get()).status.ok());
}

TEST_F(StreamTest, InitialMetadataArrivesBeforeTheFirstChunk) {
  CallContext context("step=1");
  const auto reader = chat().StreamChatCompletion(&context, SayRequest("one"));
  reader->WaitForInitialMetadata();
  EXPECT_EQ(context.InitialMetadata("x-request-id"), context.request_id());
  EXPECT_EQ(simulator().Find(context.request_id())->events_sent, 0u);
  ASSERT_TRUE(simulator().Release(context.request_id(), 1000).ok());
  EXPECT_TRUE(ReadAll(reader.get()).status.ok());
}

TEST_F(StreamTest, UsageInTheFinishChunk) {
  ChatRequest request = MakeChatRequest("hello");
  request.mutable_stream_options()->set_include_usage(false);
  const ChatStream stream = Stream(request, "tokens=12");
  const ChatChunk& last = stream.chunks.back();
  ASSERT_EQ(last.choices_size(), 1);
  EXPECT_EQ(last.choices(0).finish_reason(), "stop");
  ASSERT_TRUE(last.has_usage());
  EXPECT_EQ(last.usage().completion_tokens(), 12);
  EXPECT_EQ(last.usage().total_tokens(), last.usage().prompt_tokens() + 12);
}

TEST_F(StreamTest, UsageInAChunkOfItsOwnAfterTheFinishChunk) {
  ChatRequest request = MakeChatRequest("hello");
  request.mutable_stream_options()->set_include_usage(true);
  const ChatStream stream = Stream(request, "tokens=12");
  ASSERT_GE(stream.chunks.size(), 2u);
  const ChatChunk& finish = stream.chunks[stream.chunks.size() - 2];
  EXPECT_EQ(finish.choices(0).finish_reason(), "stop");
  EXPECT_FALSE(finish.has_usage());
  EXPECT_EQ(stream.chunks.back().choices_size(), 0);
  EXPECT_EQ(stream.chunks.back().usage().completion_tokens(), 12);
}

TEST_F(StreamTest, TrailersTellUsageAndTheUpstreamsRequestId) {
  for (const char* usage : {"finish", "extra"}) {
    CallContext context(absl::StrCat("tokens=12;usage=", usage));
    ChatRequest request = MakeChatRequest("hello");
    request.set_prompt_cache_key("k");
    const ChatStream stream = StreamChat(&chat(), &context, request);
    ASSERT_TRUE(stream.status.ok());
    const auto& told = stream.chunks.back().usage();
    EXPECT_EQ(context.Trailer("x-usage-completion-tokens"), "12");
    EXPECT_EQ(context.Trailer("x-usage-prompt-tokens"), absl::StrCat(told.prompt_tokens()));
    EXPECT_EQ(context.Trailer("x-usage-cached-tokens"),
              absl::StrCat(told.prompt_tokens_details().cached_tokens()));
    EXPECT_EQ(context.Trailer("x-request-id"), context.request_id());
    EXPECT_EQ(context.Trailer("x-upstream-request-id"), context.request_id());
    EXPECT_EQ(context.Trailer("x-upstream-attempts"), "1");
    EXPECT_NE(context.Trailer("x-gateway-overhead-us"), "");
    EXPECT_NE(context.Trailer("x-time-to-first-event-us"), "");
    EXPECT_EQ(context.Trailer("x-ratelimit-over-limit"), "no");
    EXPECT_EQ(context.Trailer("fireworks-prompt-tokens"), absl::StrCat(told.prompt_tokens()));
  }
}

TEST_F(StreamTest, InterleavedChoicesKeepTheirOrder) {
  ChatRequest request = MakeChatRequest("hello");
  request.set_n(3);
  const ChatStream stream = Stream(request, "tokens=30");
  std::set<std::string> texts;
  for (int choice = 0; choice < 3; ++choice) {
    EXPECT_EQ(stream.FinishReason(choice), "stop");
    texts.insert(stream.Content(choice));
  }
  EXPECT_EQ(texts.size(), 3u);
  // The first three chunks open the three choices in turn.
  for (int i = 0; i < 3; ++i) EXPECT_EQ(stream.chunks[i].choices(0).index(), i);
}

TEST_F(StreamTest, ReasoningComesBeforeContent) {
  const ChatStream stream =
      Stream(MakeChatRequest("hello", "accounts/fireworks/models/reasoning-large"), "tokens=60");
  EXPECT_NE(stream.Reasoning(), "");
  EXPECT_NE(stream.Content(), "");
  bool content_seen = false;
  for (const ChatChunk& chunk : stream.chunks) {
    for (const auto& choice : chunk.choices()) {
      content_seen = content_seen || choice.delta().has_content();
      EXPECT_FALSE(content_seen && choice.delta().has_reasoning_content());
    }
  }
  EXPECT_EQ(stream.chunks.back().usage().completion_tokens_details().reasoning_tokens(), 24);
}

TEST_F(StreamTest, ToolCallsArriveAsHeaderThenFragments) {
  ChatRequest request = MakeChatRequest("weather?");
  AddTool("get_weather", &request);
  AddTool("get_news", &request);
  request.set_parallel_tool_calls(true);
  const ChatStream stream = Stream(request);
  std::vector<std::string> names(2), ids(2), arguments(2);
  for (const ChatChunk& chunk : stream.chunks) {
    for (const auto& call : chunk.choices(0).delta().tool_calls()) {
      ASSERT_TRUE(call.has_index());
      ASSERT_LT(call.index(), 2);
      names[call.index()] += call.function().call().name();
      ids[call.index()] += call.id();
      arguments[call.index()] += call.function().call().arguments().text();
    }
  }
  EXPECT_THAT(names, testing::ElementsAre("get_weather", "get_news"));
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(absl::StartsWith(ids[i], "call_"));
    const auto json = nlohmann::json::parse(arguments[i], nullptr, /*allow_exceptions=*/false);
    EXPECT_TRUE(json.contains("city")) << arguments[i];
  }
  EXPECT_EQ(stream.FinishReason(), "tool_calls");
}

TEST_F(StreamTest, LogprobsOneRecordPerToken) {
  ChatRequest request = MakeChatRequest("hello");
  request.mutable_logprobs()->set_enabled(true);
  request.set_top_logprobs(2);
  const ChatStream stream = Stream(request, "tokens=9");
  std::string text;
  int tokens = 0;
  for (const ChatChunk& chunk : stream.chunks) {
    for (const auto& record : chunk.choices(0).logprobs().openai().content()) {
      text += record.token();
      EXPECT_LE(record.logprob(), 0);
      EXPECT_EQ(record.top_logprobs_size(), 2);
      ++tokens;
    }
  }
  EXPECT_EQ(tokens, 9);
  EXPECT_EQ(text, stream.Content());
}

TEST_F(StreamTest, LogprobsInTheLegacyForm) {
  ChatRequest request = MakeChatRequest("hello");
  request.mutable_logprobs()->set_count(2);
  const ChatStream stream = Stream(request, "tokens=9");
  std::string text;
  for (const ChatChunk& chunk : stream.chunks) {
    const auto& lists = chunk.choices(0).logprobs().legacy();
    EXPECT_EQ(lists.tokens_size(), lists.token_logprobs_size());
    EXPECT_EQ(lists.tokens_size(), lists.top_logprobs_size());
    for (const std::string& token : lists.tokens()) text += token;
  }
  EXPECT_EQ(text, stream.Content());
}

TEST_F(StreamTest, JsonModeWithASchemaYieldsThatJson) {
  ChatRequest request = MakeChatRequest("hello");
  auto* format = request.mutable_response_format();
  format->set_type("json_schema");
  format->mutable_json_schema()->set_object(
      R"({"name":"t","schema":{"type":"object","properties":{"b":{"type":"integer"},)"
      R"("a":{"type":"string"}},"required":["b","a"]}})");
  const std::string text = Stream(request).Content();
  const auto json = nlohmann::ordered_json::parse(text, nullptr, /*allow_exceptions=*/false);
  ASSERT_TRUE(json.is_object()) << text;
  // In the schema's order: it reached upstream verbatim.
  EXPECT_EQ(json.items().begin().key(), "b");
  EXPECT_TRUE(json.contains("a"));
}

TEST_F(StreamTest, PerfMetricsTokenIdsAndRawOutput) {
  ChatRequest request = MakeChatRequest("hello");
  request.set_perf_metrics_in_response(true);
  request.set_return_token_ids(true);
  request.set_raw_output(true);
  const ChatStream stream = Stream(request, "tokens=6");
  EXPECT_GT(stream.chunks.back().perf_metrics().server_processing_time(), 0);
  EXPECT_EQ(stream.chunks.back().perf_metrics().prompt_tokens(),
            stream.chunks.back().usage().prompt_tokens());
  EXPECT_GT(stream.chunks.front().prompt_token_ids_size(), 0);
  int token_ids = 0;
  for (const ChatChunk& chunk : stream.chunks) token_ids += chunk.choices(0).token_ids_size();
  EXPECT_EQ(token_ids, 6);
  EXPECT_EQ(stream.chunks.back().choices(0).raw_output().completion(), stream.Content());
}

TEST_F(StreamTest, LargeMultiByteTextArrivesWhole) {
  std::string text;
  while (text.size() < (1u << 20)) absl::StrAppend(&text, "größer 火 🔥 \\ \" \u2028 ");
  text.pop_back();
  EXPECT_EQ(Stream(SayRequest(text), "chunk_tokens=50").Content(), text);
}

TEST_F(StreamTest, CommentsAndCrLfAreNoContent) {
  const ChatStream stream = Stream(SayRequest("one two three four"), "comment_every=1;crlf=1");
  EXPECT_EQ(stream.Content(), "one two three four");
}

TEST_F(StreamTest, UnknownKeysArriveAsJson) {
  ScriptedUpstream upstream(EventStream(
      {R"({"id":"x","new_key":{"a":[1,2.50]},"choices":[{"index":0,)"
       R"("surprise":12345678901234567890,"delta":{"content":"hi",)"
       R"("annotations":[{"z":1,"a":2}]},"finish_reason":"stop"}]})",
       "[DONE]"}));
  StartService([&](server::Options* options) {
    options->upstream.base_url = upstream.base_url();
  });
  const ChatStream stream = Stream(MakeChatRequest("hello"));
  ASSERT_EQ(stream.chunks.size(), 1u);
  const ChatChunk& chunk = stream.chunks[0];
  EXPECT_EQ(chunk.extra_json().at("new_key"), R"({"a":[1,2.50]})");
  EXPECT_EQ(chunk.choices(0).extra_json().at("surprise"), "12345678901234567890");
  EXPECT_EQ(chunk.choices(0).delta().extra_json().at("annotations"), R"([{"z":1,"a":2}])");
  EXPECT_EQ(chunk.choices(0).delta().content(), "hi");
  ExpectAllQuiet();
  EXPECT_EQ(Metric("fireworks_contract_drift_total", {{"kind", "unknown_key"}}), 3);
}

TEST_F(StreamTest, ManyStreamsOneAfterTheOtherShareAConnection) {
  for (int i = 1; i <= 20; ++i) {
    EXPECT_EQ(Stream(SayRequest("same")).Content(), "same");
    // The caller has its status with the end marker, upstream's answer ends behind it.
    ASSERT_TRUE(Eventually([&] { return Metric("fireworks_upstream_exchanges_total") == i; }));
  }
  EXPECT_EQ(simulator().stats().connections.accepted_connections, 1u);
}

}  // namespace
}  // namespace fireworks::e2e
