// Cancelling in every state, and a client that goes away.
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/upstream/client.h"
#include "service/upstream/testing/client_fixture.h"

namespace fireworks::upstream {
namespace {

using testing::ClientFixture;
using testing::Connection;
using testing::Get;
using testing::Post;
using testing::Recorder;
using testing::ScriptedServer;
using testing::Stream;
using ::testing::ElementsAre;

class CancelTest : public ClientFixture {
 protected:
  Outcome CancelAndAwaitEnd(const std::shared_ptr<Exchange>& exchange) {
    exchange->Cancel();
    const Outcome outcome = recorder_->AwaitEnd();
    EXPECT_EQ(outcome.end, End::kCancelled) << outcome.detail;
    return outcome;
  }

  // Shows that the loop still works.
  void ExpectAlive() {
    auto recorder = std::make_shared<Recorder>();
    client().Start(Get("/alive"), recorder);
    Connection connection = server_.Accept();
    connection.ReadRequest();
    connection.SendAnswer(200, "text/plain", "", "connection: close\r\n");
    EXPECT_EQ(recorder->AwaitEnd().end, End::kComplete);
  }
};

TEST_F(CancelTest, BeforeTheLoopHasBegun) {
  // The loop is held in an observer while the exchange is started and cancelled.
  auto holder = std::make_shared<Recorder>();
  holder->on_end = [this](const Outcome&) { Start(Get("/never"))->Cancel(); };
  client().Start(Get("/holder"), holder);
  Connection connection = server_.Accept();
  connection.ReadRequest();
  connection.SendAnswer(200, "text/plain", "", "connection: close\r\n");
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kCancelled);
  EXPECT_FALSE(outcome.request_sent);
  EXPECT_TRUE(server_.IsQuiet());
}

TEST_F(CancelTest, WhileConnecting) {
  // A full accept queue: the kernel answers no further SYN.
  ScriptedServer full(0);
  options_.base_url = full.url();
  auto filler = std::make_shared<Recorder>();
  const auto filling = client().Start(Get("/filler"), filler);
  Connection accepted = full.Accept();
  accepted.ReadRequest();
  const auto queued = client().Start(Get("/queued"), std::make_shared<Recorder>());
  EXPECT_TRUE(full.AwaitConnection());
  const auto exchange = Start(Get("/x"));
  AwaitLoopAsleep();
  const Outcome outcome = CancelAndAwaitEnd(exchange);
  EXPECT_FALSE(outcome.request_sent);
  filling->Cancel();
  EXPECT_EQ(filler->AwaitEnd().end, End::kCancelled);
  EXPECT_TRUE(accepted.AwaitClose());
}

TEST_F(CancelTest, DuringTheTlsHandshake) {
  options_.base_url = absl::StrCat("https://127.0.0.1:", server_.port());
  const auto exchange = Start(Get("/x"));
  Connection connection = server_.Accept();
  // A first byte shows that the handshake has begun; it is never answered.
  EXPECT_TRUE(connection.AwaitBytes());
  EXPECT_FALSE(CancelAndAwaitEnd(exchange).request_sent);
  EXPECT_TRUE(connection.DiscardUntilClose());
}

TEST_F(CancelTest, WhileTheBodyIsOnItsWay) {
  const auto exchange = Start(Post("/x", std::string(64 << 20, 'b')));
  Connection connection = server_.Accept();
  connection.ReadHead();
  EXPECT_TRUE(CancelAndAwaitEnd(exchange).request_sent);
  EXPECT_TRUE(connection.DiscardUntilClose());
}

TEST_F(CancelTest, WhileWaitingForTheHead) {
  const auto exchange = Start(Stream());
  Connection connection = server_.Accept();
  connection.ReadRequest();
  EXPECT_TRUE(CancelAndAwaitEnd(exchange).request_sent);
  EXPECT_TRUE(connection.AwaitClose());
  EXPECT_EQ(recorder_->heads(), 0);
  ExpectAlive();
}

TEST_F(CancelTest, InsideTheHead) {
  const auto exchange = Start(Stream());
  Connection connection = server_.Accept();
  connection.ReadRequest();
  connection.Send("HTTP/1.1 200 OK\r\ncontent-ty");
  CancelAndAwaitEnd(exchange);
  EXPECT_TRUE(connection.AwaitClose());
  EXPECT_EQ(recorder_->heads(), 0);
}

TEST_F(CancelTest, MidStream) {
  Connection connection = StartStream("data: 1\n\ndata: 2");
  recorder_->AwaitEvents(1);
  const Outcome outcome = CancelAndAwaitEnd(exchange_);
  EXPECT_TRUE(outcome.mid_event);
  EXPECT_TRUE(connection.AwaitClose());
  ExpectAlive();
}

TEST_F(CancelTest, WhilePaused) {
  recorder_->on_event = [this](const sse::Event&) { exchange_->Pause(); };
  Connection connection = StartStream("data: 1\n\n");
  recorder_->AwaitEvents(1);
  connection.SendUntilBlocked(std::string(64 << 20, ':'));
  CancelAndAwaitEnd(exchange_);
  EXPECT_TRUE(connection.AwaitClose());
  ExpectAlive();
}

TEST_F(CancelTest, FromTheHeadThereAreNoEvents) {
  auto exchange = std::make_shared<std::shared_ptr<Exchange>>();
  class CancelAtHead : public Recorder {
   public:
    void OnHead(ResponseHead head) override {
      Recorder::OnHead(std::move(head));
      exchange->Cancel();
    }
    std::shared_ptr<Exchange> exchange;
  };
  auto recorder = std::make_shared<CancelAtHead>();
  recorder->exchange = client().Start(Stream(), recorder);
  Connection connection = server_.Accept();
  connection.ReadRequest();
  connection.SendStreamHead("data: 1\n\n");
  EXPECT_EQ(recorder->AwaitEnd().end, End::kCancelled);
  EXPECT_TRUE(connection.AwaitClose());
  EXPECT_EQ(recorder->event_count(), 0u);
  recorder->exchange.reset();
}

TEST_F(CancelTest, FromAnEventTheRestOfThePieceIsSilent) {
  recorder_->on_event = [this](const sse::Event&) {
    exchange_->Cancel();
    // OnEnd never comes from inside Cancel.
    EXPECT_FALSE(recorder_->ended());
  };
  Connection connection = StartStream("data: 1\n\ndata: 2\n\ndata: 3\n\n");
  EXPECT_EQ(recorder_->AwaitEnd().end, End::kCancelled);
  EXPECT_TRUE(connection.AwaitClose());
  EXPECT_THAT(recorder_->events(), ElementsAre("1"));
  ExpectAlive();
}

TEST_F(CancelTest, FromTheObserverOfAnotherExchange) {
  auto victim = std::make_shared<Recorder>();
  const auto exchange = client().Start(Stream(), victim);
  Connection connection = server_.Accept();
  connection.ReadRequest();
  recorder_->on_event = [&](const sse::Event&) { exchange->Cancel(); };
  Connection other = StartStream("data: 1\n\n");
  EXPECT_EQ(victim->AwaitEnd().end, End::kCancelled);
  EXPECT_TRUE(connection.AwaitClose());
  EXPECT_FALSE(recorder_->ended());
}

TEST_F(CancelTest, AfterTheEndNothingHappens) {
  const auto exchange = Start(Get("/x"));
  Connection connection = server_.Accept();
  connection.ReadRequest();
  connection.SendAnswer(200, "text/plain", "");
  EXPECT_EQ(recorder_->AwaitEnd().end, End::kComplete);
  exchange->Cancel();
  exchange->Pause();
  exchange->Resume();
  client_.reset();
  exchange->Cancel();
  exchange->Pause();
  EXPECT_TRUE(recorder_->orderly());
}

TEST_F(CancelTest, EndedExchangeLetsGoOfItsObserver) {
  auto recorder = std::make_shared<Recorder>();
  const auto exchange = client().Start(Get("/x"), recorder);
  Connection connection = server_.Accept();
  connection.ReadRequest();
  connection.SendAnswer(200, "text/plain", "");
  recorder->AwaitEnd();
  client_.reset();
  EXPECT_EQ(recorder.use_count(), 1);
}

TEST_F(CancelTest, ClientThatGoesAwayCancelsWhatRuns) {
  options_.loops = 2;
  std::vector<std::shared_ptr<Recorder>> recorders;
  std::vector<Connection> connections;
  for (int i = 0; i < 8; ++i) {
    recorders.push_back(std::make_shared<Recorder>());
    client().Start(Stream(), recorders.back());
    connections.push_back(server_.Accept());
    connections.back().ReadRequest();
  }
  client_.reset();
  for (const auto& recorder : recorders) {
    ASSERT_TRUE(recorder->ended());
    EXPECT_EQ(recorder->AwaitEnd().end, End::kCancelled);
  }
  for (Connection& connection : connections) EXPECT_TRUE(connection.AwaitClose());
}

TEST_F(CancelTest, ExchangeStartedWhileTheClientGoesAwayEndsToo) {
  options_.loops = 2;
  auto first = std::make_shared<Recorder>();
  Client* const going = &client();
  first->on_end = [this, going](const Outcome&) { going->Start(Stream(), recorder_); };
  going->Start(Stream(), first);
  Connection connection = server_.Accept();
  connection.ReadRequest();
  client_.reset();
  ASSERT_TRUE(recorder_->ended());
  EXPECT_EQ(recorder_->AwaitEnd().end, End::kCancelled);
}

TEST_F(CancelTest, RacingThreadsGiveOneEnd) {
  options_.loops = 2;
  for (int round = 0; round < 50; ++round) {
    auto recorder = std::make_shared<Recorder>();
    const auto exchange = client().Start(Stream(), recorder);
    Connection connection = server_.Accept();
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) {
      threads.emplace_back([&exchange, i] {
        exchange->Pause();
        if (i > 0) exchange->Resume();
        exchange->Cancel();
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(recorder->AwaitEnd().end, End::kCancelled);
    EXPECT_TRUE(connection.DiscardUntilClose());
    EXPECT_TRUE(recorder->orderly());
  }
}

}  // namespace
}  // namespace fireworks::upstream
