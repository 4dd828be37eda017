// Upstreams that break: connections refused, reset, cut short, or not HTTP.
#include <string>

#include "absl/strings/str_cat.h"
#include "service/upstream/client.h"
#include "service/upstream/testing/client_fixture.h"

namespace fireworks::upstream {
namespace {

using testing::ClientFixture;
using testing::Connection;
using testing::Get;
using testing::Post;
using testing::ReceivedRequest;
using testing::Recorder;
using testing::ScriptedServer;
using testing::Stream;
using ::testing::HasSubstr;

class BreakageTest : public ClientFixture {
 protected:
  // A connection that has served one exchange and waits for the next.
  Connection WarmConnection() {
    auto first = std::make_shared<Recorder>();
    client().Start(Get("/warm-up"), first);
    Connection connection = server_.Accept();
    connection.ReadRequest();
    connection.SendAnswer(200, "text/plain", "");
    first->AwaitEnd();
    return connection;
  }
};

TEST_F(BreakageTest, NobodyListens) {
  {
    const ScriptedServer gone;
    options_.base_url = gone.url();
  }
  Start(Post("/x", "{}"));
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kConnectFailed);
  EXPECT_THAT(outcome.detail, HasSubstr("127.0.0.1"));
  EXPECT_FALSE(outcome.request_sent);
}

TEST_F(BreakageTest, ResetDuringTheTlsHandshakeIsAFailureToConnect) {
  options_.base_url = absl::StrCat("https://127.0.0.1:", server_.port());
  Start(Post("/x", "{}"));
  server_.Accept().Reset();
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kConnectFailed) << outcome.detail;
  EXPECT_FALSE(outcome.request_sent);
}

TEST_F(BreakageTest, ResetBeforeTheHead) {
  Start(Post("/x", "{}"));
  Connection connection = server_.Accept();
  connection.ReadRequest();
  connection.Reset();
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kReset) << outcome.detail;
  EXPECT_TRUE(outcome.request_sent);
  EXPECT_EQ(recorder_->heads(), 0);
}

TEST_F(BreakageTest, CloseBeforeTheHead) {
  Start(Post("/x", "{}"));
  Connection connection = server_.Accept();
  connection.ReadRequest();
  connection.Close();
  EXPECT_EQ(recorder_->AwaitEnd().end, End::kReset);
}

TEST_F(BreakageTest, CloseInsideTheHead) {
  Start(Get("/x"));
  Connection connection = server_.Accept();
  connection.ReadRequest();
  connection.Send("HTTP/1.1 200 OK\r\ncontent-le");
  connection.Close();
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kReset) << outcome.detail;
  EXPECT_EQ(recorder_->heads(), 0);
}

TEST_F(BreakageTest, CloseInsideABodyOfKnownLength) {
  Start(Get("/x"));
  Connection connection = server_.Accept();
  connection.ReadRequest();
  connection.Send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf");
  connection.Close();
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kReset) << outcome.detail;
  EXPECT_EQ(outcome.body, "half");
  EXPECT_EQ(recorder_->heads(), 1);
}

TEST_F(BreakageTest, CloseBetweenChunks) {
  Start(Stream());
  Connection connection = server_.Accept();
  connection.ReadRequest();
  connection.Send(
      "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
      "9\r\ndata: 1\n\n\r\n");
  recorder_->AwaitEvents(1);
  connection.Close();
  EXPECT_EQ(recorder_->AwaitEnd().end, End::kReset);
}

TEST_F(BreakageTest, ResetMidStream) {
  Connection connection = StartStream("data: 1\n\ndata: 2");
  recorder_->AwaitEvents(1);
  connection.Reset();
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kReset) << outcome.detail;
  EXPECT_TRUE(outcome.mid_event);
}

TEST_F(BreakageTest, PostOnADyingReusedConnectionIsSentOnce) {
  Connection connection = WarmConnection();
  Start(Post("/x", "{\"spend\":1}"));
  EXPECT_EQ(connection.ReadRequest().body, "{\"spend\":1}");
  connection.Close();
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kReset) << outcome.detail;
  EXPECT_TRUE(outcome.request_sent);
  EXPECT_TRUE(outcome.connection_reused);
  EXPECT_TRUE(server_.IsQuiet());
}

