// An upstream behind TLS, as Fireworks is: over HTTP/1.1 and HTTP/2, through a
// proxy that no one here wrote.
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/error_details.h"
#include "tests/e2e/service_fixture.h"
#include "tests/simulator/nghttpx.h"

namespace fireworks::e2e {
namespace {

using grpc::StatusCode;
using simulator::RequestState;

// Whether upstream is spoken to over HTTP/2.
class TlsTest : public ServiceTest, public testing::WithParamInterface<bool> {
 protected:
  void SetUp() override {
    ServiceTest::SetUp();
    auto proxy = simulator::NghttpxProxy::Start(simulator().port());
    ASSERT_TRUE(proxy.ok()) << proxy.status();
    proxy_ = *std::move(proxy);
    StartWithCa(proxy_->ca_path());
  }

  void TearDown() override { StopService(); }

  void StartWithCa(const std::string& ca_path) {
    StartService([&](server::Options* options) {
      options->upstream.base_url = proxy_->base_url();
      options->upstream.ca_file = ca_path;
      options->upstream.http2 = GetParam();
    });
  }

  std::unique_ptr<simulator::NghttpxProxy> proxy_;
};

TEST_P(TlsTest, Streams) {
  for (int i = 0; i < 3; ++i) {
    CallContext context;
    const ChatStream stream =
        StreamChat(&chat(), &context, MakeChatRequest("say: größer, and through a tunnel"));
    EXPECT_TRUE(stream.status.ok()) << stream.status.error_message();
    EXPECT_EQ(stream.Content(), "größer, and through a tunnel");
  }
}

TEST_P(TlsTest, FirstChunkArrivesBeforeUpstreamSendsTheSecond) {
  CallContext context("step=1");
  const auto reader = chat().StreamChatCompletion(&context, MakeChatRequest("say: a b c"));
  ASSERT_TRUE(simulator().WaitForState(context.request_id(), RequestState::kOpen).ok());
  ASSERT_TRUE(simulator().Release(context.request_id(), 1).ok());
  ChatChunk chunk;
  ASSERT_TRUE(reader->Read(&chunk));
  const auto seen = simulator().WaitForEvents(context.request_id(), 1);
  ASSERT_TRUE(seen.ok()) << seen.status();
  EXPECT_EQ(seen->events_sent, 1u);
  ASSERT_TRUE(simulator().Release(context.request_id(), 1000).ok());
  EXPECT_TRUE(ReadAll(reader.get()).status.ok());
}

TEST_P(TlsTest, CancelReachesUpstreamThroughTheProxy) {
  CallContext context("hang_after=2");
  const auto reader = chat().StreamChatCompletion(&context, MakeChatRequest("hello"));
  ChatChunk chunk;
  ASSERT_TRUE(reader->Read(&chunk));
  context.TryCancel();
  EXPECT_EQ(ReadAll(reader.get()).status.error_code(), StatusCode::CANCELLED);
  const auto seen = simulator().WaitForState(context.request_id(), RequestState::kClientClosed);
  EXPECT_TRUE(seen.ok()) << seen.status();

  // The others' connection is none the worse.
  CallContext after;
  EXPECT_TRUE(StreamChat(&chat(), &after, MakeChatRequest("hello")).status.ok());
}

TEST_P(TlsTest, StreamCutByUpstreamIsNeverOk) {
  CallContext context("step=1;close_after=2");
  const auto reader = chat().StreamChatCompletion(&context, MakeChatRequest("hello"));
  ASSERT_TRUE(simulator().WaitForState(context.request_id(), RequestState::kOpen).ok());
  ASSERT_TRUE(simulator().Release(context.request_id(), 1).ok());
  ChatChunk chunk;
  ASSERT_TRUE(reader->Read(&chunk));
  ASSERT_TRUE(simulator().Release(context.request_id(), 1).ok());
  const ChatStream stream = ReadAll(reader.get());
  EXPECT_EQ(stream.status.error_code(), StatusCode::DATA_LOSS);
  EXPECT_EQ(ReasonOf(stream.status), "STREAM_TRUNCATED");
}

TEST_P(TlsTest, UpstreamSignedByAnotherAuthorityIsRefused) {
  const auto other = simulator::NghttpxProxy::Start(simulator().port());
  ASSERT_TRUE(other.ok()) << other.status();
  StartWithCa((*other)->ca_path());
  CallContext context;
  const ChatStream stream = StreamChat(&chat(), &context, MakeChatRequest("hello"));
  EXPECT_EQ(stream.status.error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonOf(stream.status), "CONNECT_FAILED");
  EXPECT_THAT(stream.status.error_message(), testing::HasSubstr("certificate"));
  EXPECT_TRUE(simulator().Requests().empty());
}

INSTANTIATE_TEST_SUITE_P(Http, TlsTest, testing::Bool(),
                         [](const testing::TestParamInfo<bool>& info) {
                           return std::string(info.param ? "Version2" : "Version1");
                         });

}  // namespace
}  // namespace fireworks::e2e
