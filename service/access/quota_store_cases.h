// What every QuotaStore must do, for the tests of each.
//
// A test instantiates the suite with a type that has `store()`, a QuotaStore without
// use, and `Advance(microseconds)`, which lets its time pass.
#ifndef FIREWORKS_SERVICE_ACCESS_QUOTA_STORE_CASES_H_
#define FIREWORKS_SERVICE_ACCESS_QUOTA_STORE_CASES_H_

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <future>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/types/optional.h"
#include "gtest/gtest.h"
#include "service/access/quota.h"

namespace fireworks::access {

// Waits for the answer, which must be the only one.
inline absl::optional<QuotaRefusal> AcquireNow(QuotaStore* store, const QuotaCall& call) {
  auto answer = std::make_shared<std::promise<absl::optional<QuotaRefusal>>>();
  // A second answer would throw, and end the test.
  store->Acquire(call, [answer](auto refusal) { answer->set_value(refusal); });
  auto future = answer->get_future();
  if (future.wait_for(std::chrono::minutes(1)) != std::future_status::ready) {
    ADD_FAILURE() << "no answer";
    return absl::nullopt;
  }
  return future.get();
}

// Acquires and releases at once; false when that was refused.
inline bool UseNow(QuotaStore* store, const QuotaCall& call, std::int64_t tokens = 0) {
  if (AcquireNow(store, call)) return false;
  store->Release(call, tokens);
  return true;
}

template <typename Subject>
class QuotaStoreCases : public testing::Test {
 protected:
  using Limit = QuotaRefusal::Limit;

  absl::optional<QuotaRefusal> Acquire(const QuotaCall& call) {
    return AcquireNow(&store(), call);
  }
  bool Use(const QuotaCall& call, std::int64_t tokens = 0) {
    return UseNow(&store(), call, tokens);
  }
  void Release(const QuotaCall& call, std::int64_t tokens) { store().Release(call, tokens); }
  void Advance(std::chrono::microseconds time) { subject_.Advance(time); }
  QuotaStore& store() { return subject_.store(); }

 private:
  Subject subject_;
};

TYPED_TEST_SUITE_P(QuotaStoreCases);

TYPED_TEST_P(QuotaStoreCases, WithoutLimitsEverythingMay) {
  const QuotaCall call{"k", {}, true};
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(this->Acquire(call));
  for (int i = 0; i < 100; ++i) this->Release(call, 1'000'000'000);
  EXPECT_FALSE(this->Acquire(call));
}

TYPED_TEST_P(QuotaStoreCases, StreamsAtATime) {
  const QuotaCall stream{"k", {2, 0, 0}, true};
  const QuotaCall unary{"k", {2, 0, 0}, false};
  EXPECT_FALSE(this->Acquire(stream));
  EXPECT_FALSE(this->Acquire(stream));
  const auto refusal = this->Acquire(stream);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->limit, TestFixture::Limit::kConcurrentStreams);
  EXPECT_EQ(refusal->allowed, 2);
  EXPECT_GT(refusal->retry_after, absl::ZeroDuration());
  EXPECT_FALSE(this->Acquire(unary));
  EXPECT_FALSE(this->Acquire({"other", {2, 0, 0}, true}));
  this->Release(unary, 0);
  EXPECT_TRUE(this->Acquire(stream));
  this->Release(stream, 0);
  EXPECT_FALSE(this->Acquire(stream));
}

TYPED_TEST_P(QuotaStoreCases, CallsPerMinute) {
  const QuotaCall call{"k", {0, 3, 0}, false};
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(this->Use(call));
  const auto refusal = this->Acquire(call);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->limit, TestFixture::Limit::kRequestsPerMinute);
  EXPECT_EQ(refusal->allowed, 3);
  EXPECT_EQ(refusal->retry_after, absl::Seconds(20));
  this->Advance(std::chrono::microseconds(19'999'999));
  EXPECT_FALSE(this->Use(call));
  this->Advance(std::chrono::microseconds(1));
  EXPECT_TRUE(this->Use(call));
  EXPECT_FALSE(this->Use(call));
  EXPECT_TRUE(this->Use({"other", {0, 3, 0}, false}));
}

// Limits that do not divide a minute, in steps that do not divide a unit.
TYPED_TEST_P(QuotaStoreCases, NoRoundingAddsUp) {
  const QuotaCall call{"k", {0, 7, 0}, false};
  for (int i = 0; i < 7; ++i) EXPECT_TRUE(this->Use(call));
  constexpr std::int64_t kMinutes = 10;
  constexpr std::int64_t kStep = 999'937;
  int used = 0;
  for (std::int64_t left = kMinutes * 60'000'000; left > 0; left -= kStep) {
    this->Advance(std::chrono::microseconds(std::min(left, kStep)));
    if (this->Use(call)) ++used;
  }
  EXPECT_EQ(used, 7 * kMinutes);
}

