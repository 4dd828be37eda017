#include "service/server/deadline_margin.h"

#include "gtest/gtest.h"

namespace fireworks::server {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

TEST(DeadlineMarginTest, AShortDeadlineGivesUpATwentieth) {
  EXPECT_EQ(DeadlineMargin(milliseconds(100)), milliseconds(5));
  EXPECT_EQ(DeadlineMargin(milliseconds(999)), nanoseconds(49'950'000));
  EXPECT_EQ(DeadlineMargin(nanoseconds(0)), nanoseconds(0));
}

TEST(DeadlineMarginTest, GrowsWithTheStepOfTheEncoding) {
  EXPECT_EQ(DeadlineMargin(seconds(1)), milliseconds(50 + 10));
  EXPECT_EQ(DeadlineMargin(milliseconds(9999)), milliseconds(50 + 10));
  EXPECT_EQ(DeadlineMargin(seconds(10)), milliseconds(50 + 100));
  EXPECT_EQ(DeadlineMargin(seconds(100)), milliseconds(50 + 1000));
  EXPECT_EQ(DeadlineMargin(seconds(1000)), milliseconds(50 + 10'000));
  EXPECT_EQ(DeadlineMargin(hours(1)), milliseconds(50 + 10'000));
  EXPECT_EQ(DeadlineMargin(seconds(10'000)), milliseconds(50 + 100'000));
  EXPECT_EQ(DeadlineMargin(hours(24)), milliseconds(50 + 864'000));
}

// What a caller asks for, and what arrives of it, as gRPC 1.51 was seen to send it.
struct Sent {
  nanoseconds asked;
  nanoseconds seen;
};

TEST(DeadlineMarginTest, TheAnswerComesBeforeTheCallersOwnTimer) {
  const Sent kSent[] = {
      {milliseconds(1000), milliseconds(1010)},     {milliseconds(1501), milliseconds(1510)},
      {milliseconds(9991), milliseconds(10'000)},   {milliseconds(10'001), milliseconds(10'100)},
      {milliseconds(99'901), seconds(100)},         {milliseconds(100'001), seconds(101)},
      {milliseconds(600'000), seconds(601)},        {seconds(1001), seconds(1010)},
      {hours(1), seconds(3610)},                    {seconds(10'001), seconds(10'100)},
      {seconds(86'401), seconds(86'500)},           {seconds(100'001), seconds(100'200)},
      {seconds(700'000), seconds(702'000)},         {seconds(1'000'000), seconds(1'002'000)},
  };
  for (const Sent& sent : kSent) {
    // The least that is left is the way's own part.
    EXPECT_GE(sent.asked - (sent.seen - DeadlineMargin(sent.seen)), milliseconds(49))
        << sent.asked.count();
  }
}

TEST(DeadlineMarginTest, IsNeverMoreThanASmallPart) {
  for (nanoseconds remaining = milliseconds(1); remaining < hours(24 * 365); remaining *= 3) {
    EXPECT_LE(DeadlineMargin(remaining), remaining / 16) << remaining.count();
    EXPECT_GE(DeadlineMargin(remaining), nanoseconds(0));
  }
}

}  // namespace
}  // namespace fireworks::server
