#include "service/upstream/retry_budget.h"

#include <chrono>

#include "gtest/gtest.h"

namespace fireworks::upstream {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class RetryBudgetTest : public ::testing::Test {
 protected:
  // How many of many retries at this moment are granted.
  static int Granted(RetryBudget* budget) {
    int granted = 0;
    for (int i = 0; i < 1000; ++i) granted += budget->TakeRetry();
    return granted;
  }

  static void Call(RetryBudget* budget, int times) {
    for (int i = 0; i < times; ++i) budget->CountCall();
  }

  Clock::time_point now_{std::chrono::hours(1)};
  RetryBudget budget_{0.1, 10, [this] { return now_; }};
};

TEST_F(RetryBudgetTest, FloorHoldsWithoutCalls) { EXPECT_EQ(Granted(&budget_), 10); }

TEST_F(RetryBudgetTest, FloorHoldsWithFewCalls) {
  Call(&budget_, 99);
  EXPECT_EQ(Granted(&budget_), 10);
}

TEST_F(RetryBudgetTest, ShareHoldsWithManyCalls) {
  Call(&budget_, 5000);
  EXPECT_EQ(Granted(&budget_), 500);
}

TEST_F(RetryBudgetTest, RetriesThemselvesEarnNone) {
  Call(&budget_, 200);
  EXPECT_EQ(Granted(&budget_), 20);
  EXPECT_EQ(Granted(&budget_), 0);
}

TEST_F(RetryBudgetTest, TimeGivesTheFloorBack) {
  EXPECT_EQ(Granted(&budget_), 10);
  now_ += milliseconds(8900);
  EXPECT_EQ(Granted(&budget_), 0);
  now_ += milliseconds(1100);
  EXPECT_EQ(Granted(&budget_), 10);
}

TEST_F(RetryBudgetTest, OldCallsEarnNothing) {
  Call(&budget_, 5000);
  now_ += seconds(10);
  EXPECT_EQ(Granted(&budget_), 10);
}

TEST_F(RetryBudgetTest, CallsThatComeInPiecesAddUp) {
  for (int i = 0; i < 9; ++i) {
    Call(&budget_, 100);
    now_ += seconds(1);
  }
  EXPECT_EQ(Granted(&budget_), 90);
  now_ += seconds(1);
  // 800 calls are left, and 90 retries.
  EXPECT_EQ(Granted(&budget_), 0);
}

TEST_F(RetryBudgetTest, LongSilenceLeavesNothingBehind) {
  Call(&budget_, 5000);
  now_ += std::chrono::hours(24 * 365);
  EXPECT_EQ(Granted(&budget_), 10);
}

TEST_F(RetryBudgetTest, NothingIsGrantedWhereNothingIsAllowed) {
  RetryBudget none(0, 0, [this] { return now_; });
  Call(&none, 1000);
  EXPECT_EQ(Granted(&none), 0);
}

}  // namespace
}  // namespace fireworks::upstream
