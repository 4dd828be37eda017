// A caller that stops reading altogether is cut off, and what it held is freed.
#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "tests/e2e/service_fixture.h"

namespace fireworks::e2e {
namespace {

using simulator::RequestState;
using std::chrono::milliseconds;

class SlowReaderTest : public ServiceTest {};

TEST_F(SlowReaderTest, IsCutOffWhileUpstreamWaits) {
  StartService([](server::Options* options) {
    options->limits.slow_reader_timeout = milliseconds(100);
  });
  CallContext context("events=4096;bytes=16384;blast=1");
  const auto reader = chat().StreamChatCompletion(&context, MakeChatRequest("hello"));
  const auto seen = simulator().WaitForState(context.request_id(), RequestState::kClientClosed);
  EXPECT_TRUE(seen.ok()) << seen.status();
  EXPECT_TRUE(Eventually([this] {
    return Metric("fireworks_call_errors_total", {{"reason", "SLOW_READER"}}) == 1;
  }));
  ExpectAllQuiet();
  // What was on its way still comes; then the caller learns of it.
  EXPECT_EQ(ReadAll(reader.get()).status.error_code(), grpc::StatusCode::CANCELLED);
}

// The answer is complete, and its end waits behind what nobody reads.
TEST_F(SlowReaderTest, IsCutOffAfterUpstreamHasEnded) {
  StartService([](server::Options* options) {
    options->limits.slow_reader_timeout = milliseconds(100);
    options->limits.max_queued_events = 1 << 20;
    options->limits.max_queued_bytes = 1 << 30;
  });
  CallContext context("events=256;bytes=16384;blast=1");
  const auto reader = chat().StreamChatCompletion(&context, MakeChatRequest("hello"));
  EXPECT_TRUE(simulator().WaitForState(context.request_id(), RequestState::kFinished).ok());
  EXPECT_TRUE(Eventually([this] {
    return Metric("fireworks_call_errors_total", {{"reason", "SLOW_READER"}}) == 1;
  }));
  ExpectAllQuiet();
  ReadAll(reader.get());
}

TEST_F(SlowReaderTest, ASilentUpstreamIsNotTheReadersFault) {
  StartService([](server::Options* options) {
    options->limits.slow_reader_timeout = milliseconds(20);
  });
  CallContext context("pace_ms=60;tokens=9");
  const ChatStream stream = StreamChat(&chat(), &context, MakeChatRequest("hello"));
  EXPECT_TRUE(stream.status.ok()) << stream.status.error_message();
}

}  // namespace
}  // namespace fireworks::e2e
