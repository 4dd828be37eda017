#include "service/upstream/api_key.h"

#include "gtest/gtest.h"

namespace fireworks::upstream {
namespace {

TEST(ApiKeyTest, LineIsWhatTheWireHas) {
  EXPECT_EQ(ApiKey(Secret("fw_1")).authorization_line().Reveal(), "authorization: Bearer fw_1");
}

// FIPS 180-4's example "abc": ba7816bf 8f01cfea …
TEST(ApiKeyTest, FingerprintIsTheBeginningOfTheHash) {
  EXPECT_EQ(ApiKey(Secret("abc")).fingerprint(), "ba7816bf");
}

TEST(ApiKeyTest, SameTextIsTheSameKey) {
  const ApiKey key(Secret("fw_1"));
  EXPECT_TRUE(key.SameAs(ApiKey(Secret("fw_1"))));
  EXPECT_FALSE(key.SameAs(ApiKey(Secret("fw_2"))));
}

}  // namespace
}  // namespace fireworks::upstream
