#include "service/access/admission.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace fireworks::access {
namespace {

using Answer = Admission::Answer;
using testing::ElementsAre;
using testing::IsEmpty;

class AdmissionTest : public testing::Test {
 protected:
  // Enters, and notes in `admitted_` when a wait ends.
  Admission::Entry Enter(const std::string& caller, const std::string& call = "") {
    return admission_.Enter(caller, [this, call] { admitted_.push_back(call); });
  }

  Admission admission_{{/*max_running=*/2, /*max_waiting=*/4}};
  std::vector<std::string> admitted_;
};

TEST_F(AdmissionTest, AdmitsUpToTheLimitAndThenLetsWait) {
  EXPECT_EQ(Enter("a").answer, Answer::kAdmitted);
  EXPECT_EQ(Enter("a").answer, Answer::kAdmitted);
  EXPECT_EQ(Enter("a").answer, Answer::kWaiting);
  EXPECT_EQ(admission_.running(), 2u);
  EXPECT_EQ(admission_.waiting(), 1u);
  EXPECT_THAT(admitted_, IsEmpty());
}

TEST_F(AdmissionTest, RefusesWhatWouldWaitBehindTooMany) {
  for (int i = 0; i < 6; ++i) EXPECT_NE(Enter("a").answer, Answer::kRefused);
  EXPECT_EQ(Enter("a").answer, Answer::kRefused);
  EXPECT_EQ(Enter("b").answer, Answer::kRefused);
  EXPECT_EQ(admission_.waiting(), 4u);
}

TEST_F(AdmissionTest, PlacesPassToWhoWaitsInOrder) {
  Enter("a");
  Enter("a");
  Enter("a", "first");
  Enter("a", "second");
  admission_.Leave();
  EXPECT_THAT(admitted_, ElementsAre("first"));
  admission_.Leave();
  EXPECT_THAT(admitted_, ElementsAre("first", "second"));
  EXPECT_EQ(admission_.running(), 2u);
  admission_.Leave();
  admission_.Leave();
  EXPECT_EQ(admission_.running(), 0u);
  EXPECT_EQ(Enter("a").answer, Answer::kAdmitted);
}

TEST_F(AdmissionTest, CallersTakeTurns) {
  Enter("greedy");
  Enter("greedy");
  Enter("greedy", "g1");
  Enter("greedy", "g2");
  Enter("greedy", "g3");
  Enter("modest", "m1");
  for (int i = 0; i < 4; ++i) admission_.Leave();
  EXPECT_THAT(admitted_, ElementsAre("g1", "m1", "g2", "g3"));
}

TEST_F(AdmissionTest, WhoWithdrawsIsNeverAdmitted) {
  Enter("a");
  Enter("a");
  const auto gone = Enter("a", "gone");
  Enter("a", "stays");
  const auto only = Enter("b", "only");
  EXPECT_TRUE(admission_.Withdraw("a", gone.ticket));
  EXPECT_TRUE(admission_.Withdraw("b", only.ticket));
  EXPECT_FALSE(admission_.Withdraw("b", only.ticket));
  EXPECT_FALSE(admission_.Withdraw("nobody", 99));
  EXPECT_EQ(admission_.waiting(), 1u);
  admission_.Leave();
  admission_.Leave();
  EXPECT_THAT(admitted_, ElementsAre("stays"));
  EXPECT_EQ(admission_.running(), 1u);
}

TEST_F(AdmissionTest, WithdrawTellsWhenThePlaceWasGranted) {
  Enter("a");
  Enter("a");
  const auto waiting = Enter("a", "call");
  admission_.Leave();
  EXPECT_FALSE(admission_.Withdraw("a", waiting.ticket));
  EXPECT_EQ(admission_.running(), 2u);
}

TEST(AdmissionThreadsTest, NoPlaceIsLostOrGivenTwice) {
  constexpr int kThreads = 4;
  constexpr int kCalls = 2000;
  Admission admission({/*max_running=*/2, /*max_waiting=*/kThreads});
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      const std::string caller = t % 2 == 0 ? "even" : "odd";
      for (int i = 0; i < kCalls; ++i) {
        std::atomic<bool> admitted{false};
        const auto entry = admission.Enter(caller, [&] { admitted = true; });
        // One waiter per thread: none is ever refused.
        if (entry.answer == Answer::kWaiting) {
          if (i % 3 == 0 && admission.Withdraw(caller, entry.ticket)) continue;
          while (!admitted) std::this_thread::yield();
        }
        const int now = ++inside;
        int seen = most;
        while (now > seen && !most.compare_exchange_weak(seen, now)) {
        }
        --inside;
        admission.Leave();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(most, 2);
  EXPECT_EQ(admission.running(), 0u);
  EXPECT_EQ(admission.waiting(), 0u);
}

}  // namespace
}  // namespace fireworks::access
