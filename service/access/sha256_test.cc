#include "service/access/sha256.h"

#include <string>

#include "gtest/gtest.h"

namespace fireworks::access {
namespace {

// FIPS 180-4's example of one block.
constexpr char kAbc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Sha256Test, TheStandardsExample) { EXPECT_EQ(ToHex(Sha256("abc")), kAbc); }

TEST(Sha256Test, HexOfEitherCaseIsTheSameDigest) {
  std::string upper = kAbc;
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  ASSERT_TRUE(DigestFromHex(upper));
  EXPECT_EQ(*DigestFromHex(upper), Sha256("abc"));
}

TEST(Sha256Test, OnlySixtyFourHexDigitsAreADigest) {
  const std::string hex = kAbc;
  EXPECT_FALSE(DigestFromHex(""));
  EXPECT_FALSE(DigestFromHex(hex.substr(1)));
  EXPECT_FALSE(DigestFromHex(hex + "0"));
  EXPECT_FALSE(DigestFromHex("g" + hex.substr(1)));
  EXPECT_FALSE(DigestFromHex("0x" + hex.substr(2)));
  EXPECT_FALSE(DigestFromHex(std::string(1, '\0') + hex.substr(1)));
}

TEST(Sha256Test, EveryByteCountsWhenDigestsAreCompared) {
  const Sha256Digest digest = Sha256("abc");
  EXPECT_TRUE(EqualInConstantTime(digest, Sha256("abc")));
  for (std::size_t i = 0; i < digest.size(); ++i) {
    Sha256Digest other = digest;
    other[i] ^= 0x80;
    EXPECT_FALSE(EqualInConstantTime(digest, other)) << i;
  }
}

}  // namespace
}  // namespace fireworks::access
