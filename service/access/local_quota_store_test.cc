#include "service/access/local_quota_store.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/access/quota_store_cases.h"

namespace fireworks::access {
namespace {

using std::chrono::hours;
using testing::UnorderedElementsAre;
using Limit = QuotaRefusal::Limit;

class LocalSubject {
 public:
  QuotaStore& store() { return store_; }
  void Advance(std::chrono::microseconds time) { now_ += time; }

 private:
  MonotonicTime now_{hours(1000)};
  LocalQuotaStore store_{LocalQuotaStore::kDefaultMaxKeys, [this] { return now_; }};
};

INSTANTIATE_TYPED_TEST_SUITE_P(Local, QuotaStoreCases, LocalSubject);

class LocalQuotaStoreTest : public testing::Test {
 protected:
  absl::optional<QuotaRefusal> Acquire(const QuotaCall& call) { return AcquireNow(&store_, call); }
  bool Use(const QuotaCall& call) { return UseNow(&store_, call); }

  LocalQuotaStore store_{3};
};

TEST_F(LocalQuotaStoreTest, AnswersAtOnce) {
  int answers = 0;
  store_.Acquire({"k", {}, true}, [&](const auto&) { ++answers; });
  EXPECT_EQ(answers, 1);
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

TEST_F(LocalQuotaStoreTest, TellsWhoRunsStreams) {
  EXPECT_FALSE(Acquire({"a", {}, true}));
  EXPECT_FALSE(Acquire({"a", {}, true}));
  EXPECT_FALSE(Acquire({"b", {}, true}));
  EXPECT_FALSE(Acquire({"c", {}, false}));
  EXPECT_THAT(store_.KeysWithStreams(), UnorderedElementsAre("a", "b"));
  EXPECT_EQ(store_.streams("a"), 2);
  store_.Release({"b", {}, true}, 0);
  EXPECT_THAT(store_.KeysWithStreams(), UnorderedElementsAre("a"));
  EXPECT_EQ(store_.streams("b"), 0);
  EXPECT_EQ(store_.streams("never heard of"), 0);
}

TEST_F(LocalQuotaStoreTest, TheBusiestComeFirstAndIdleOnesNot) {
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(Acquire({"a", {}, i == 0}));
  EXPECT_FALSE(Acquire({"b", {}, true}));
  EXPECT_FALSE(Acquire({"c", {}, true}));
  EXPECT_TRUE(Use({"idle", {}, true}));
  const auto all = store_.Busiest(10);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].key, "a");
  EXPECT_EQ(all[0].running, 3);
  EXPECT_EQ(all[0].streams, 1);
  EXPECT_EQ(all[1].key, "b");
  EXPECT_EQ(store_.Busiest(1).size(), 1u);
}

TEST_F(LocalQuotaStoreTest, WhatAnotherAllowedCountsHereToo) {
  const QuotaCall call{"k", {1, 2, 0}, true};
  store_.Count(call);
  store_.Count(call);  // beyond its limit of streams
  EXPECT_EQ(Acquire(call)->limit, Limit::kConcurrentStreams);
  store_.Release(call, 0);
  store_.Release(call, 0);
  EXPECT_EQ(Acquire(call)->limit, Limit::kRequestsPerMinute);
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

}  // namespace
}  // namespace fireworks::access
