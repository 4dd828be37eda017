// Event streams: what is taken for one, how events arrive, and their caps.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/upstream/client.h"
#include "service/upstream/testing/client_fixture.h"

namespace fireworks::upstream {
namespace {

using testing::ClientFixture;
using testing::Connection;
using testing::Recorder;
using testing::Stream;
using ::testing::ElementsAre;

class StreamTest : public ClientFixture {
 protected:
  // Sends a whole answer and returns how the exchange ended.
  Outcome Answer(absl::string_view answer, Request request = Stream()) {
    Start(std::move(request));
    Connection connection = server_.Accept();
    connection.ReadRequest();
    connection.Send(answer);
    connection.Close();
    return recorder_->AwaitEnd();
  }
};

TEST_F(StreamTest, EventArrivesBeforeTheNextIsSent) {
  Connection connection = StartStream("data: one\n\n");
  recorder_->AwaitEvents(1);
  EXPECT_THAT(recorder_->events(), ElementsAre("one"));
  connection.Send("data: two\n\n");
  recorder_->AwaitEvents(2);
  EXPECT_FALSE(recorder_->ended());
  connection.Close();
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kComplete) << outcome.detail;
  EXPECT_FALSE(outcome.mid_event);
  EXPECT_EQ(outcome.body, "");
  EXPECT_THAT(recorder_->events(), ElementsAre("one", "two"));
}

// As upstreams send them: each event is a chunk, for which libcurl calls by itself.
TEST_F(StreamTest, TheEventsOfOneReadEndTogether) {
  constexpr int kEvents = 40;
  std::string answer =
      "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
  for (int i = 0; i < kEvents; ++i) absl::StrAppend(&answer, "9\r\ndata: x\n\n\r\n");
  absl::StrAppend(&answer, "0\r\n\r\n");
  const Outcome outcome = Answer(answer);
  EXPECT_EQ(outcome.end, End::kComplete) << outcome.detail;
  EXPECT_EQ(recorder_->event_count(), kEvents);
  EXPECT_GE(recorder_->groups(), 1);
  // The kernel may hand over in two parts what was sent as one.
  EXPECT_LE(recorder_->groups(), 2);
  EXPECT_TRUE(recorder_->orderly());
}

TEST_F(StreamTest, EventSplitOverWritesIsOneEvent) {
  Connection connection = StartStream("data: whole\n\nda");
  recorder_->AwaitEvents(1);
  connection.Send("ta: sp");
  connection.Send("lit\n");
  connection.Send("\ndata: next\n\n");
  recorder_->AwaitEvents(3);
  EXPECT_THAT(recorder_->events(), ElementsAre("whole", "split", "next"));
}

TEST_F(StreamTest, ChunkedStreamEndsWithItsLastChunkAndFreesTheConnection) {
  Start(Stream());
  Connection connection = server_.Accept();
  connection.ReadRequest();
  connection.Send(
      "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
      "9\r\ndata: 1\n\n\r\n0\r\nx-trailer: t\r\n\r\n");
  EXPECT_EQ(recorder_->AwaitEnd().end, End::kComplete);
  EXPECT_THAT(recorder_->events(), ElementsAre("1"));
  EXPECT_EQ(recorder_->AwaitHead().Find("x-trailer"), "");

  auto second = std::make_shared<Recorder>();
  client().Start(testing::Get("/x"), second);
  connection.ReadRequest();
  connection.SendAnswer(200, "text/plain", "");
  EXPECT_TRUE(second->AwaitEnd().connection_reused);
}

TEST_F(StreamTest, MediaTypeCountsWithoutCaseAndParameters) {
  const Outcome outcome = Answer(
      "HTTP/1.1 200 OK\r\nContent-Type: Text/Event-Stream ; charset=utf-8\r\n\r\ndata: 1\n\n");
  EXPECT_EQ(outcome.end, End::kComplete);
  EXPECT_THAT(recorder_->events(), ElementsAre("1"));
}

TEST_F(StreamTest, OtherContentTypeIsCollected) {
  const Outcome outcome =
      Answer("HTTP/1.1 200 OK\r\ncontent-type: text/event-streams\r\n\r\ndata: 1\n\n");
  EXPECT_EQ(outcome.end, End::kComplete);
  EXPECT_EQ(outcome.body, "data: 1\n\n");
  EXPECT_EQ(recorder_->event_count(), 0u);
}

TEST_F(StreamTest, EventStreamThatNobodyAskedForIsCollected) {
  Request request = Stream();
  request.wants_events = false;
  const Outcome outcome = Answer(
      "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: 1\n\n", std::move(request));
  EXPECT_EQ(outcome.body, "data: 1\n\n");
  EXPECT_EQ(recorder_->event_count(), 0u);
}

TEST_F(StreamTest, ErrorStatusWithEventContentTypeIsCollected) {
  const Outcome outcome =
      Answer("HTTP/1.1 500 Oops\r\ncontent-type: text/event-stream\r\n\r\ndata: 1\n\n");
  EXPECT_EQ(outcome.body, "data: 1\n\n");
  EXPECT_EQ(recorder_->event_count(), 0u);
}

TEST_F(StreamTest, EndInsideAnEventIsTold) {
  const Outcome outcome = Answer(
      "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: 1\n\ndata: cut off\n");
  EXPECT_EQ(outcome.end, End::kComplete);
  EXPECT_TRUE(outcome.mid_event);
  EXPECT_THAT(recorder_->events(), ElementsAre("1"));
}

TEST_F(StreamTest, LineBeyondItsCapEndsTheStream) {
  Request request = Stream();
  request.sse.max_line_bytes = 10;
  Connection connection = StartStream("data: 1\n\ndata: 12345678\n\n", std::move(request));
  EXPECT_EQ(recorder_->AwaitEnd().end, End::kLineTooLong);
  EXPECT_TRUE(connection.AwaitClose());
  EXPECT_THAT(recorder_->events(), ElementsAre("1"));
}

TEST_F(StreamTest, EventBeyondItsCapEndsTheStream) {
  Request request = Stream();
  request.sse.max_event_bytes = 10;
  Connection connection =
      StartStream("data: 1\n\ndata: 123456\ndata: 123456\n\n", std::move(request));
  EXPECT_EQ(recorder_->AwaitEnd().end, End::kEventTooLarge);
  EXPECT_TRUE(connection.AwaitClose());
}

TEST_F(StreamTest, BodyBeyondItsCapIsCut) {
  Request request = testing::Get("/x");
  request.max_body_bytes = 4;
  Start(std::move(request));
  Connection connection = server_.Accept();
  connection.ReadRequest();
  connection.SendAnswer(200, "text/plain", "12345");
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kBodyTooLarge);
  EXPECT_EQ(outcome.body, "1234");
  EXPECT_TRUE(connection.AwaitClose());
}

