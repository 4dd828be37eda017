// Limits of time for single methods, and the age of callers' connections.
#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/error_details.h"
#include "tests/e2e/service_fixture.h"

namespace fireworks::e2e {
namespace {

using grpc::StatusCode;
using std::chrono::milliseconds;

constexpr char kStreamChat[] = "fireworks.inference.v1.ChatCompletionService/StreamChatCompletion";

class LimitsTest : public ServiceTest {
 protected:
  grpc::Status Stream(absl::string_view directives) {
    CallContext context(directives);
    return StreamChat(&chat(), &context, MakeChatRequest("hello")).status;
  }
};

server::MethodLimits LimitsOf(const std::string& glob) {
  server::MethodLimits limits;
  limits.methods = {glob};
  return limits;
}

TEST_F(LimitsTest, AMethodHasLimitsOfItsOwn) {
  StartService([](server::Options* options) {
    server::MethodLimits limits = LimitsOf(kStreamChat);
    limits.first_event = milliseconds(50);
    options->limits.methods = {limits};
  });
  EXPECT_EQ(ReasonOf(Stream("hang=headers")), "FIRST_EVENT_TIMEOUT");
  // Another method keeps the general limit.
  CallContext context("pace_ms=150");
  ChatResponse response;
  EXPECT_TRUE(chat().CreateChatCompletion(&context, MakeChatRequest("hello"), &response).ok());
}

TEST_F(LimitsTest, TheFirstEntryThatSetsALimitCounts) {
  StartService([](server::Options* options) {
    server::MethodLimits exact = LimitsOf(kStreamChat);
    exact.idle = milliseconds(50);
    server::MethodLimits all = LimitsOf("*");
    all.idle = std::chrono::hours(1);
    all.whole = milliseconds(200);
    options->limits.methods = {exact, all};
  });
  EXPECT_EQ(ReasonOf(Stream("hang_after=1")), "STREAM_STALLED");
  EXPECT_EQ(ReasonOf(Stream("hang=headers")), "CALL_TIMEOUT");
}

TEST_F(LimitsTest, ANameWithoutAMethodIsRefused) {
  server::Options options;
  options.listen = "127.0.0.1:0";
  options.upstream.base_url = simulator().base_url();
  options.limits.methods = {LimitsOf("fireworks.inference.v1.ChatCompletion/*")};
  const auto built = server::Server::Build(options, upstream::Secret("key"));
  EXPECT_EQ(built.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(built.status().message()),
              testing::HasSubstr("fireworks.inference.v1.ChatCompletion/*"));
}

TEST_F(LimitsTest, AnOldConnectionIsAskedToGoAndItsStreamEnds) {
  StartService([](server::Options* options) { options->connections.max_age = milliseconds(50); });
  const auto channel = NewChannel();
  const auto stub = ChatService::NewStub(channel);
  CallContext context("step=1;events=3");
  const auto reader = stub->StreamChatCompletion(&context, MakeChatRequest("hello"));
  ASSERT_TRUE(
      simulator().WaitForState(context.request_id(), simulator::RequestState::kOpen).ok());
  ASSERT_TRUE(simulator().Release(context.request_id(), 1).ok());
  ChatChunk chunk;
  ASSERT_TRUE(reader->Read(&chunk));
  // The channel learns that it must go while the stream runs.
  EXPECT_TRUE(channel->WaitForStateChange(GRPC_CHANNEL_READY,
                                          std::chrono::system_clock::now() + kPatience));
  ASSERT_TRUE(simulator().Release(context.request_id(), 100).ok());
  EXPECT_EQ(ReadAll(reader.get()).status.error_code(), StatusCode::OK);
  // The next call has a new connection.
  CallContext next;
  EXPECT_TRUE(StreamChat(stub.get(), &next, MakeChatRequest("hello")).status.ok());
}

}  // namespace
}  // namespace fireworks::e2e
