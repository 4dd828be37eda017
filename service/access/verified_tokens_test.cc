#include "service/access/verified_tokens.h"

#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace fireworks::access {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

TEST(VerifiedTokensTest, RemembersATokenUntilItExpires) {
  VerifiedTokens tokens(2);
  EXPECT_FALSE(tokens.Find(Sha256("t"), 1, kNow));
  tokens.Add(Sha256("t"), 1, kNow + absl::Seconds(10), "caller");
  EXPECT_EQ(tokens.Find(Sha256("t"), 1, kNow), "caller");
  EXPECT_EQ(tokens.Find(Sha256("t"), 1, kNow + absl::Seconds(10) - absl::Nanoseconds(1)),
            "caller");
  EXPECT_FALSE(tokens.Find(Sha256("t"), 1, kNow + absl::Seconds(10)));
  EXPECT_EQ(tokens.size(), 0u);
}

TEST(VerifiedTokensTest, OtherKeysForgetWhatTheFormerOnesVerified) {
  VerifiedTokens tokens(2);
  tokens.Add(Sha256("t"), 1, kNow + absl::Seconds(10), "caller");
  EXPECT_FALSE(tokens.Find(Sha256("t"), 2, kNow));
  EXPECT_FALSE(tokens.Find(Sha256("t"), 1, kNow));
}

TEST(VerifiedTokensTest, TheOneThatWasNotUsedForLongestMakesRoom) {
  VerifiedTokens tokens(2);
  const absl::Time expires = kNow + absl::Seconds(10);
  tokens.Add(Sha256("a"), 1, expires, "a");
  tokens.Add(Sha256("b"), 1, expires, "b");
  EXPECT_TRUE(tokens.Find(Sha256("a"), 1, kNow));
  tokens.Add(Sha256("c"), 1, expires, "c");
  EXPECT_EQ(tokens.size(), 2u);
  EXPECT_TRUE(tokens.Find(Sha256("a"), 1, kNow));
  EXPECT_FALSE(tokens.Find(Sha256("b"), 1, kNow));
  tokens.Add(Sha256("c"), 1, expires, "c again");
  EXPECT_EQ(tokens.size(), 2u);
  EXPECT_EQ(tokens.Find(Sha256("c"), 1, kNow), "c again");
}

TEST(VerifiedTokensTest, ThreadsShareIt) {
  VerifiedTokens tokens(8);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&tokens, t] {
      for (int i = 0; i < 500; ++i) {
        const std::string name = std::to_string((i + t) % 16);
        tokens.Add(Sha256(name), 1, kNow + absl::Seconds(10), name);
        const auto found = tokens.Find(Sha256(name), 1, kNow);
        if (found) {
          EXPECT_EQ(*found, name);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(tokens.size(), 8u);
}

}  // namespace
}  // namespace fireworks::access