TYPED_TEST_P(QuotaStoreCases, TokensAreOwedAfterwards) {
  const QuotaCall call{"k", {0, 0, 600}, false};
  EXPECT_TRUE(this->Use(call, 599));
  EXPECT_TRUE(this->Use(call, 1));  // one was left, and that is what it used
  const auto refusal = this->Acquire(call);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->limit, TestFixture::Limit::kTokensPerMinute);
  EXPECT_EQ(refusal->retry_after, absl::Milliseconds(100));
  this->Advance(std::chrono::milliseconds(100));
  EXPECT_TRUE(this->Use(call, 1201));  // begins with one token, ends owing 1200
  this->Advance(std::chrono::minutes(2));
  EXPECT_FALSE(this->Use(call));
  this->Advance(std::chrono::milliseconds(100));
  EXPECT_TRUE(this->Use(call));
}

TYPED_TEST_P(QuotaStoreCases, CallsThatRunTogetherAllCount) {
  const QuotaCall call{"k", {0, 0, 600}, true};
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(this->Acquire(call));
  for (int i = 0; i < 3; ++i) this->Release(call, 600);
  this->Advance(std::chrono::minutes(2));
  EXPECT_FALSE(this->Use(call));
  this->Advance(std::chrono::milliseconds(100));
  EXPECT_TRUE(this->Use(call));
}

TYPED_TEST_P(QuotaStoreCases, DebtHasABottom) {
  const QuotaCall call{"k", {0, 0, 60}, false};
  EXPECT_TRUE(this->Use(call, std::numeric_limits<std::int64_t>::max()));
  const auto refusal = this->Acquire(call);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->retry_after, absl::Minutes(60) + absl::Seconds(1));
}

TYPED_TEST_P(QuotaStoreCases, ARefusedCallTakesNothing) {
  const QuotaCall call{"k", {1, 3, 0}, true};
  EXPECT_FALSE(this->Acquire(call));
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(this->Acquire(call));
  this->Release(call, 0);
  EXPECT_TRUE(this->Use(call));
  EXPECT_TRUE(this->Use(call));
  EXPECT_EQ(this->Acquire(call)->limit, TestFixture::Limit::kRequestsPerMinute);
}

TYPED_TEST_P(QuotaStoreCases, LimitsMayChangeWhileACallRuns) {
  const QuotaCall before{"k", {}, true};
  EXPECT_FALSE(this->Acquire(before));
  const QuotaCall after{"k", {1, 1, 60}, true};
  EXPECT_EQ(this->Acquire(after)->limit, TestFixture::Limit::kConcurrentStreams);
  this->Release(before, 1000);  // of a quota without a limit of tokens
  EXPECT_FALSE(this->Acquire(after));
}

// Of a bucket that is larger than before, what was used stays used; of one that is
// smaller, nothing stands above its rim.
TYPED_TEST_P(QuotaStoreCases, ALimitThatChangesCountsFromNowOn) {
  EXPECT_TRUE(this->Use({"k", {0, 60, 0}, false}));
  EXPECT_TRUE(this->Use({"k", {0, 2, 0}, false}));
  EXPECT_TRUE(this->Use({"k", {0, 100, 0}, false}));
  EXPECT_FALSE(this->Use({"k", {0, 100, 0}, false}));
}

TYPED_TEST_P(QuotaStoreCases, TheLargestNumbersAreJustNumbers) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  const QuotaCall call{"k", {kMost, kMost, kMost}, true};
  EXPECT_TRUE(this->Use(call, 1));
  EXPECT_TRUE(this->Use(call, kMost));
  EXPECT_FALSE(this->Use(call));
  this->Advance(std::chrono::minutes(2));
  EXPECT_TRUE(this->Use(call));
}

// Keys are anything that a caller may be called.
TYPED_TEST_P(QuotaStoreCases, KeysAreBytes) {
  const std::string odd("a b\r\n\0*1\xff", 9);
  EXPECT_TRUE(this->Use({odd, {0, 1, 0}, false}));
  EXPECT_FALSE(this->Use({odd, {0, 1, 0}, false}));
  EXPECT_TRUE(this->Use({odd.substr(0, 8), {0, 1, 0}, false}));
}

TYPED_TEST_P(QuotaStoreCases, NoPlaceIsLostOrGivenTwice) {
  const QuotaCall call{"k", {2, 0, 1'000'000'000}, true};
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const QuotaCall other{"other " + std::to_string(t), {}, false};
      for (int i = 0; i < 200; ++i) {
        EXPECT_FALSE(this->Acquire(other));
        if (!this->Acquire(call)) {
          const int now = ++inside;
          int seen = most;
          while (now > seen && !most.compare_exchange_weak(seen, now)) {
          }
          --inside;
          this->Release(call, 1);
        }
        this->Release(other, 1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(most, 2);
  int admitted = 0;
  for (int i = 0; i < 3; ++i) admitted += this->Acquire(call) ? 0 : 1;
  EXPECT_EQ(admitted, 2);
}

REGISTER_TYPED_TEST_SUITE_P(QuotaStoreCases, WithoutLimitsEverythingMay, StreamsAtATime,
                            CallsPerMinute, NoRoundingAddsUp, TokensAreOwedAfterwards,
                            CallsThatRunTogetherAllCount, DebtHasABottom, ARefusedCallTakesNothing,
                            LimitsMayChangeWhileACallRuns, ALimitThatChangesCountsFromNowOn,
                            TheLargestNumbersAreJustNumbers, KeysAreBytes,
                            NoPlaceIsLostOrGivenTwice);

}  // namespace fireworks::access

#endif  // FIREWORKS_SERVICE_ACCESS_QUOTA_STORE_CASES_H_
