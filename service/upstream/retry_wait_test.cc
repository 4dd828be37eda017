// The wait between two attempts: how long it is, and what ends it.
#include <chrono>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/upstream/client.h"
#include "service/upstream/testing/client_fixture.h"

namespace fireworks::upstream {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ClientFixture;
using testing::Connection;
using testing::Get;
using testing::Post;
using testing::Recorder;
using testing::Stream;

class RetryWaitTest : public ClientFixture {
 protected:
  void SetUp() override {
    options_.retry.emplace();
    options_.retry->random = [] { return 0.0; };
  }

  // A wait that does not end by itself.
  void WaitForEver() {
    options_.retry->initial_backoff = options_.retry->max_backoff = hours(24);
    options_.retry->random = [] { return 0.5; };
  }

  // An exchange whose first attempt has failed. The loop has taken that in when
  // it has gone to sleep again.
  std::shared_ptr<Exchange> StartAndWait() {
    auto exchange = Start(Post("/x", "{}"));
    Refuse();
    AwaitLoopAsleep();
    EXPECT_FALSE(recorder_->ended());
    return exchange;
  }

  // Refuses the next attempt; returns when the client has noticed.
  void Refuse(absl::string_view more_headers = {}) {
    Connection connection = server_.Accept();
    connection.ReadRequest();
    connection.SendAnswer(503, "text/plain", "no",
                          absl::StrCat("connection: close\r\n", more_headers));
    EXPECT_TRUE(connection.AwaitClose());
  }

  void ExpectCancelledInTheWait() {
    const Outcome outcome = recorder_->AwaitEnd();
    EXPECT_EQ(outcome.end, End::kCancelled) << outcome.detail;
    EXPECT_EQ(outcome.attempts, 1);
    EXPECT_TRUE(outcome.request_sent);
    EXPECT_FALSE(outcome.safe_to_repeat);
    EXPECT_EQ(recorder_->heads(), 0);
    EXPECT_TRUE(server_.IsQuiet());
  }

  // That the refusal was handed over as it was.
  Outcome ExpectRefusal() {
    Outcome outcome = recorder_->AwaitEnd();
    EXPECT_EQ(outcome.end, End::kComplete) << outcome.detail;
    EXPECT_EQ(outcome.body, "no");
    EXPECT_EQ(outcome.attempts, 1);
    EXPECT_TRUE(outcome.safe_to_repeat);
    EXPECT_EQ(recorder_->AwaitHead().status, 503);
    EXPECT_TRUE(server_.IsQuiet());
    return outcome;
  }
};

TEST_F(RetryWaitTest, CancelEndsIt) {
  WaitForEver();
  StartAndWait()->Cancel();
  ExpectCancelledInTheWait();
}

TEST_F(RetryWaitTest, ClientThatGoesAwayEndsIt) {
  WaitForEver();
  StartAndWait();
  client_.reset();
  ASSERT_TRUE(recorder_->ended());
  ExpectCancelledInTheWait();
}

TEST_F(RetryWaitTest, WaitingHoldsNoConnection) {
  WaitForEver();
  options_.max_connections_per_loop = 1;
  const auto waiting = StartAndWait();
  auto other = std::make_shared<Recorder>();
  client().Start(Get("/x"), other);
  Connection connection = server_.Accept();
  connection.ReadRequest();
  connection.SendAnswer(200, "text/plain", "");
  EXPECT_EQ(other->AwaitEnd().end, End::kComplete);
}

TEST_F(RetryWaitTest, PauseInTheWaitHoldsForTheNextAttempt) {
  options_.retry->initial_backoff = milliseconds(500);
  options_.retry->random = [] { return 0.999; };
  const auto exchange = Start(Stream());
  Refuse();
  exchange->Pause();
  Connection connection = server_.Accept();
  connection.ReadRequest();
  connection.SendStreamHead("data: 1\n\n");
  recorder_->AwaitHead();
  AwaitLoopAsleep();
  EXPECT_EQ(recorder_->event_count(), 0u);
  exchange->Resume();
  recorder_->AwaitEvents(1);
  connection.Close();
  EXPECT_EQ(recorder_->AwaitEnd().end, End::kComplete);
}

TEST_F(RetryWaitTest, BackoffIsWaitedFor) {
  options_.retry->initial_backoff = milliseconds(200);
  options_.retry->multiplier = 2;
  options_.retry->random = [] { return 0.5; };
  const auto began = Clock::now();
  Start(Get("/x"));
  Refuse();
  Refuse();
  Connection connection = server_.Accept();
  EXPECT_GE(Clock::now() - began, milliseconds(100 + 200));
  connection.ReadRequest();
  connection.SendAnswer(200, "text/plain", "");
  EXPECT_EQ(recorder_->AwaitEnd().attempts, 3);
}

TEST_F(RetryWaitTest, RetryAfterIsWaitedForBesidesTheBackoff) {
  options_.retry->initial_backoff = milliseconds(200);
  options_.retry->random = [] { return 0.5; };
  const auto began = Clock::now();
  Start(Get("/x"));
  Refuse("retry-after: 9\r\nretry-after-ms: 200\r\n");
  Connection connection = server_.Accept();
  EXPECT_GE(Clock::now() - began, milliseconds(200 + 100));
  connection.ReadRequest();
  connection.SendAnswer(200, "text/plain", "");
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.attempts, 2);
  EXPECT_EQ(outcome.retry_after, std::nullopt);
}

