// Two services that share the quotas of their callers on a Redis server.
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/e2e/error_details.h"
#include "tests/e2e/service_fixture.h"
#include "tests/redis/redis_server.h"

namespace fireworks::e2e {
namespace {

class SharedQuotaTest : public ServiceTest {
 protected:
  void SetUp() override {
    ServiceTest::SetUp();
    ASSERT_TRUE(redis_.Start().ok());
  }

  void ServeTwo(const std::string& quota) {
    const Adjust adjust = [&](server::Options* options) {
      auto policy = access::Policy::Parse(
          absl::StrCat("rules { name: 'all' callers: '*' methods: '*' quota { ", quota, " } }"),
          "policy", {});
      ASSERT_TRUE(policy.ok()) << policy.status();
      options->access.policy = *std::move(policy);
      redis::QuotaStoreOptions& store = options->access.quota_store.emplace();
      store.connection.address = *redis::ParseAddress(redis_.address());
      store.connection.connect_timeout = kPatience;
      store.command_timeout = kPatience;
      store.max_backoff = std::chrono::milliseconds(50);
    };
    StartService(adjust);
    other_ = BuildService(adjust);
    ASSERT_NE(other_, nullptr);
    other_chat_ = ChatService::NewStub(NewChannel(absl::StrCat("127.0.0.1:", other_->port())));
  }

  static grpc::Status ChatWith(ChatService::Stub* stub) {
    CallContext context;
    return StreamChat(stub, &context, MakeChatRequest("hello")).status;
  }

  redis::RedisServer redis_;
  std::unique_ptr<server::Server> other_;
  std::unique_ptr<ChatService::Stub> other_chat_;
};

TEST_F(SharedQuotaTest, CallsOfBothCount) {
  ServeTwo("requests_per_minute: 2");
  EXPECT_TRUE(ChatWith(&chat()).ok());
  EXPECT_TRUE(ChatWith(other_chat_.get()).ok());
  for (ChatService::Stub* stub : {&chat(), other_chat_.get()}) {
    const grpc::Status refused = ChatWith(stub);
    EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    EXPECT_EQ(ReasonOf(refused), "QUOTA_EXCEEDED");
    EXPECT_TRUE(DetailsOf(refused).retry.has_value());
  }
  EXPECT_EQ(Metric("fireworks_quota_store_shared"), 1);
  EXPECT_EQ(Metric("fireworks_quota_local_decisions_total"), 0);
}

TEST_F(SharedQuotaTest, AStreamOfOneTakesThePlaceOfTheOther) {
  ServeTwo("concurrent_streams: 1");
  CallContext context("hang_after=1");
  const auto reader = chat().StreamChatCompletion(&context, MakeChatRequest("hello"));
  ChatChunk chunk;
  ASSERT_TRUE(reader->Read(&chunk));
  EXPECT_EQ(ReasonOf(ChatWith(other_chat_.get())), "QUOTA_EXCEEDED");
  context.TryCancel();
  ReadAll(reader.get());
  EXPECT_TRUE(Eventually([this] { return ChatWith(other_chat_.get()).ok(); }));
}

TEST_F(SharedQuotaTest, TokensOfOneAreOwedByBoth) {
  ServeTwo("tokens_per_minute: 5");
  EXPECT_TRUE(ChatWith(&chat()).ok());
  EXPECT_TRUE(Eventually(
      [this] { return ReasonOf(ChatWith(other_chat_.get())) == "QUOTA_EXCEEDED"; }));
}

TEST_F(SharedQuotaTest, CallsGoOnWithoutRedisAndAreSharedAgain) {
  ServeTwo("concurrent_streams: 1");
  redis_.Kill();
  CallContext context("hang_after=1");
  const auto reader = chat().StreamChatCompletion(&context, MakeChatRequest("hello"));
  ChatChunk chunk;
  ASSERT_TRUE(reader->Read(&chunk));
  EXPECT_EQ(Metric("fireworks_quota_store_shared"), 0);
  EXPECT_EQ(Metric("fireworks_quota_local_decisions_total"), 1);
  // A stream that began alone counts for all when Redis is back.
  ASSERT_TRUE(redis_.Start().ok());
  EXPECT_TRUE(Eventually([this] { return Metric("fireworks_quota_store_shared") == 1; }));
  EXPECT_TRUE(Eventually(
      [this] { return ReasonOf(ChatWith(other_chat_.get())) == "QUOTA_EXCEEDED"; }));
  EXPECT_EQ(Metric("fireworks_quota_store_changes_total"), 3);
  context.TryCancel();
  ReadAll(reader.get());
}

// The call that asks has ended when its answer comes.
TEST_F(SharedQuotaTest, ACallMayEndBeforeItsQuotaIsKnown) {
  ServeTwo("concurrent_streams: 1");
  redis_.Freeze();
  CallContext context({}, std::chrono::milliseconds(100));
  EXPECT_EQ(StreamChat(&chat(), &context, MakeChatRequest("hello")).status.error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
  redis_.Thaw();
  // It holds no place.
  EXPECT_TRUE(Eventually([this] { return ChatWith(other_chat_.get()).ok(); }));
  redis_.Freeze();
  CallContext last({}, std::chrono::milliseconds(100));
  EXPECT_FALSE(StreamChat(&chat(), &last, MakeChatRequest("hello")).status.ok());
  redis_.Thaw();
  StopService();
}

}  // namespace
}  // namespace fireworks::e2e
