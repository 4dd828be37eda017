#include "service/access/token_bucket.h"

#include <limits>

#include "gtest/gtest.h"

namespace fireworks::access {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

const MonotonicTime kStart{hours(1000)};

// How many units can be taken one by one.
int Drain(TokenBucket bucket, std::int64_t per_minute) {
  int units = 0;
  for (; units < 1000 && bucket.HasOne(); ++units) bucket.Take(1, per_minute);
  return units;
}

TEST(TokenBucketTest, IsFullAtFirst) {
  const TokenBucket bucket(60, kStart);
  EXPECT_TRUE(bucket.IsFull(60));
  EXPECT_EQ(Drain(bucket, 60), 60);
}

TEST(TokenBucketTest, AUnitComesExactlyWhenItIsDue) {
  TokenBucket bucket(60, kStart);
  bucket.Take(60, 60);
  EXPECT_EQ(bucket.UntilOne(60), absl::Seconds(1));
  bucket.Advance(60, kStart + seconds(1) - nanoseconds(1));
  EXPECT_FALSE(bucket.HasOne());
  EXPECT_EQ(bucket.UntilOne(60), absl::Nanoseconds(1));
  bucket.Advance(60, kStart + seconds(1));
  EXPECT_TRUE(bucket.HasOne());
  EXPECT_EQ(bucket.UntilOne(60), absl::ZeroDuration());
  EXPECT_EQ(Drain(bucket, 60), 1);
}

// Limits that do not divide a minute, in steps that do not divide a unit.
TEST(TokenBucketTest, NoRoundingAddsUp) {
  constexpr std::int64_t kLimit = 7;
  TokenBucket bucket(kLimit, kStart);
  bucket.Take(kLimit, kLimit);
  MonotonicTime now = kStart;
  int taken = 0;
  while (now < kStart + minutes(10)) {
    now += nanoseconds(999'999'937);
    if (now > kStart + minutes(10)) now = kStart + minutes(10);
    bucket.Advance(kLimit, now);
    if (bucket.HasOne()) {
      bucket.Take(1, kLimit);
      ++taken;
    }
  }
  EXPECT_EQ(taken, 70);
}

TEST(TokenBucketTest, TheWaitThatItNamesIsEnough) {
  for (const std::int64_t limit : {1, 7, 59, 60, 61, 1'000'003}) {
    TokenBucket bucket(limit, kStart);
    bucket.Take(limit + 3, limit);
    const absl::Duration wait = bucket.UntilOne(limit);
    bucket.Advance(limit, kStart + nanoseconds(absl::ToInt64Nanoseconds(wait) - 1));
    EXPECT_FALSE(bucket.HasOne()) << limit;
    bucket.Advance(limit, kStart + nanoseconds(absl::ToInt64Nanoseconds(wait)));
    EXPECT_TRUE(bucket.HasOne()) << limit;
  }
}

TEST(TokenBucketTest, IsNeverFullerThanFull) {
  TokenBucket bucket(5, kStart);
  bucket.Advance(5, kStart + hours(24));
  EXPECT_EQ(Drain(bucket, 5), 5);
}

TEST(TokenBucketTest, DebtIsPaidBeforeAnythingElse) {
  TokenBucket bucket(60, kStart);
  bucket.Take(180, 60);  // two minutes beyond what was there
  bucket.Advance(60, kStart + minutes(2));
  EXPECT_FALSE(bucket.HasOne());
  EXPECT_EQ(bucket.UntilOne(60), absl::Seconds(1));
}

TEST(TokenBucketTest, DebtHasABottom) {
  TokenBucket bucket(60, kStart);
  bucket.Take(std::numeric_limits<std::int64_t>::max(), 60);
  EXPECT_EQ(bucket.UntilOne(60), absl::Minutes(60) + absl::Seconds(1));
}

TEST(TokenBucketTest, ALimitThatChangesCountsFromNowOn) {
  TokenBucket bucket(60, kStart);
  bucket.Advance(10, kStart);
  EXPECT_EQ(Drain(bucket, 10), 10);
  bucket.Advance(100, kStart);
  EXPECT_EQ(Drain(bucket, 100), 10);
  // A debt of the large limit is one of the small one at most.
  TokenBucket debt(1'000'000'000'000, kStart);
  debt.Take(60'000'000'000'000, 1'000'000'000'000);
  debt.Advance(1, kStart);
  EXPECT_EQ(debt.UntilOne(1), absl::Minutes(61));
}

TEST(TokenBucketTest, TheLargestNumbersAreJustNumbers) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  TokenBucket bucket(kMost, kStart);
  bucket.Take(kMost, kMost);
  EXPECT_FALSE(bucket.HasOne());
  bucket.Advance(kMost, kStart + hours(24 * 365));
  EXPECT_TRUE(bucket.IsFull(kMost));
}

TEST(TokenBucketTest, NegativeCountsAndClocksThatGoBackChangeNothing) {
  TokenBucket bucket(60, kStart);
  bucket.Take(60, 60);
  bucket.Take(-10, 60);
  bucket.Advance(60, kStart - hours(1));
  EXPECT_FALSE(bucket.HasOne());
  EXPECT_EQ(bucket.UntilOne(60), absl::Seconds(1));
}

}  // namespace
}  // namespace fireworks::access