// Not so with libcurl alone, which would fail it for the want of the first one's body.
TEST_F(BreakageTest, TheRequestAfterThatIsAsAnyOther) {
  Connection connection = WarmConnection();
  auto broken = std::make_shared<Recorder>();
  client().Start(Post("/x", "{}"), broken);
  connection.ReadRequest();
  connection.Close();
  EXPECT_EQ(broken->AwaitEnd().end, End::kReset);
  Start(Post("/y", "{}"));
  Connection next = server_.Accept();
  next.ReadRequest();
  next.SendAnswer(200, "text/plain", "fine");
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kComplete) << outcome.detail;
  EXPECT_EQ(outcome.body, "fine");
}

TEST_F(BreakageTest, PostWithoutABodyIsSentOnceToo) {
  Connection connection = WarmConnection();
  Start(Post("/x:undo", ""));
  connection.ReadRequest();
  connection.Close();
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kReset) << outcome.detail;
  EXPECT_TRUE(outcome.request_sent);
  // libcurl has opened a second connection by then, and sent nothing on it.
  EXPECT_TRUE(server_.Accept().AwaitClose());
}

TEST_F(BreakageTest, DeleteIsSentOnceToo) {
  Connection connection = WarmConnection();
  Request request = Get("/x");
  request.method = "DELETE";
  Start(std::move(request));
  connection.ReadRequest();
  connection.Close();
  EXPECT_EQ(recorder_->AwaitEnd().end, End::kReset);
  EXPECT_TRUE(server_.Accept().AwaitClose());
}

TEST_F(BreakageTest, GetOnADyingReusedConnectionIsSentAgain) {
  Connection connection = WarmConnection();
  Start(Get("/x"));
  connection.ReadRequest();
  connection.Close();
  Connection second = server_.Accept();
  second.ReadRequest();
  second.SendAnswer(200, "text/plain", "again");
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kComplete);
  EXPECT_EQ(outcome.body, "again");
}

TEST_F(BreakageTest, ConnectionClosedWhileIdleIsNotUsed) {
  WarmConnection().Close();
  Start(Post("/x", "{}"));
  Connection connection = server_.Accept();
  EXPECT_EQ(connection.ReadRequest().body, "{}");
  connection.SendAnswer(200, "text/plain", "fresh");
  EXPECT_EQ(recorder_->AwaitEnd().body, "fresh");
}

TEST_F(BreakageTest, AnswerBeforeTheBodyWasTakenIsAnAnswer) {
  Start(Post("/x", std::string(64 << 20, 'b')));
  Connection connection = server_.Accept();
  connection.ReadHead();
  connection.SendAnswer(413, "text/plain", "too big", "connection: close\r\n");
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(recorder_->AwaitHead().status, 413);
  EXPECT_EQ(outcome.body, "too big");
}

TEST_F(BreakageTest, NotHttp) {
  Start(Get("/x"));
  Connection connection = server_.Accept();
  connection.ReadRequest();
  connection.Send("SSH-2.0-OpenSSH_9.2\r\n");
  connection.Close();
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kProtocol) << outcome.detail;
  EXPECT_EQ(recorder_->heads(), 0);
}

TEST_F(BreakageTest, BadStatusLine) {
  Start(Get("/x"));
  Connection connection = server_.Accept();
  connection.ReadRequest();
  connection.Send("HTTP/1.1 OK\r\n\r\n");
  connection.Close();
  EXPECT_EQ(recorder_->AwaitEnd().end, End::kProtocol);
}

// libcurl gives the same code for it as for a broken connection.
TEST_F(BreakageTest, BadChunkLengthCountsAsAReset) {
  Start(Stream());
  Connection connection = server_.Accept();
  connection.ReadRequest();
  connection.Send(
      "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
      "zz\r\ndata: 1\n\n\r\n");
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kReset) << outcome.detail;
}

TEST_F(BreakageTest, UnaskedUpgradeIsRefused) {
  Start(Get("/x"));
  Connection connection = server_.Accept();
  connection.ReadRequest();
  connection.Send("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n");
  connection.Close();
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_NE(outcome.end, End::kComplete);
  EXPECT_EQ(recorder_->heads(), 0);
}

TEST_F(BreakageTest, DetailNeverHoldsTheKey) {
  options_.api_key = Secret("fw_secret");
  Start(Post("/x", "{}"));
  Connection connection = server_.Accept();
  connection.ReadRequest();
  connection.Send("fw_secret\r\n");
  connection.Close();
  EXPECT_THAT(recorder_->AwaitEnd().detail, ::testing::Not(HasSubstr("fw_secret")));
}

}  // namespace
}  // namespace fireworks::upstream
