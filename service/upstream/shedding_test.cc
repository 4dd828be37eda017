// The circuit breaker around exchanges: what it is told, and what it does to them.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "service/upstream/client.h"
#include "service/upstream/testing/client_fixture.h"

namespace fireworks::upstream {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ClientFixture;
using testing::Connection;
using testing::Get;
using testing::Recorder;
using testing::ScriptedServer;
using testing::Stream;
using State = CircuitBreaker::State;

class SheddingTest : public ClientFixture {
 protected:
  void SetUp() override {
    options_.circuit_breaker.emplace();
    options_.circuit_breaker->min_calls = 2;
    options_.circuit_breaker->open_for = seconds(5);
    options_.circuit_breaker->probes = 1;
    options_.now = [this] { return Clock::time_point(milliseconds(now_ms_)); };
  }

  // Runs an exchange to its end, answered with `status`.
  Outcome Run(int status, absl::string_view body = "") {
    auto recorder = std::make_shared<Recorder>();
    client().Start(Get("/x"), recorder);
    Connection connection = server_.Accept();
    connection.ReadRequest();
    connection.SendAnswer(status, "text/plain", body, "connection: close\r\n");
    return recorder->AwaitEnd();
  }

  State state() { return client().circuit_breaker().state; }

  std::atomic<std::int64_t> now_ms_{3'600'000};
};

TEST_F(SheddingTest, OpensAndShedsAtOnceAndCloses) {
  Run(500);
  Run(503);
  EXPECT_EQ(state(), State::kOpen);
  now_ms_ += 2000;
  Start(Get("/x"));
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kShed);
  EXPECT_EQ(outcome.retry_after, seconds(3));
  EXPECT_EQ(outcome.attempts, 0);
  EXPECT_FALSE(outcome.request_sent);
  EXPECT_TRUE(outcome.safe_to_repeat);
  EXPECT_EQ(recorder_->heads(), 0);
  EXPECT_TRUE(server_.IsQuiet());
  EXPECT_EQ(client().circuit_breaker().shed, 1u);
  EXPECT_EQ(client().circuit_breaker().opened, 1u);

  now_ms_ += 3000;
  EXPECT_EQ(Run(200).end, End::kComplete);
  EXPECT_EQ(state(), State::kClosed);
}

TEST_F(SheddingTest, FailuresToConnectOpen) {
  const ScriptedServer refusing{ScriptedServer::Refusing()};
  options_.base_url = refusing.url();
  for (int i = 0; i < 2; ++i) {
    auto recorder = std::make_shared<Recorder>();
    client().Start(Get("/x"), recorder);
    EXPECT_EQ(recorder->AwaitEnd().end, End::kConnectFailed);
  }
  EXPECT_EQ(state(), State::kOpen);
}

TEST_F(SheddingTest, TimeoutsOpen) {
  for (int i = 0; i < 2; ++i) {
    auto recorder = std::make_shared<Recorder>();
    Request request = Get("/x");
    request.first_event_timeout = milliseconds(30);
    client().Start(std::move(request), recorder);
    EXPECT_EQ(recorder->AwaitEnd().end, End::kFirstEventTimeout);
  }
  EXPECT_EQ(state(), State::kOpen);
}

TEST_F(SheddingTest, RefusalsAndCancelsDoNotOpen) {
  for (const int status : {400, 401, 404, 408, 429}) {
    for (int i = 0; i < 3; ++i) Run(status);
  }
  for (int i = 0; i < 5; ++i) {
    auto recorder = std::make_shared<Recorder>();
    client().Start(Get("/x"), recorder)->Cancel();
    EXPECT_EQ(recorder->AwaitEnd().end, End::kCancelled);
    Request late = Get("/x");
    late.deadline = Clock::now();
    auto other = std::make_shared<Recorder>();
    client().Start(std::move(late), other);
    EXPECT_EQ(other->AwaitEnd().end, End::kDeadline);
  }
  EXPECT_EQ(state(), State::kClosed);
}

TEST_F(SheddingTest, OwnLimitsDoNotOpen) {
  options_.max_connections_per_loop = 1;
  const auto filling = Start(Stream());
  Connection connection = server_.Accept();
  connection.ReadRequest();
  for (int i = 0; i < 5; ++i) {
    auto recorder = std::make_shared<Recorder>();
    client().Start(Get("/x"), recorder);
    EXPECT_EQ(recorder->AwaitEnd().end, End::kConnectFailed);
  }
  EXPECT_EQ(state(), State::kClosed);
}

TEST_F(SheddingTest, ExcusedAnswersDoNotOpen) {
  options_.circuit_breaker->excuses = [](int status, absl::string_view body) {
    return status == 503 && body == "starting";
  };
  for (int i = 0; i < 5; ++i) Run(503, "starting");
  EXPECT_EQ(state(), State::kClosed);
  for (int i = 0; i < 2; ++i) Run(503, "down");
  EXPECT_EQ(state(), State::kOpen);
}

TEST_F(SheddingTest, FirstEventOfAStreamClosesNotItsEnd) {
  Run(500);
  Run(500);
  now_ms_ += 5000;
  Connection connection = StartStream("data: 1\n\n");
  recorder_->AwaitEvents(1);
  EXPECT_EQ(state(), State::kClosed);
  // And what comes after it counts no more.
  connection.Reset();
  recorder_->AwaitEnd();
  Run(500);
  EXPECT_EQ(state(), State::kClosed);
}

TEST_F(SheddingTest, SecondProbeIsShedAndACancelledOneMakesRoom) {
  Run(500);
  Run(500);
  now_ms_ += 5000;
  auto probe = std::make_shared<Recorder>();
  const auto exchange = client().Start(Get("/x"), probe);
  Connection connection = server_.Accept();
  connection.ReadRequest();
  Start(Get("/x"));
  EXPECT_EQ(recorder_->AwaitEnd().end, End::kShed);
  EXPECT_EQ(recorder_->AwaitEnd().retry_after, seconds(5));
  exchange->Cancel();
  probe->AwaitEnd();
  EXPECT_EQ(Run(200).end, End::kComplete);
  EXPECT_EQ(state(), State::kClosed);
}

TEST_F(SheddingTest, NothingIsRepeatedWhileItIsOpen) {
  options_.retry.emplace();
  options_.retry->max_attempts = 9;
  options_.retry->random = [] { return 0.0; };
  Start(Get("/x"));
  for (int i = 0; i < 2; ++i) {
    Connection connection = server_.Accept();
    connection.ReadRequest();
    connection.SendAnswer(503, "text/plain", "no", "connection: close\r\n");
  }
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kComplete);
  EXPECT_EQ(outcome.body, "no");
  EXPECT_EQ(outcome.attempts, 2);
  EXPECT_EQ(recorder_->AwaitHead().status, 503);
  EXPECT_TRUE(server_.IsQuiet());
  EXPECT_EQ(state(), State::kOpen);
}

TEST_F(SheddingTest, ClientWithoutABreakerNeverSheds) {
  options_.circuit_breaker.reset();
  for (int i = 0; i < 30; ++i) Run(500);
  EXPECT_EQ(state(), State::kClosed);
}

TEST_F(SheddingTest, UnusableOptionsAreRefused) {
  options_.base_url = server_.url();
  options_.circuit_breaker->probes = 0;
  EXPECT_EQ(Client::Create(options_).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace fireworks::upstream
