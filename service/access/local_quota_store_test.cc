#include "service/access/local_quota_store.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace fireworks::access {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using Limit = QuotaRefusal::Limit;

class LocalQuotaStoreTest : public testing::Test {
 protected:
  absl::optional<QuotaRefusal> Acquire(const QuotaCall& call) {
    absl::optional<QuotaRefusal> answer;
    int answers = 0;
    store_.Acquire(call, [&](absl::optional<QuotaRefusal> refusal) {
      answer = refusal;
      ++answers;
    });
    EXPECT_EQ(answers, 1);
    return answer;
  }

  // Acquires and releases at once.
  bool Use(const QuotaCall& call, std::int64_t tokens = 0) {
    if (Acquire(call)) return false;
    store_.Release(call, tokens);
    return true;
  }

  MonotonicTime now_{hours(1000)};
  LocalQuotaStore store_{3, [this] { return now_; }};
};

TEST_F(LocalQuotaStoreTest, WithoutLimitsEverythingMay) {
  const QuotaCall call{"k", {}, true};
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(Acquire(call));
  for (int i = 0; i < 100; ++i) store_.Release(call, 1'000'000'000);
  EXPECT_FALSE(Acquire(call));
}

TEST_F(LocalQuotaStoreTest, StreamsAtATime) {
  const QuotaCall stream{"k", {2, 0, 0}, true};
  const QuotaCall unary{"k", {2, 0, 0}, false};
  EXPECT_FALSE(Acquire(stream));
  EXPECT_FALSE(Acquire(stream));
  const auto refusal = Acquire(stream);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->limit, Limit::kConcurrentStreams);
  EXPECT_EQ(refusal->allowed, 2);
  EXPECT_GT(refusal->retry_after, absl::ZeroDuration());
  EXPECT_FALSE(Acquire(unary));
  EXPECT_FALSE(Acquire({"other", {2, 0, 0}, true}));
  store_.Release(unary, 0);
  EXPECT_TRUE(Acquire(stream));
  store_.Release(stream, 0);
  EXPECT_FALSE(Acquire(stream));
}

TEST_F(LocalQuotaStoreTest, CallsPerMinute) {
  const QuotaCall call{"k", {0, 3, 0}, false};
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Use(call));
  auto refusal = Acquire(call);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->limit, Limit::kRequestsPerMinute);
  EXPECT_EQ(refusal->retry_after, absl::Seconds(20));
  now_ += seconds(20) - milliseconds(1);
  EXPECT_FALSE(Use(call));
  now_ += milliseconds(1);
  EXPECT_TRUE(Use(call));
  EXPECT_FALSE(Use(call));
  EXPECT_TRUE(Use({"other", {0, 3, 0}, false}));
}

TEST_F(LocalQuotaStoreTest, TokensAreOwedAfterwards) {
  const QuotaCall call{"k", {0, 0, 600}, false};
  EXPECT_TRUE(Use(call, 599));
  EXPECT_TRUE(Use(call, 1));  // one was left, and that is what it used
  const auto refusal = Acquire(call);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->limit, Limit::kTokensPerMinute);
  EXPECT_EQ(refusal->retry_after, absl::Milliseconds(100));
  now_ += milliseconds(100);
  EXPECT_TRUE(Use(call, 1201));  // begins with one token, ends owing 1200
  now_ += minutes(2);
  EXPECT_FALSE(Use(call));
  now_ += milliseconds(100);
  EXPECT_TRUE(Use(call));
}

TEST_F(LocalQuotaStoreTest, CallsThatRunTogetherAllCount) {
  const QuotaCall call{"k", {0, 0, 600}, true};
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(Acquire(call));
  for (int i = 0; i < 3; ++i) store_.Release(call, 600);
  now_ += minutes(2);
  EXPECT_FALSE(Use(call));
  now_ += milliseconds(100);
  EXPECT_TRUE(Use(call));
}

