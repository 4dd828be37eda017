// TLS, and the same exchanges over HTTP/1.1 and HTTP/2.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/upstream/client.h"
#include "service/upstream/testing/client_fixture.h"
#include "service/upstream/testing/tls_proxy.h"

namespace fireworks::upstream {
namespace {

using testing::CertificateFor;
using testing::ClientFixture;
using testing::Connection;
using testing::Get;
using testing::Post;
using testing::Recorder;
using testing::Stream;
using testing::TlsProxy;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kLoopback[] = "IP:127.0.0.1";

std::string NumberedEvents(int count) {
  const std::string padding(990, '.');
  std::string stream;
  for (int i = 0; i < count; ++i) absl::StrAppend(&stream, "data: ", i, " ", padding, "\n\n");
  return stream;
}

class VerificationTest : public ClientFixture {};

TEST_F(VerificationTest, CertificateOfAnUnknownAuthorityIsRefused) {
  const TlsProxy proxy(server_.port(), CertificateFor(kLoopback));
  options_.base_url = proxy.url();
  Start(Get("/x"));
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kConnectFailed);
  EXPECT_THAT(outcome.detail, HasSubstr("certificate"));
  EXPECT_FALSE(outcome.request_sent);
  EXPECT_TRUE(server_.IsQuiet());
}

TEST_F(VerificationTest, CertificateForAnotherHostIsRefused) {
  const TlsProxy proxy(server_.port(), CertificateFor("DNS:example.com"));
  options_.base_url = proxy.url();
  options_.ca_file = CertificateFor("DNS:example.com").certificate_file;
  Start(Get("/x"));
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kConnectFailed);
  EXPECT_FALSE(outcome.request_sent);
  EXPECT_TRUE(server_.IsQuiet());
}

// The parameter: HTTP/2 or HTTP/1.1.
class TlsTest : public ClientFixture, public ::testing::WithParamInterface<bool> {
 protected:
  void SetUp() override {
    options_.base_url = proxy_.url();
    options_.ca_file = CertificateFor(kLoopback).certificate_file;
    options_.http2 = GetParam();
  }

  // A request for which libcurl sets no timer that could wake a connection by
  // chance.
  static Request Untimed(Request request) {
    request.connect_timeout = {};
    return request;
  }

  // Starts a stream whose observer is `recorder`, with one event.
  std::shared_ptr<Exchange> StartStreamOf(const std::shared_ptr<Recorder>& recorder,
                                          std::vector<Connection>* connections) {
    auto exchange = client().Start(Untimed(Stream()), recorder);
    connections->push_back(server_.Accept());
    connections->back().ReadRequest();
    connections->back().SendStreamHead("data: first\n\n");
    recorder->AwaitEvents(1);
    return exchange;
  }

  TlsProxy proxy_{server_.port(), CertificateFor(kLoopback)};
};

TEST_P(TlsTest, UnaryExchange) {
  Start(Post("/x?y=1", "{\"a\":1}"));
  Connection connection = server_.Accept();
  const auto request = connection.ReadRequest();
  EXPECT_THAT(request.head, ::testing::StartsWith("POST /x?y=1 "));
  EXPECT_EQ(request.body, "{\"a\":1}");
  EXPECT_EQ(request.Header("content-length"), "7");
  connection.SendAnswer(201, "application/json", "{}", "X-Upper: Case\r\n");
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kComplete) << outcome.detail;
  EXPECT_EQ(outcome.body, "{}");
  EXPECT_EQ(recorder_->AwaitHead().status, 201);
  EXPECT_EQ(recorder_->AwaitHead().Find("x-upper"), "Case");
  // nghttpx says which protocol reached it.
  EXPECT_THAT(request.Header("via"), HasSubstr(GetParam() ? "2 nghttpx" : "1.1 nghttpx"));
}

TEST_P(TlsTest, LargeBodyTravelsWhole) {
  const std::string body(5 << 20, 'b');
  Start(Post("/x", body));
  Connection connection = server_.Accept();
  EXPECT_EQ(connection.ReadRequest().body.size(), body.size());
  connection.SendAnswer(200, "text/plain", body);
  EXPECT_EQ(recorder_->AwaitEnd().body, body);
}

TEST_P(TlsTest, StreamArrivesEventByEvent) {
  Connection connection = StartStream("data: 1\n\n");
  recorder_->AwaitEvents(1);
  connection.Send("data: 2\n\n");
  recorder_->AwaitEvents(2);
  connection.Close();
  EXPECT_EQ(recorder_->AwaitEnd().end, End::kComplete);
  EXPECT_THAT(recorder_->events(), ElementsAre("1", "2"));
}

TEST_P(TlsTest, CancelReachesTheUpstreamAndSparesTheOtherStream) {
  std::vector<Connection> connections;
  auto other = std::make_shared<Recorder>();
  const auto kept = StartStreamOf(other, &connections);
  const auto cancelled = StartStreamOf(recorder_, &connections);
  cancelled->Cancel();
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kCancelled);
  EXPECT_EQ(outcome.connection_reused, GetParam());
  EXPECT_TRUE(connections[1].AwaitClose());

  connections[0].Send("data: still here\n\n");
  other->AwaitEvents(2);
  connections[0].Close();
  EXPECT_EQ(other->AwaitEnd().end, End::kComplete);
}

