// The status at a stream's end tells the truth about how it ended.
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/e2e/error_details.h"
#include "tests/e2e/scripted_upstream.h"
#include "tests/e2e/service_fixture.h"

namespace fireworks::e2e {
namespace {

using grpc::StatusCode;

// "one two three four" in pieces of one word: role, four pieces, finish, [DONE].
constexpr char kShortStream[] = "chunk_tokens=1";
constexpr int kChunks = 6;

class StreamEndTest : public ServiceTest {
 protected:
  ChatStream Short(absl::string_view directives, int choices = 1) {
    CallContext context(absl::StrCat(kShortStream, ";", directives));
    ChatRequest request = MakeChatRequest("say: one two three four");
    request.set_n(choices);
    ChatStream stream = StreamChat(&chat(), &context, request);
    retry_pushback_ = context.Trailer("grpc-retry-pushback-ms");
    return stream;
  }

  // A stream of an upstream that answers `response`.
  ChatStream Scripted(const simulator::HttpResponse& response) {
    StopService();
    ScriptedUpstream upstream(response);
    StartService([&](server::Options* options) {
      options->upstream.base_url = upstream.base_url();
    });
    CallContext context;
    ChatStream stream = StreamChat(&chat(), &context, MakeChatRequest("hello"));
    StopService();
    return stream;
  }

