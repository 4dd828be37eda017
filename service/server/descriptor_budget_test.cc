#include "service/server/descriptor_budget.h"

#include "gmock/gmock.h"

namespace fireworks::server {
namespace {

constexpr int kPlenty = 1 << 20;

DescriptorDemand Demand(int callers, int loops, int per_loop) {
  DescriptorDemand demand;
  demand.caller_connections = callers;
  demand.loops = loops;
  demand.upstream_connections_per_loop = per_loop;
  return demand;
}

TEST(DescriptorBudgetTest, WhatFitsIsGranted) {
  const auto budget = DivideDescriptors(kPlenty, Demand(8192, 4, 4096));
  ASSERT_TRUE(budget.ok()) << budget.status();
  EXPECT_EQ(budget->caller_connections, 8192);
  EXPECT_EQ(budget->upstream_connections_per_loop, 4096);
  EXPECT_LT(budget->ceiling, kPlenty);
}

TEST(DescriptorBudgetTest, TogetherTheyStayBelowTheCeiling) {
  for (const int limit : {200, 256, 1024, 4096, 20'000}) {
    for (const int loops : {1, 2, 16}) {
      const auto budget = DivideDescriptors(limit, Demand(8192, loops, 4096));
      ASSERT_TRUE(budget.ok()) << limit;
      EXPECT_GE(budget->caller_connections, 1);
      EXPECT_GE(budget->upstream_connections_per_loop, 1);
      EXPECT_LE(budget->caller_connections + loops * budget->upstream_connections_per_loop,
                budget->ceiling)
          << limit << " " << loops;
      EXPECT_LT(budget->ceiling, limit);
    }
  }
}

TEST(DescriptorBudgetTest, CallersGetWhatTheUpstreamDoesNotAskFor) {
  const auto budget = DivideDescriptors(1024, Demand(8192, 1, 10));
  ASSERT_TRUE(budget.ok());
  EXPECT_EQ(budget->upstream_connections_per_loop, 10);
  EXPECT_EQ(budget->caller_connections, budget->ceiling - 10);
}

TEST(DescriptorBudgetTest, HugeDemandsDoNotOverflow) {
  const auto budget = DivideDescriptors(kPlenty, Demand(INT32_MAX, 1000, INT32_MAX));
  ASSERT_TRUE(budget.ok());
  EXPECT_EQ(budget->caller_connections, budget->ceiling / 2);
}

TEST(DescriptorBudgetTest, TooFewAreAnErrorThatSaysHowMany) {
  const auto budget = DivideDescriptors(100, Demand(8192, 1, 4096));
  EXPECT_THAT(std::string(budget.status().message()), testing::HasSubstr("RLIMIT_NOFILE"));
  EXPECT_TRUE(DivideDescriptors(192, Demand(8192, 1, 4096)).ok());
}

TEST(DescriptorBudgetTest, TheProcesssLimitIsKnown) { EXPECT_GT(DescriptorLimit(), 0); }

}  // namespace
}  // namespace fireworks::server