TEST_P(TlsTest, ConnectionIsReused) {
  Start(Get("/x"));
  // nghttpx keeps its own connection, too.
  Connection connection = server_.Accept();
  connection.ReadRequest();
  connection.SendAnswer(200, "text/plain", "");
  EXPECT_FALSE(recorder_->AwaitEnd().connection_reused);
  auto second = std::make_shared<Recorder>();
  client().Start(Get("/y"), second);
  connection.ReadRequest();
  connection.SendAnswer(200, "text/plain", "");
  EXPECT_TRUE(second->AwaitEnd().connection_reused);
}

TEST_P(TlsTest, CancelBeforeTheHeadReachesTheUpstream) {
  const auto exchange = Start(Untimed(Stream()));
  Connection connection = server_.Accept();
  connection.ReadRequest();
  exchange->Cancel();
  EXPECT_EQ(recorder_->AwaitEnd().end, End::kCancelled);
  EXPECT_TRUE(connection.AwaitClose());
}

TEST_P(TlsTest, CancelBeforeTheHeadReachesTheUpstreamBesideASilentStream) {
  std::vector<Connection> connections;
  auto other = std::make_shared<Recorder>();
  const auto kept = StartStreamOf(other, &connections);
  const auto exchange = Start(Untimed(Stream()));
  Connection connection = server_.Accept();
  connection.ReadRequest();
  exchange->Cancel();
  EXPECT_EQ(recorder_->AwaitEnd().end, End::kCancelled);
  EXPECT_TRUE(connection.AwaitClose());
  EXPECT_FALSE(other->ended());
}

TEST_P(TlsTest, StreamThatBreaksSparesTheOther) {
  std::vector<Connection> connections;
  auto other = std::make_shared<Recorder>();
  const auto kept = StartStreamOf(other, &connections);
  // With a declared length, so that nghttpx can't take the reset for an end.
  Start(Stream());
  Connection broken = server_.Accept();
  broken.ReadRequest();
  broken.Send(
      "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 100\r\n\r\n"
      "data: 1\n\n");
  recorder_->AwaitEvents(1);
  broken.Reset();
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kReset) << outcome.detail;
  connections[0].Send("data: still here\n\n");
  other->AwaitEvents(2);
}

TEST_P(TlsTest, ConnectionThatDiesIsAReset) {
  std::vector<Connection> connections;
  const auto exchange = StartStreamOf(recorder_, &connections);
  proxy_.Kill();
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kReset) << outcome.detail;
}

TEST_P(TlsTest, ConnectionThatDiesBeforeTheHeadIsAReset) {
  Start(Post("/x", "{}"));
  Connection connection = server_.Accept();
  connection.ReadRequest();
  proxy_.Kill();
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kReset) << outcome.detail;
  EXPECT_TRUE(outcome.request_sent);
}

TEST_P(TlsTest, PauseStopsTheSenderAndNotTheOtherStream) {
  constexpr int kEvents = 64 << 10;
  std::vector<Connection> connections;
  auto other = std::make_shared<Recorder>();
  const auto flowing = StartStreamOf(other, &connections);
  recorder_->keep_events = false;
  const auto paused = StartStreamOf(recorder_, &connections);
  paused->Pause();
  const std::string stream = NumberedEvents(kEvents);
  const std::size_t taken = connections[1].SendUntilBlocked(stream);
  EXPECT_LT(taken, stream.size() / 2);
  EXPECT_LE(recorder_->event_count(), 1u + 17u);

  connections[0].Send(NumberedEvents(2000));
  other->AwaitEvents(2001);

  paused->Resume();
  connections[1].Send(absl::string_view(stream).substr(taken));
  connections[1].Close();
  EXPECT_EQ(recorder_->AwaitEnd().end, End::kComplete);
  EXPECT_EQ(recorder_->event_count(), kEvents + 1u);
}

TEST_P(TlsTest, CancelOfAPausedStreamSparesTheOther) {
  std::vector<Connection> connections;
  auto other = std::make_shared<Recorder>();
  const auto flowing = StartStreamOf(other, &connections);
  const auto paused = StartStreamOf(recorder_, &connections);
  paused->Pause();
  connections[1].SendUntilBlocked(NumberedEvents(64 << 10));
  paused->Cancel();
  EXPECT_EQ(recorder_->AwaitEnd().end, End::kCancelled);
  EXPECT_TRUE(connections[1].AwaitClose());
  connections[0].Send(NumberedEvents(2000));
  other->AwaitEvents(2001);
}

INSTANTIATE_TEST_SUITE_P(Protocols, TlsTest, ::testing::Bool(),
                         [](const ::testing::TestParamInfo<bool>& info) {
                           return info.param ? "Http2" : "Http11";
                         });

}  // namespace
}  // namespace fireworks::upstream