  std::string retry_pushback_;
};

void ExpectError(const ChatStream& stream, StatusCode code, absl::string_view reason) {
  EXPECT_EQ(stream.status.error_code(), code) << stream.status.error_message();
  EXPECT_EQ(ReasonOf(stream.status), reason);
}

TEST_F(StreamEndTest, MissingDoneMarkerAfterTheFinishChunkIsOk) {
  const ChatStream stream = Short("done=0");
  EXPECT_TRUE(stream.status.ok()) << stream.status.error_message();
  EXPECT_EQ(stream.Content(), "one two three four");
}

TEST_F(StreamEndTest, ClosedConnectionIsOkOnlyAfterTheFinishChunk) {
  for (int sent = 0; sent <= kChunks; ++sent) {
    SCOPED_TRACE(sent);
    const ChatStream stream = Short(absl::StrCat("close_after=", sent));
    EXPECT_EQ(static_cast<int>(stream.chunks.size()), sent);
    if (sent == kChunks) {
      EXPECT_TRUE(stream.status.ok()) << stream.status.error_message();
      continue;
    }
    ExpectError(stream, sent == 0 ? StatusCode::UNAVAILABLE : StatusCode::DATA_LOSS,
                "STREAM_TRUNCATED");
    EXPECT_EQ(retry_pushback_, "-1");
  }
}

TEST_F(StreamEndTest, ResetConnectionIsNeverOkBeforeTheFinishChunk) {
  for (int sent = 0; sent < kChunks; ++sent) {
    SCOPED_TRACE(sent);
    const ChatStream stream = Short(absl::StrCat("reset_after=", sent));
    // A reset may overtake what was sent before it.
    ASSERT_LE(static_cast<int>(stream.chunks.size()), sent);
    EXPECT_FALSE(stream.status.ok());
    const std::string reason = ReasonOf(stream.status);
    EXPECT_TRUE(reason == "STREAM_TRUNCATED" || reason == "UPSTREAM_RESET") << reason;
    EXPECT_EQ(stream.status.error_code(),
              stream.chunks.empty() ? StatusCode::UNAVAILABLE : StatusCode::DATA_LOSS);
  }
}

TEST_F(StreamEndTest, EveryChoiceMustFinish) {
  const int chunks = 2 * kChunks;
  for (const int sent : {chunks - 2, chunks - 1}) {
    SCOPED_TRACE(sent);
    const ChatStream stream = Short(absl::StrCat("close_after=", sent), 2);
    EXPECT_EQ(static_cast<int>(stream.chunks.size()), sent);
    ExpectError(stream, StatusCode::DATA_LOSS, "STREAM_TRUNCATED");
  }
  EXPECT_TRUE(Short(absl::StrCat("close_after=", chunks), 2).status.ok());
}

TEST_F(StreamEndTest, DoneMarkerBeforeTheFinishChunkIsATruncation) {
  ExpectError(Scripted(EventStream({ContentChunk("hi"), "[DONE]"})), StatusCode::DATA_LOSS,
              "STREAM_TRUNCATED");
  ExpectError(Scripted(EventStream({"[DONE]"})), StatusCode::UNAVAILABLE, "STREAM_TRUNCATED");
}

TEST_F(StreamEndTest, NothingAfterTheDoneMarkerIsDelivered) {
  const ChatStream stream = Scripted(
      EventStream({ContentChunk("hi"), FinishChunk("stop"), "[DONE]", ContentChunk("late")}));
  EXPECT_TRUE(stream.status.ok());
  EXPECT_EQ(stream.Content(), "hi");
}

TEST_F(StreamEndTest, UnfinishedLastEventIsATruncation) {
  simulator::HttpResponse response = EventStream({ContentChunk("hi")});
  response.body += absl::StrCat("data: ", FinishChunk("stop"));
  const ChatStream stream = Scripted(response);
  EXPECT_EQ(stream.chunks.size(), 1u);
  ExpectError(stream, StatusCode::DATA_LOSS, "STREAM_TRUNCATED");
}

TEST_F(StreamEndTest, FinishReasonErrorIsDeliveredThenInternal) {
  const ChatStream stream =
      Scripted(EventStream({ContentChunk("hi"), FinishChunk("error"), "[DONE]"}));
  EXPECT_EQ(stream.FinishReason(), "error");
  ExpectError(stream, StatusCode::INTERNAL, "GENERATION_FAILED");
}

TEST_F(StreamEndTest, ErrorObjectInsideTheStreamIsTheStatus) {
  const ChatStream stream = Scripted(EventStream(
      {ContentChunk("hi"),
       R"({"error":{"message":"too many","type":"rate_limit_error",)"
       R"("code":"rate_limit_exceeded"}})"}));
  EXPECT_EQ(stream.chunks.size(), 1u);
  ExpectError(stream, StatusCode::RESOURCE_EXHAUSTED, "UPSTREAM_ERROR");
  EXPECT_EQ(stream.status.error_message(), "too many");
  EXPECT_EQ(DetailsOf(stream.status).upstream->http_status(), 200);
}

TEST_F(StreamEndTest, EventNamedErrorIsTheStatus) {
  simulator::HttpResponse response = EventStream({ContentChunk("hi")});
  response.body += "event: error\ndata: {\"message\":\"it broke\"}\n\n";
  const ChatStream stream = Scripted(response);
  EXPECT_EQ(stream.chunks.size(), 1u);
  ExpectError(stream, StatusCode::INTERNAL, "UPSTREAM_ERROR");
  EXPECT_EQ(stream.status.error_message(), "it broke");
}

TEST_F(StreamEndTest, EventThatIsNoJsonObjectIsMalformed) {
  for (const char* data : {"hello", "[1]", "{\"id\":", "17"}) {
    SCOPED_TRACE(data);
    const ChatStream stream = Scripted(EventStream({ContentChunk("hi"), data}));
    EXPECT_EQ(stream.chunks.size(), 1u);
    ExpectError(stream, StatusCode::DATA_LOSS, "MALFORMED_EVENT");
  }
}

TEST_F(StreamEndTest, AnotherContentTypeIsSaidWithItsBody) {
  simulator::HttpResponse response;
  response.headers.emplace_back("content-type", "text/html");
  response.body = "<html>Welcome</html>";
  const ChatStream stream = Scripted(response);
  ExpectError(stream, StatusCode::INTERNAL, "UNEXPECTED_CONTENT_TYPE");
  EXPECT_EQ(DetailsOf(stream.status).upstream->body(), "<html>Welcome</html>");
}

TEST_F(StreamEndTest, AnEventBeyondTheLimitIsRefused) {
  StartService([](server::Options* options) { options->limits.max_event_bytes = 4096; });
  const ChatStream stream = Short("bytes=8192");
  EXPECT_EQ(stream.chunks.size(), 1u);
  EXPECT_EQ(stream.status.error_code(), StatusCode::RESOURCE_EXHAUSTED);
  const std::string reason = ReasonOf(stream.status);
  EXPECT_TRUE(reason == "LINE_TOO_LONG" || reason == "EVENT_TOO_LARGE") << reason;
}

TEST_F(StreamEndTest, SilenceBeyondTheIdleLimitIsAStall) {
  StartService([](server::Options* options) {
    options->limits.times.idle = std::chrono::milliseconds(100);
  });
  const ChatStream stream = Short("hang_after=2");
  EXPECT_EQ(stream.chunks.size(), 2u);
  ExpectError(stream, StatusCode::DATA_LOSS, "STREAM_STALLED");
  ExpectAllQuiet();
}

TEST_F(StreamEndTest, NoFirstEventInTimeIsADeadline) {
  StartService([](server::Options* options) {
    options->limits.times.first_event = std::chrono::milliseconds(100);
  });
  for (const char* directives : {"hang=headers", "hang=events"}) {
    SCOPED_TRACE(directives);
    ExpectError(Short(directives), StatusCode::DEADLINE_EXCEEDED, "FIRST_EVENT_TIMEOUT");
  }
  ExpectAllQuiet();
}

TEST_F(StreamEndTest, TheServicesOwnLimitOfTheWholeCall) {
  StartService([](server::Options* options) {
    options->limits.stream_timeout = std::chrono::milliseconds(200);
  });
  const ChatStream stream = Short("hang_after=3");
  EXPECT_EQ(stream.chunks.size(), 3u);
  ExpectError(stream, StatusCode::DEADLINE_EXCEEDED, "CALL_TIMEOUT");
}

TEST_F(StreamEndTest, NobodyListensUpstream) {
  StartService();
  simulator().Stop();
  ExpectError(Short(""), StatusCode::UNAVAILABLE, "CONNECT_FAILED");
}

}  // namespace
}  // namespace fireworks::e2e
