// The limits of time. They are short here, and tests look at which one ended an
// exchange, never at how long that took.
#include <chrono>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "service/upstream/client.h"
#include "service/upstream/testing/client_fixture.h"

namespace fireworks::upstream {
namespace {

using std::chrono::milliseconds;
using testing::ClientFixture;
using testing::Connection;
using testing::Get;
using testing::Post;
using testing::Recorder;
using testing::ScriptedServer;
using testing::Stream;

class TimeTest : public ClientFixture {};

TEST_F(TimeTest, ConnectLimit) {
  ScriptedServer full(0);
  options_.base_url = full.url();
  const auto filling = client().Start(Get("/filler"), std::make_shared<Recorder>());
  Connection accepted = full.Accept();
  const auto queued = client().Start(Get("/queued"), std::make_shared<Recorder>());
  EXPECT_TRUE(full.AwaitConnection());
  Request request = Get("/x");
  request.connect_timeout = milliseconds(30);
  Start(std::move(request));
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kConnectTimeout) << outcome.detail;
  EXPECT_FALSE(outcome.request_sent);
}

TEST_F(TimeTest, ConnectLimitCoversTheTlsHandshake) {
  options_.base_url = absl::StrCat("https://127.0.0.1:", server_.port());
  Request request = Get("/x");
  request.connect_timeout = milliseconds(30);
  Start(std::move(request));
  Connection connection = server_.Accept();
  EXPECT_EQ(recorder_->AwaitEnd().end, End::kConnectTimeout);
  EXPECT_TRUE(connection.DiscardUntilClose());
}

TEST_F(TimeTest, FirstEventLimitBeforeTheHead) {
  Request request = Stream();
  request.first_event_timeout = milliseconds(300);
  Start(std::move(request));
  Connection connection = server_.Accept();
  connection.ReadRequest();
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kFirstEventTimeout);
  EXPECT_TRUE(outcome.request_sent);
  EXPECT_TRUE(connection.AwaitClose());
}

TEST_F(TimeTest, CommentsDoNotCountAsTheFirstEvent) {
  Request request = Stream();
  request.first_event_timeout = milliseconds(300);
  Connection connection = StartStream(": ping\n\n", std::move(request));
  EXPECT_EQ(recorder_->AwaitEnd().end, End::kFirstEventTimeout);
  EXPECT_EQ(recorder_->heads(), 1);
  EXPECT_TRUE(connection.AwaitClose());
}

TEST_F(TimeTest, FirstEventLimitIsOverWithTheFirstEvent) {
  Request request = Stream();
  request.first_event_timeout = milliseconds(800);
  request.idle_timeout = milliseconds(900);
  Connection connection = StartStream("data: 1\n\n", std::move(request));
  EXPECT_EQ(recorder_->AwaitEnd().end, End::kIdleTimeout);
}

TEST_F(TimeTest, FirstEventLimitOfAUnaryExchangeIsOverWithTheHead) {
  Request request = Get("/x");
  request.first_event_timeout = milliseconds(800);
  request.idle_timeout = milliseconds(900);
  Start(std::move(request));
  Connection connection = server_.Accept();
  connection.ReadRequest();
  connection.Send("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabc");
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kIdleTimeout);
  EXPECT_EQ(outcome.body, "abc");
}

TEST_F(TimeTest, AnswerLimitHoldsForRequestsOfAnyKind) {
  for (Request request : {Get("/x"), Post("/x", "body"), Stream()}) {
    request.answer_timeout = milliseconds(50);
    const auto recorder = std::make_shared<Recorder>();
    const auto exchange = client().Start(std::move(request), recorder);
    Connection connection = server_.Accept();
    EXPECT_EQ(recorder->AwaitEnd().end, End::kFirstEventTimeout);
    EXPECT_TRUE(connection.DiscardUntilClose());
  }
}

TEST_F(TimeTest, SilenceEndsAStream) {
  Request request = Stream();
  request.idle_timeout = milliseconds(30);
  Connection connection = StartStream("data: 1\n\n", std::move(request));
  EXPECT_EQ(recorder_->AwaitEnd().end, End::kIdleTimeout);
  EXPECT_EQ(recorder_->event_count(), 1u);
  EXPECT_TRUE(connection.AwaitClose());
}

TEST_F(TimeTest, CommentsAreSignsOfLife) {
  Request request = Stream();
  request.idle_timeout = milliseconds(400);
  request.first_event_timeout = milliseconds(0);
  Connection connection = StartStream("", std::move(request));
  recorder_->AwaitHead();
  // Each comment well within the limit, all of them together well beyond it.
  const auto until = Clock::now() + milliseconds(1000);
  while (Clock::now() < until) {
    connection.Send(": ping\n\n");
    EXPECT_TRUE(connection.IsQuiet());
    std::this_thread::sleep_for(milliseconds(10));
  }
  EXPECT_FALSE(recorder_->ended());
}

TEST_F(TimeTest, PauseSuspendsTheIdleLimit) {
  Request request = Stream();
  request.idle_timeout = milliseconds(100);
  request.deadline = Clock::now() + milliseconds(800);
  recorder_->on_event = [this](const sse::Event&) { exchange_->Pause(); };
  Connection connection = StartStream("data: 1\n\n", std::move(request));
  // Without the suspension the idle limit would have been first.
  EXPECT_EQ(recorder_->AwaitEnd().end, End::kDeadline);
  EXPECT_TRUE(connection.AwaitClose());
}

TEST_F(TimeTest, ResumeStartsTheIdleLimitAnew) {
  Request request = Stream();
  request.idle_timeout = milliseconds(50);
  recorder_->on_event = [this](const sse::Event&) { exchange_->Pause(); };
  Connection connection = StartStream("data: 1\n\n", std::move(request));
  recorder_->AwaitEvents(1);
  exchange_->Resume();
  EXPECT_EQ(recorder_->AwaitEnd().end, End::kIdleTimeout);
}

TEST_F(TimeTest, DeadlineCutsAStream) {
  Request request = Stream();
  request.deadline = Clock::now() + milliseconds(500);
  Connection connection = StartStream("data: 1\n\n", std::move(request));
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kDeadline);
  EXPECT_TRUE(outcome.request_sent);
  EXPECT_TRUE(connection.AwaitClose());
}

TEST_F(TimeTest, DeadlineInThePastSendsNothing) {
  struct Attempts : AttemptObserver {
    void OnBegin(std::vector<Header>*) override { ++calls; }
    void OnEnd(End, int) override { ++calls; }
    int calls = 0;
  };
  const auto attempts = std::make_shared<Attempts>();
  Request request = Stream();
  request.deadline = Clock::now();
  request.attempts = attempts;
  Start(std::move(request));
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kDeadline);
  EXPECT_FALSE(outcome.request_sent);
  EXPECT_TRUE(server_.IsQuiet());
  client_.reset();  // Its thread, which tells of attempts, has ended.
  EXPECT_EQ(attempts->calls, 0);
}

TEST_F(TimeTest, ZeroMeansNoLimit) {
  Request request = Stream();
  request.connect_timeout = milliseconds(0);
  request.first_event_timeout = milliseconds(0);
  request.idle_timeout = milliseconds(0);
  Connection connection = StartStream("data: 1\n\n", std::move(request));
  recorder_->AwaitEvents(1);
  connection.Close();
  EXPECT_EQ(recorder_->AwaitEnd().end, End::kComplete);
}

}  // namespace
}  // namespace fireworks::upstream
