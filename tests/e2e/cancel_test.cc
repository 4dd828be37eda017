// A call that its caller gives up, in every phase: upstream's connection closes
// at once, and nothing is left behind.
#include <memory>
#include <string>
#include <thread>

#include "gtest/gtest.h"
#include "tests/e2e/service_fixture.h"

namespace fireworks::e2e {
namespace {

using grpc::StatusCode;
using simulator::RequestState;

class CancelTest : public ServiceTest {
 protected:
  void ExpectUpstreamClosed(const std::string& request_id) {
    const auto seen = simulator().WaitForState(request_id, RequestState::kClientClosed);
    EXPECT_TRUE(seen.ok()) << seen.status();
    ExpectAllQuiet();
  }

  double Finished(const char* status) {
    return Metric("grpc_server_call_duration_seconds", {{"grpc_status", status}});
  }
};

TEST_F(CancelTest, BeforeTheHeadOfAStream) {
  CallContext context("hang=headers");
  const auto reader = chat().StreamChatCompletion(&context, MakeChatRequest("hello"));
  ASSERT_TRUE(simulator().WaitForState(context.request_id(), RequestState::kOpen).ok());
  context.TryCancel();
  EXPECT_EQ(ReadAll(reader.get()).status.error_code(), StatusCode::CANCELLED);
  ExpectUpstreamClosed(context.request_id());
  EXPECT_EQ(Finished("CANCELLED"), 1);
}

TEST_F(CancelTest, BetweenTwoEvents) {
  CallContext context("hang_after=3");
  const auto reader = chat().StreamChatCompletion(&context, MakeChatRequest("hello"));
  ChatChunk chunk;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(reader->Read(&chunk));
  context.TryCancel();
  EXPECT_EQ(ReadAll(reader.get()).status.error_code(), StatusCode::CANCELLED);
  ExpectUpstreamClosed(context.request_id());
  EXPECT_EQ(Finished("CANCELLED"), 1);
  EXPECT_EQ(Metric("fireworks_upstream_exchanges_total", {{"end", "cancelled"}}), 1);
}

TEST_F(CancelTest, WhilePausedByBackpressure) {
  CallContext context("events=4096;bytes=16384;blast=1");
  const auto reader = chat().StreamChatCompletion(&context, MakeChatRequest("hello"));
  ASSERT_TRUE(
      Eventually([this] { return Metric("fireworks_backpressure_pauses_total") > 0; }));
  context.TryCancel();
  EXPECT_EQ(ReadAll(reader.get()).status.error_code(), StatusCode::CANCELLED);
  ExpectUpstreamClosed(context.request_id());
}

TEST_F(CancelTest, AUnaryCall) {
  CallContext context("hang=headers");
  ChatResponse response;
  grpc::Status status;
  ChatService::Stub& stub = chat();
  std::thread caller([&] {
    status = stub.CreateChatCompletion(&context, MakeChatRequest("hello"), &response);
  });
  EXPECT_TRUE(simulator().WaitForState(context.request_id(), RequestState::kOpen).ok());
  context.TryCancel();
  caller.join();
  EXPECT_EQ(status.error_code(), StatusCode::CANCELLED);
  ExpectUpstreamClosed(context.request_id());
}

TEST_F(CancelTest, CallerThatDropsEverything) {
  auto context = std::make_unique<CallContext>("hang_after=3");
  const std::string request_id = context->request_id();
  auto stub = ChatService::NewStub(NewChannel());
  auto reader = stub->StreamChatCompletion(context.get(), MakeChatRequest("hello"));
  ChatChunk chunk;
  ASSERT_TRUE(reader->Read(&chunk));
  reader.reset();
  context.reset();
  stub.reset();
  ExpectUpstreamClosed(request_id);
}

TEST_F(CancelTest, OneOfTwoStreamsLeavesTheOtherAlone) {
  CallContext context("hang_after=3");
  CallContext other("step=1");
  const auto reader = chat().StreamChatCompletion(&context, MakeChatRequest("hello"));
  const auto other_reader = chat().StreamChatCompletion(&other, MakeChatRequest("say: a b c"));
  other_reader->WaitForInitialMetadata();
  ChatChunk chunk;
  ASSERT_TRUE(reader->Read(&chunk));
  context.TryCancel();
  EXPECT_EQ(ReadAll(reader.get()).status.error_code(), StatusCode::CANCELLED);
  ASSERT_TRUE(simulator().WaitForState(context.request_id(), RequestState::kClientClosed).ok());
  ASSERT_TRUE(simulator().Release(other.request_id(), 1000).ok());
  const ChatStream stream = ReadAll(other_reader.get());
  EXPECT_TRUE(stream.status.ok());
  EXPECT_EQ(stream.Content(), "a b c");
}

TEST_F(CancelTest, AfterTheEndIsNoCancel) {
  CallContext context;
  EXPECT_TRUE(StreamChat(&chat(), &context, MakeChatRequest("hello")).status.ok());
  context.TryCancel();
  EXPECT_TRUE(simulator().WaitForState(context.request_id(), RequestState::kFinished).ok());
  ExpectAllQuiet();
  EXPECT_EQ(Finished("OK"), 1);
}

}  // namespace
}  // namespace fireworks::e2e
