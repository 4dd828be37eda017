#include "service/upstream/secret.h"

#include <string>
#include <type_traits>
#include <utility>

#include "gtest/gtest.h"

namespace fireworks::upstream {
namespace {

template <typename T, typename = void>
struct IsPrintable : std::false_type {};
template <typename T>
struct IsPrintable<T, std::void_t<decltype(std::declval<std::ostream&>() << std::declval<T>())>>
    : std::true_type {};

TEST(SecretTest, HasNoWayIntoAStreamOrAString) {
  EXPECT_FALSE(IsPrintable<Secret>::value);
  EXPECT_FALSE((std::is_convertible_v<Secret, std::string>));
  EXPECT_FALSE((std::is_convertible_v<std::string, Secret>));
}

TEST(SecretTest, CopiesAndMovesKeepTheValue) {
  Secret one("a key that is longer than any small string");
  Secret two = one;
  EXPECT_EQ(two.Reveal(), one.Reveal());
  Secret three = std::move(two);
  EXPECT_EQ(three.Reveal(), one.Reveal());
  two = three;
  EXPECT_EQ(two.Reveal(), one.Reveal());
  three = std::move(two);
  EXPECT_EQ(three.Reveal(), one.Reveal());
}

TEST(SecretTest, AssignmentToItselfKeepsTheValue) {
  Secret secret("key");
  Secret& same = secret;
  secret = same;
  EXPECT_EQ(secret.Reveal(), "key");
  secret = std::move(same);
  EXPECT_EQ(secret.Reveal(), "key");
}

TEST(SecretTest, MovedFromShortSecretLeavesNoBytesBehind) {
  Secret from("short");
  const char* bytes = from.Reveal().data();
  const Secret to = std::move(from);
  EXPECT_EQ(to.Reveal(), "short");
  EXPECT_TRUE(from.empty());
  // Still inside `from`'s own capacity.
  for (int i = 0; i < 5; ++i) EXPECT_EQ(bytes[i], '\0');
}

TEST(SecretTest, ShorterValueOverwritesALongerOne) {
  Secret secret("a key that is longer than any small string");
  const char* bytes = secret.Reveal().data();
  const Secret other("x");
  secret = other;
  EXPECT_EQ(secret.Reveal(), "x");
  EXPECT_EQ(secret.Reveal().data(), bytes);
  EXPECT_EQ(bytes[10], '\0');
}

}  // namespace
}  // namespace fireworks::upstream