// No wait where it can't help: the caller is told at once, and when to come back.

TEST_F(RetryWaitTest, RetryAfterBeyondTheDeadlineIsHandedOver) {
  Request request = Get("/x");
  request.deadline = Clock::now() + seconds(15);
  Start(std::move(request));
  Refuse("retry-after: 20\r\n");
  EXPECT_EQ(ExpectRefusal().retry_after, seconds(20));
}

TEST_F(RetryWaitTest, BackoffBeyondTheDeadlineIsHandedOver) {
  WaitForEver();
  Request request = Get("/x");
  request.deadline = Clock::now() + hours(1);
  Start(std::move(request));
  Refuse();
  EXPECT_EQ(ExpectRefusal().retry_after, std::nullopt);
}

TEST_F(RetryWaitTest, RetryAfterBeyondThePolicyIsHandedOver) {
  Start(Post("/x", "{}"));
  Refuse("retry-after: 31\r\n");
  EXPECT_EQ(ExpectRefusal().retry_after, seconds(31));
}

TEST_F(RetryWaitTest, AbsurdRetryAfterIsHandedOver) {
  Start(Get("/x"));
  Refuse("retry-after: 99999999999999999999\r\n");
  EXPECT_EQ(ExpectRefusal().retry_after, hours(24));
}

TEST_F(RetryWaitTest, DateFarAwayIsHandedOver) {
  Start(Get("/x"));
  Refuse(
      "date: Tue, 14 Nov 2023 22:13:20 GMT\r\n"
      "retry-after: Tue, 14 Nov 2023 22:14:20 GMT\r\n");
  EXPECT_EQ(ExpectRefusal().retry_after, seconds(60));
}

TEST_F(RetryWaitTest, DeadlineHoldsForAllAttemptsTogether) {
  Request request = Get("/x");
  request.deadline = Clock::now() + milliseconds(800);
  Start(std::move(request));
  Refuse();
  Connection connection = server_.Accept();
  connection.ReadRequest();
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kDeadline);
  EXPECT_EQ(outcome.attempts, 2);
  EXPECT_EQ(recorder_->heads(), 0);
  EXPECT_TRUE(connection.AwaitClose());
}

// Cancel comes at any time around the end of an attempt, from other threads.
TEST_F(RetryWaitTest, RacingCancelGivesOneEnd) {
  options_.loops = 2;
  options_.retry->initial_backoff = milliseconds(1);
  options_.retry->random = nullptr;
  options_.retry->budget_floor = 1000;
  for (int round = 0; round < 50; ++round) {
    auto recorder = std::make_shared<Recorder>();
    const auto exchange = client().Start(Get("/x"), recorder);
    Connection connection = server_.Accept();
    connection.ReadRequest();
    std::thread canceller([&exchange] {
      exchange->Pause();
      exchange->Resume();
      exchange->Cancel();
    });
    // The client may be gone already: then the answer has nowhere to go.
    connection.Reset();
    canceller.join();
    EXPECT_EQ(recorder->AwaitEnd().end, End::kCancelled);
    EXPECT_TRUE(recorder->orderly());
    // What the next attempt had opened, if it came so far.
    while (!server_.IsQuiet()) EXPECT_TRUE(server_.Accept().DiscardUntilClose());
  }
}

}  // namespace
}  // namespace fireworks::upstream
