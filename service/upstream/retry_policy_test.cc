#include "service/upstream/retry_policy.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace fireworks::upstream {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;

Request Of(std::string method, RetryClass retry_class = RetryClass::kByMethod) {
  Request request;
  request.method = std::move(method);
  request.retry_class = retry_class;
  return request;
}

TEST(RetryClassTest, MethodDecidesUnlessTheRequestSays) {
  for (const char* method : {"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"}) {
    EXPECT_TRUE(IsIdempotent(Of(method))) << method;
  }
  for (const char* method : {"POST", "PATCH", "get"}) {
    EXPECT_FALSE(IsIdempotent(Of(method))) << method;
  }
  EXPECT_TRUE(IsIdempotent(Of("POST", RetryClass::kIdempotent)));
  EXPECT_FALSE(IsIdempotent(Of("GET", RetryClass::kNonIdempotent)));
  EXPECT_TRUE(IsIdempotent(Of("GET", RetryClass::kNever)));
}

TEST(RetryClassTest, NeverAndUploadsAreNotRepeated) {
  EXPECT_TRUE(IsRepeatable(Of("POST")));
  EXPECT_FALSE(IsRepeatable(Of("GET", RetryClass::kNever)));
  Request upload = Of("PUT", RetryClass::kIdempotent);
  upload.more_body = true;
  EXPECT_FALSE(IsRepeatable(upload));
}

TEST(SafeToRepeatTest, Statuses) {
  std::vector<int> idempotent, other;
  for (int status = 100; status < 600; ++status) {
    if (SafeToRepeat(true, {End::kComplete, status})) idempotent.push_back(status);
    if (SafeToRepeat(false, {End::kComplete, status})) other.push_back(status);
  }
  EXPECT_THAT(idempotent, ElementsAre(408, 429, 500, 502, 503, 504));
  EXPECT_THAT(other, ElementsAre(429, 503));
}

TEST(SafeToRepeatTest, EndsWithoutAHead) {
  std::vector<End> idempotent, other;
  for (int end = 0; end <= static_cast<int>(End::kProtocol); ++end) {
    if (SafeToRepeat(true, {static_cast<End>(end), 0})) idempotent.push_back(static_cast<End>(end));
    if (SafeToRepeat(false, {static_cast<End>(end), 0})) other.push_back(static_cast<End>(end));
  }
  EXPECT_THAT(idempotent,
              ElementsAre(End::kShed, End::kConnectFailed, End::kConnectTimeout, End::kReset));
  EXPECT_THAT(other, ElementsAre(End::kShed, End::kConnectFailed, End::kConnectTimeout));
}

TEST(SafeToRepeatTest, AnswerThatWasCutShort) {
  EXPECT_TRUE(SafeToRepeat(true, {End::kReset, 200}));
  EXPECT_FALSE(SafeToRepeat(true, {End::kReset, 200, /*streaming=*/true}));
  EXPECT_FALSE(SafeToRepeat(false, {End::kReset, 200}));
  EXPECT_FALSE(SafeToRepeat(true, {End::kReset, 404}));
  EXPECT_FALSE(SafeToRepeat(true, {End::kIdleTimeout, 200}));
  EXPECT_TRUE(SafeToRepeat(true, {End::kReset, 500}));
  EXPECT_FALSE(SafeToRepeat(false, {End::kReset, 500}));
  EXPECT_TRUE(SafeToRepeat(false, {End::kReset, 503}));
  EXPECT_TRUE(SafeToRepeat(false, {End::kBodyTooLarge, 429}));
  EXPECT_FALSE(SafeToRepeat(true, {End::kCancelled, 503}));
  EXPECT_FALSE(SafeToRepeat(true, {End::kDeadline, 503}));
}

TEST(BackoffTest, GrowsToItsCap) {
  RetryPolicy policy;
  policy.random = [] { return 0.5; };
  std::vector<std::int64_t> waits;
  for (int attempts = 1; attempts <= 7; ++attempts) {
    waits.push_back(Backoff(policy, attempts).count());
  }
  EXPECT_THAT(waits, ElementsAre(250, 500, 1000, 2000, 4000, 4000, 4000));
}

TEST(BackoffTest, ManyAttemptsDoNotOverflow) {
  RetryPolicy policy;
  policy.random = [] { return 0.5; };
  EXPECT_EQ(Backoff(policy, std::numeric_limits<int>::max()), milliseconds(4000));
}

TEST(BackoffTest, RandomSourceByDefault) {
  const RetryPolicy policy;
  milliseconds least = milliseconds::max(), most{0};
  for (int i = 0; i < 1000; ++i) {
    const milliseconds wait = Backoff(policy, 1);
    least = std::min(least, wait);
    most = std::max(most, wait);
  }
  EXPECT_GE(least, milliseconds(0));
  EXPECT_LT(least, milliseconds(125));
  EXPECT_GT(most, milliseconds(375));
  EXPECT_LT(most, milliseconds(500));
}

TEST(CheckRetryPolicyTest, UnusableNumbers) {
  EXPECT_TRUE(CheckRetryPolicy({}).ok());
  const auto broken = [](auto change) {
    RetryPolicy policy;
    change(&policy);
    return !CheckRetryPolicy(policy).ok();
  };
  EXPECT_TRUE(broken([](RetryPolicy* policy) { policy->max_attempts = 0; }));
  EXPECT_TRUE(broken([](RetryPolicy* policy) { policy->initial_backoff = milliseconds(-1); }));
  EXPECT_TRUE(broken([](RetryPolicy* policy) { policy->max_backoff = milliseconds(499); }));
  EXPECT_TRUE(broken([](RetryPolicy* policy) { policy->multiplier = 0.5; }));
  EXPECT_TRUE(broken([](RetryPolicy* policy) { policy->max_retry_after = milliseconds(-1); }));
  EXPECT_TRUE(broken([](RetryPolicy* policy) { policy->budget_share = 1.5; }));
  EXPECT_TRUE(broken([](RetryPolicy* policy) { policy->budget_share = std::nan(""); }));
  EXPECT_TRUE(broken([](RetryPolicy* policy) { policy->budget_floor = -1; }));
}

}  // namespace
}  // namespace fireworks::upstream
