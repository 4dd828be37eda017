#include "service/server/periodic.h"

#include <chrono>
#include <future>

#include "gtest/gtest.h"

namespace fireworks::server {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kPatience{60};

TEST(PeriodicTest, TheTaskIsCalledAgainAndAgain) {
  std::promise<void> third;
  int calls = 0;
  const Periodic periodic(milliseconds(1), [&] {
    if (++calls == 3) third.set_value();
  });
  EXPECT_EQ(third.get_future().wait_for(kPatience), std::future_status::ready);
}

TEST(PeriodicTest, SoonIsBeforeTheIntervalHasPassed) {
  std::promise<void> called;
  Periodic periodic(hours(24), [&] { called.set_value(); });
  periodic.RunSoon();
  EXPECT_EQ(called.get_future().wait_for(kPatience), std::future_status::ready);
}

TEST(PeriodicTest, ItsEndDoesNotWaitForTheInterval) {
  bool called = false;
  { Periodic periodic(hours(24), [&] { called = true; }); }
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace fireworks::server