TEST_F(LocalQuotaStoreTest, ARefusedCallTakesNothing) {
  const QuotaCall call{"k", {1, 3, 0}, true};
  EXPECT_FALSE(Acquire(call));
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(Acquire(call));
  store_.Release(call, 0);
  EXPECT_TRUE(Use(call));
  EXPECT_TRUE(Use(call));
  EXPECT_EQ(Acquire(call)->limit, Limit::kRequestsPerMinute);
}

TEST_F(LocalQuotaStoreTest, LimitsMayChangeWhileACallRuns) {
  const QuotaCall before{"k", {}, true};
  EXPECT_FALSE(Acquire(before));
  const QuotaCall after{"k", {1, 1, 60}, true};
  EXPECT_EQ(Acquire(after)->limit, Limit::kConcurrentStreams);
  store_.Release(before, 1000);  // of a quota without a limit of tokens
  EXPECT_FALSE(Acquire(after));
}

TEST_F(LocalQuotaStoreTest, ForgetsWhoWasIdleForLongest) {
  const QuotaLimits one_call{0, 1, 0};
  for (const char* key : {"a", "b", "c"}) EXPECT_TRUE(Use({key, one_call, false}));
  EXPECT_FALSE(Use({"a", one_call, false}));  // which makes it the last one used
  EXPECT_TRUE(Use({"d", one_call, false}));
  EXPECT_EQ(store_.size(), 3u);
  EXPECT_FALSE(Use({"a", one_call, false}));
  EXPECT_TRUE(Use({"b", one_call, false}));  // forgotten, and with it what it had used
}

TEST_F(LocalQuotaStoreTest, NeverForgetsWhoRunsSomething) {
  const QuotaLimits one_stream{1, 0, 0};
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(Acquire({std::to_string(i), one_stream, true}));
  EXPECT_EQ(store_.size(), 10u);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(Acquire({std::to_string(i), one_stream, true}));
  for (int i = 0; i < 10; ++i) store_.Release({std::to_string(i), one_stream, true}, 0);
  EXPECT_TRUE(Use({"0", one_stream, true}));
  EXPECT_EQ(store_.size(), 3u);
}

TEST_F(LocalQuotaStoreTest, ARefusalSaysWhatAndWhen) {
  EXPECT_EQ(ToStatus({Limit::kRequestsPerMinute, 3, absl::Milliseconds(1500)}),
            absl::ResourceExhaustedError(
                "your quota of 3 calls per minute is used up; try again in 1.5s"));
  EXPECT_EQ(ToStatus({Limit::kTokensPerMinute, 600, absl::Nanoseconds(1)}).message(),
            "your quota of 600 tokens per minute is used up; try again in 1ms");
  EXPECT_EQ(ToStatus({Limit::kConcurrentStreams, 2, absl::Seconds(1)}).code(),
            absl::StatusCode::kResourceExhausted);
}

TEST(LocalQuotaStoreThreadsTest, NoPlaceIsLostOrGivenTwice) {
  LocalQuotaStore store(2);
  const QuotaCall call{"k", {2, 0, 1'000'000'000}, true};
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 1000; ++i) {
        store.Acquire({"other " + std::to_string(t), {}, false}, [](const auto&) {});
        bool admitted = false;
        store.Acquire(call, [&](const auto& refusal) { admitted = !refusal; });
        if (admitted) {
          const int now = ++inside;
          int seen = most;
          while (now > seen && !most.compare_exchange_weak(seen, now)) {
          }
          --inside;
          store.Release(call, 1);
        }
        store.Release({"other " + std::to_string(t), {}, false}, 1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(most, 2);
  int admitted = 0;
  for (int i = 0; i < 3; ++i) {
    store.Acquire(call, [&](const auto& refusal) { admitted += refusal ? 0 : 1; });
  }
  EXPECT_EQ(admitted, 2);
}

}  // namespace
}  // namespace fireworks::access
