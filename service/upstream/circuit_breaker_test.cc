#include "service/upstream/circuit_breaker.h"

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace fireworks::upstream {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using State = CircuitBreaker::State;
using Ticket = CircuitBreaker::Ticket;
using Verdict = CircuitBreaker::Verdict;

CircuitBreakerOptions Options() {
  CircuitBreakerOptions options;
  options.min_calls = 4;
  options.window = seconds(10);
  options.open_for = seconds(5);
  options.probes = 2;
  return options;
}

class CircuitBreakerTest : public ::testing::Test {
 protected:
  // Runs calls with this verdict; whether all were let through.
  bool Run(Verdict verdict, int times = 1) {
    for (int i = 0; i < times; ++i) {
      const std::optional<Ticket> ticket = breaker_.Admit();
      if (!ticket) return false;
      breaker_.Report(*ticket, verdict);
    }
    return true;
  }

  State state() const { return breaker_.snapshot().state; }

  void OpenIt() {
    Run(Verdict::kFailure, 4);
    ASSERT_EQ(state(), State::kOpen);
  }

  Clock::time_point now_{std::chrono::hours(1)};
  CircuitBreaker breaker_{Options(), [this] { return now_; }};
};

TEST_F(CircuitBreakerTest, ClosedLetsThrough) {
  EXPECT_EQ(state(), State::kClosed);
  EXPECT_TRUE(Run(Verdict::kSuccess, 100));
  EXPECT_EQ(breaker_.ShedFor(), milliseconds(0));
}

TEST_F(CircuitBreakerTest, TooFewCallsDoNotOpen) {
  EXPECT_TRUE(Run(Verdict::kFailure, 3));
  EXPECT_EQ(state(), State::kClosed);
}

TEST_F(CircuitBreakerTest, ShareOfFailuresOpens) {
  Run(Verdict::kSuccess, 10);
  Run(Verdict::kFailure, 9);
  EXPECT_EQ(state(), State::kClosed);
  Run(Verdict::kFailure);
  EXPECT_EQ(state(), State::kOpen);
}

TEST_F(CircuitBreakerTest, FailuresOutsideTheWindowAreForgotten) {
  Run(Verdict::kFailure, 3);
  now_ += seconds(10);
  Run(Verdict::kFailure, 3);
  EXPECT_EQ(state(), State::kClosed);
}

TEST_F(CircuitBreakerTest, UnknownNeverCounts) {
  EXPECT_TRUE(Run(Verdict::kUnknown, 100));
  Run(Verdict::kFailure, 3);
  EXPECT_EQ(state(), State::kClosed);
}

TEST_F(CircuitBreakerTest, OpenShedsAndSaysForHowLong) {
  OpenIt();
  EXPECT_EQ(breaker_.Admit(), std::nullopt);
  EXPECT_EQ(breaker_.ShedFor(), seconds(5));
  now_ += milliseconds(4999);
  EXPECT_EQ(breaker_.Admit(), std::nullopt);
  EXPECT_EQ(breaker_.ShedFor(), milliseconds(1));
  EXPECT_EQ(breaker_.snapshot().shed, 2u);
  EXPECT_EQ(breaker_.snapshot().opened, 1u);
}

TEST_F(CircuitBreakerTest, ProbesAreBounded) {
  OpenIt();
  now_ += seconds(5);
  EXPECT_TRUE(breaker_.Admit());
  EXPECT_EQ(state(), State::kHalfOpen);
  EXPECT_TRUE(breaker_.Admit());
  EXPECT_FALSE(breaker_.Admit());
  EXPECT_EQ(breaker_.ShedFor(), seconds(5));
}

TEST_F(CircuitBreakerTest, ProbesThatSucceedClose) {
  OpenIt();
  now_ += seconds(5);
  EXPECT_TRUE(Run(Verdict::kSuccess));
  EXPECT_EQ(state(), State::kHalfOpen);
  EXPECT_TRUE(Run(Verdict::kSuccess));
  EXPECT_EQ(state(), State::kClosed);
  // What was counted before is forgotten.
  EXPECT_TRUE(Run(Verdict::kFailure, 3));
  EXPECT_EQ(state(), State::kClosed);
}

TEST_F(CircuitBreakerTest, ProbeThatFailsOpensAgain) {
  OpenIt();
  now_ += seconds(5);
  EXPECT_TRUE(Run(Verdict::kSuccess));
  EXPECT_TRUE(Run(Verdict::kFailure));
  EXPECT_EQ(state(), State::kOpen);
  EXPECT_EQ(breaker_.ShedFor(), seconds(5));
  EXPECT_EQ(breaker_.snapshot().opened, 2u);
  now_ += seconds(5);
  // The success before does not count any more.
  EXPECT_TRUE(Run(Verdict::kSuccess));
  EXPECT_EQ(state(), State::kHalfOpen);
}

TEST_F(CircuitBreakerTest, ProbeThatSaysNothingMakesRoomForAnother) {
  OpenIt();
  now_ += seconds(5);
  EXPECT_TRUE(Run(Verdict::kUnknown, 100));
  EXPECT_EQ(state(), State::kHalfOpen);
  EXPECT_TRUE(Run(Verdict::kSuccess, 2));
  EXPECT_EQ(state(), State::kClosed);
}

TEST_F(CircuitBreakerTest, ProbesThatTakeLongDoNotBlockOthersForEver) {
  OpenIt();
  now_ += seconds(5);
  const std::optional<Ticket> slow = breaker_.Admit();
  ASSERT_TRUE(slow);
  ASSERT_TRUE(breaker_.Admit());
  ASSERT_FALSE(breaker_.Admit());
  now_ += seconds(5);
  EXPECT_TRUE(Run(Verdict::kSuccess));
  EXPECT_EQ(state(), State::kHalfOpen);
  breaker_.Report(*slow, Verdict::kSuccess);
  EXPECT_EQ(state(), State::kClosed);
}

TEST_F(CircuitBreakerTest, AnswersToOldRequestsCountForNothing) {
  std::vector<Ticket> old;
  for (int i = 0; i < 6; ++i) old.push_back(*breaker_.Admit());
  OpenIt();
  breaker_.Report(old[0], Verdict::kSuccess);
  EXPECT_EQ(state(), State::kOpen);
  now_ += seconds(5);
  ASSERT_TRUE(breaker_.Admit());
  breaker_.Report(old[1], Verdict::kSuccess);
  breaker_.Report(old[2], Verdict::kSuccess);
  breaker_.Report(old[3], Verdict::kFailure);
  EXPECT_EQ(state(), State::kHalfOpen);
}

TEST_F(CircuitBreakerTest, RepeatedAttemptsAreNoProbes) {
  EXPECT_TRUE(breaker_.AdmitRepeated());
  OpenIt();
  EXPECT_FALSE(breaker_.AdmitRepeated());
  now_ += seconds(5);
  EXPECT_FALSE(breaker_.AdmitRepeated());
  EXPECT_EQ(state(), State::kOpen);
  ASSERT_TRUE(breaker_.Admit());
  EXPECT_FALSE(breaker_.AdmitRepeated());
}

TEST_F(CircuitBreakerTest, StatesHaveNames) {
  const std::set<absl::string_view> names = {StateName(State::kClosed), StateName(State::kOpen),
                                             StateName(State::kHalfOpen)};
  EXPECT_EQ(names, (std::set<absl::string_view>{"closed", "open", "half_open"}));
}

Outcome Ended(End end) {
  Outcome outcome;
  outcome.end = end;
  outcome.attempts = 1;
  return outcome;
}

TEST_F(CircuitBreakerTest, VerdictOfAnAttempt) {
  const struct {
    End end;
    int status;
    Verdict verdict;
  } cases[] = {
      {End::kComplete, 200, Verdict::kSuccess},
      {End::kComplete, 304, Verdict::kSuccess},
      {End::kComplete, 400, Verdict::kSuccess},
      {End::kComplete, 408, Verdict::kSuccess},
      {End::kComplete, 429, Verdict::kSuccess},
      {End::kReset, 429, Verdict::kSuccess},
      {End::kComplete, 500, Verdict::kFailure},
      {End::kComplete, 501, Verdict::kSuccess},
      {End::kComplete, 503, Verdict::kFailure},
      {End::kComplete, 520, Verdict::kFailure},
      {End::kReset, 502, Verdict::kFailure},
      {End::kConnectFailed, 0, Verdict::kFailure},
      {End::kConnectTimeout, 0, Verdict::kFailure},
      {End::kReset, 0, Verdict::kFailure},
      {End::kReset, 200, Verdict::kFailure},
      {End::kFirstEventTimeout, 0, Verdict::kFailure},
      {End::kFirstEventTimeout, 200, Verdict::kFailure},
      {End::kIdleTimeout, 200, Verdict::kFailure},
      {End::kProtocol, 0, Verdict::kFailure},
      {End::kBodyTooLarge, 200, Verdict::kSuccess},
      {End::kHeadersTooLarge, 0, Verdict::kSuccess},
      {End::kCancelled, 0, Verdict::kUnknown},
      {End::kCancelled, 503, Verdict::kUnknown},
      {End::kDeadline, 0, Verdict::kUnknown},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(JudgeAttempt(breaker_, c.status, Ended(c.end)), c.verdict)
        << EndName(c.end) << " " << c.status;
  }
}

TEST_F(CircuitBreakerTest, WhatWasNeverTriedSaysNothing) {
  EXPECT_EQ(JudgeAttempt(breaker_, 0, Outcome{End::kConnectFailed}), Verdict::kUnknown);
}

TEST_F(CircuitBreakerTest, ExcusedAnswersSayNothing) {
  CircuitBreakerOptions options = Options();
  options.excuses = [](int status, absl::string_view body) {
    return status == 503 && body == "starting";
  };
  const CircuitBreaker breaker(options, [this] { return now_; });
  Outcome outcome = Ended(End::kComplete);
  outcome.body = "starting";
  EXPECT_EQ(JudgeAttempt(breaker, 503, outcome), Verdict::kUnknown);
  EXPECT_EQ(JudgeAttempt(breaker, 502, outcome), Verdict::kFailure);
  outcome.body = "down";
  EXPECT_EQ(JudgeAttempt(breaker, 503, outcome), Verdict::kFailure);
}

TEST(CheckCircuitBreakerOptionsTest, UnusableNumbers) {
  EXPECT_TRUE(CheckCircuitBreakerOptions({}).ok());
  const auto broken = [](auto change) {
    CircuitBreakerOptions options;
    change(&options);
    return !CheckCircuitBreakerOptions(options).ok();
  };
  EXPECT_TRUE(broken([](auto* options) { options->failure_share = 0; }));
  EXPECT_TRUE(broken([](auto* options) { options->failure_share = 1.1; }));
  EXPECT_TRUE(broken([](auto* options) { options->min_calls = 0; }));
  EXPECT_TRUE(broken([](auto* options) { options->probes = 0; }));
  EXPECT_TRUE(broken([](auto* options) { options->window = milliseconds(0); }));
  EXPECT_TRUE(broken([](auto* options) { options->open_for = milliseconds(0); }));
}

}  // namespace
}  // namespace fireworks::upstream
