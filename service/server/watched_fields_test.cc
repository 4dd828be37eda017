#include "service/server/watched_fields.h"

#include "absl/strings/str_cat.h"
#include "fireworks/inference/v1/chat_completion.pb.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"
#include "service/contract/route.h"

namespace fireworks::server {
namespace {

using fireworks::inference::v1::ChatCompletionRequest;
using fireworks::inference::v1::ChatCompletionStreamResponse;

const google::protobuf::DescriptorPool& Pool() {
  return *ChatCompletionRequest::descriptor()->file()->pool();
}

const contract::Route& RouteOf(const char* service, const char* method) {
  static const auto& routes = *new contract::RouteTable(*contract::RouteTable::Compile(
      {Pool().FindServiceByName("fireworks.inference.v1.ChatCompletionService"),
       Pool().FindServiceByName("fireworks.inference.v1.MessageService")}));
  return *routes.Find(absl::StrCat("/fireworks.inference.v1.", service, "/", method));
}

TEST(WatchedFieldsTest, OfAChatAreItsUsageAndItsFinishReasons) {
  const contract::Route& route = RouteOf("ChatCompletionService", "StreamChatCompletion");
  const auto watched = WatchedFields(route, FindTraceFields(route));
  ASSERT_TRUE(watched.has_value());
  const auto* choice =
      ChatCompletionStreamResponse::descriptor()->FindFieldByName("choices")->message_type();
  EXPECT_TRUE(watched->Has(choice->FindFieldByName("finish_reason")));
  EXPECT_FALSE(watched->Has(choice->FindFieldByName("delta")));
  EXPECT_FALSE(watched->Has(choice->FindFieldByName("index")));
  ASSERT_FALSE(route.usage.prompt_tokens.empty());
  for (const auto& path : route.usage.prompt_tokens) EXPECT_TRUE(watched->Has(path.leaf()));
  for (const auto& path : route.usage.completion_tokens) EXPECT_TRUE(watched->Has(path.leaf()));
  for (const auto& path : route.usage.cached_tokens) EXPECT_TRUE(watched->Has(path.leaf()));
  EXPECT_FALSE(watched->Has(ChatCompletionStreamResponse::descriptor()->FindFieldByName("id")));
}

TEST(WatchedFieldsTest, OfAUnionOfEventsAreThoseThatEndIt) {
  const contract::Route& route = RouteOf("MessageService", "StreamMessage");
  ASSERT_NE(route.stream->event_union, nullptr);
  const auto watched = WatchedFields(route, FindTraceFields(route));
  ASSERT_TRUE(watched.has_value());
  int ends = 0;
  for (const auto& [arm, name] : route.stream->event_arms) {
    EXPECT_EQ(watched->Has(arm), name == "message_stop" || name == "error") << name;
    ends += watched->Has(arm);
  }
  EXPECT_GT(ends, 0);
}

TEST(WatchedFieldsTest, ThereAreNoneWithoutAStream) {
  const contract::Route& route = RouteOf("ChatCompletionService", "CreateChatCompletion");
  EXPECT_FALSE(WatchedFields(route, FindTraceFields(route)).has_value());
}

}  // namespace
}  // namespace fireworks::server