TEST_F(StreamTest, BodyOfExactlyItsCapIsComplete) {
  Request request = testing::Get("/x");
  request.max_body_bytes = 5;
  Start(std::move(request));
  Connection connection = server_.Accept();
  connection.ReadRequest();
  connection.SendAnswer(200, "text/plain", "12345");
  EXPECT_EQ(recorder_->AwaitEnd().end, End::kComplete);
}

TEST_F(StreamTest, ErrorBodyHasItsOwnCap) {
  Request request = testing::Get("/x");
  request.max_error_body_bytes = 4;
  Start(std::move(request));
  Connection connection = server_.Accept();
  connection.ReadRequest();
  connection.SendAnswer(500, "text/plain", "12345");
  EXPECT_EQ(recorder_->AwaitEnd().end, End::kBodyTooLarge);
}

TEST_F(StreamTest, HeadBeyondItsCapEndsTheExchange) {
  Request request = Stream();
  request.max_header_bytes = 1000;
  const Outcome outcome =
      Answer(absl::StrCat("HTTP/1.1 200 OK\r\nx-long: ", std::string(1000, 'x'), "\r\n\r\n"),
             std::move(request));
  EXPECT_EQ(outcome.end, End::kHeadersTooLarge);
  EXPECT_EQ(recorder_->heads(), 0);
}

TEST_F(StreamTest, HeaderLineWithoutEndIsTooLargeToo) {
  Start(Stream());
  Connection connection = server_.Accept();
  connection.ReadRequest();
  connection.SendUntilBlocked(
      absl::StrCat("HTTP/1.1 200 OK\r\nx-endless: ", std::string(1 << 20, 'x')));
  EXPECT_EQ(recorder_->AwaitEnd().end, End::kHeadersTooLarge);
}

TEST_F(StreamTest, ThousandStreamsShareALoop) {
  constexpr int kStreams = 1000;
  std::vector<std::shared_ptr<Recorder>> recorders;
  std::vector<Connection> connections;
  for (int i = 0; i < kStreams; ++i) {
    recorders.push_back(std::make_shared<Recorder>());
    Request request = Stream();
    request.target = absl::StrCat("/", i);
    client().Start(std::move(request), recorders.back());
  }
  // In whatever order they come, each gets the number that it asked for.
  for (int i = 0; i < kStreams; ++i) {
    connections.push_back(server_.Accept());
    const std::string head = connections.back().ReadRequest().head;
    const std::string number = head.substr(6, head.find(' ', 6) - 6);
    connections.back().SendStreamHead(absl::StrCat("data: ", number, "\n\n"));
  }
  for (int i = 0; i < kStreams; ++i) {
    recorders[i]->AwaitEvents(1);
    EXPECT_THAT(recorders[i]->events(), ElementsAre(absl::StrCat(i)));
  }
  for (Connection& connection : connections) connection.Close();
  for (const auto& recorder : recorders) {
    EXPECT_EQ(recorder->AwaitEnd().end, End::kComplete);
    EXPECT_TRUE(recorder->orderly());
  }
}

}  // namespace
}  // namespace fireworks::upstream
