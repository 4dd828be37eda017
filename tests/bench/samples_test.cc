#include "tests/bench/samples.h"

#include "gtest/gtest.h"

namespace fireworks::bench {
namespace {

Samples UpTo(int last) {
  Samples samples;
  for (int i = last; i > 0; --i) samples.Add(i);
  return samples;
}

TEST(SamplesTest, QuantilesAreValuesThatWereMeasured) {
  EXPECT_EQ(UpTo(100).Quantile(0.5), 50);
  EXPECT_EQ(UpTo(100).Quantile(0.99), 99);
  EXPECT_EQ(UpTo(100).Quantile(1), 100);
  EXPECT_EQ(UpTo(3).Quantile(0.5), 2);
  // Of few values the greatest is the 99th percentile.
  EXPECT_EQ(UpTo(10).Quantile(0.99), 10);
  EXPECT_EQ(UpTo(1).Quantile(0.01), 1);
}

TEST(SamplesTest, NothingMeasuredIsZero) { EXPECT_EQ(Samples().Quantile(0.5), 0); }

TEST(SamplesTest, DurationsAreMicroseconds) {
  Samples samples;
  samples.Add(std::chrono::milliseconds(2));
  samples.Add(UpTo(1));
  EXPECT_EQ(samples.Json(), R"({"count":2,"p50":1,"p99":2000,"max":2000})");
}

}  // namespace
}  // namespace fireworks::bench
