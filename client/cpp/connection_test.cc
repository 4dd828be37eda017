#include "client/cpp/connection.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace fireworks::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(CheckMetadata, TakesWhatGrpcCanSend) {
  EXPECT_TRUE(CheckMetadata("x-session-affinity", "user 7").ok());
  EXPECT_TRUE(CheckMetadata("a_b.c-0", "").ok());
}

TEST(CheckMetadata, RefusesKeysThatGrpcCannotSend) {
  EXPECT_FALSE(CheckMetadata("", "v").ok());
  EXPECT_FALSE(CheckMetadata("X-Upper", "v").ok());
  EXPECT_FALSE(CheckMetadata("with blank", "v").ok());
  EXPECT_FALSE(CheckMetadata(":path", "v").ok());
}

TEST(CheckMetadata, RefusesReservedKeys) {
  EXPECT_FALSE(CheckMetadata("grpc-timeout", "v").ok());
  EXPECT_FALSE(CheckMetadata("trace-bin", "v").ok());
}

TEST(CheckMetadata, RefusesValuesThatAreNotPrintableAscii) {
  EXPECT_FALSE(CheckMetadata("k", "a\nb").ok());
  EXPECT_FALSE(CheckMetadata("k", "\xC3\xA9").ok());
}

ConnectionOptions To(const std::string& target) {
  ConnectionOptions options;
  options.target = target;
  return options;
}

TEST(Connect, ATokenDoesNotTravelInPlaintext) {
  ConnectionOptions options = To("llm.prod.example:443");
  options.token = "t0ken";
  const auto connection = Connect(options);
  ASSERT_FALSE(connection.ok());
  EXPECT_THAT(std::string(connection.status().message()), HasSubstr("plaintext"));
  EXPECT_THAT(std::string(connection.status().message()), Not(HasSubstr("t0ken")));
  options.tls.emplace();
  EXPECT_TRUE(Connect(options).ok());
  options.tls.reset();
  options.target = "ipv4:127.0.0.1:1,127.0.0.1:2";
  EXPECT_TRUE(Connect(options).ok());
  options.target = "ipv4:127.0.0.1:1,192.0.2.1:2";
  EXPECT_FALSE(Connect(options).ok());
}

TEST(Connect, ATokenGoesToLoopbackInPlaintext) {
  for (const char* target :
       {"127.0.0.1:1", "127.8.9.10", "localhost", "localhost:1", "[::1]:1", "[::1]",
        "dns:///localhost:1", "ipv6:[::1]:1"}) {
    ConnectionOptions options = To(target);
    options.token = "t0ken";
    EXPECT_TRUE(Connect(options).ok()) << target;
  }
}

TEST(Connect, ANameThatOnlyBeginsLikeLoopbackIsNone) {
  for (const char* target :
       {"127.0.0.1.nip.example:1", "127.example", "dns:///127.0.0.1.nip.example:1",
        "localhost.example:1", "[::1].example:1", "[::1]127.0.0.1:1", "128.0.0.1:1",
        "ipv4:127.0.0.1:1%2C192.0.2.1:2"}) {
    ConnectionOptions options = To(target);
    options.token = "t0ken";
    EXPECT_FALSE(Connect(options).ok()) << target;
  }
}

TEST(Connect, ATokenThatGrpcCannotSendIsRefusedWithoutNamingIt) {
  ConnectionOptions options = To("127.0.0.1:1");
  options.token = "t0ken\n";
  const auto connection = Connect(options);
  ASSERT_FALSE(connection.ok());
  EXPECT_THAT(std::string(connection.status().message()), Not(HasSubstr("t0ken")));
}

TEST(Connect, FilesThatAreNotThereAreNamed) {
  ConnectionOptions options = To("127.0.0.1:1");
  options.tls.emplace().ca_file = "/nowhere/ca.pem";
  EXPECT_THAT(std::string(Connect(options).status().message()), HasSubstr("/nowhere/ca.pem"));
}

TEST(Connect, ACertificateNeedsItsKey) {
  ConnectionOptions options = To("127.0.0.1:1");
  options.tls.emplace().certificate_file = "/nowhere/tls.crt";
  EXPECT_THAT(std::string(Connect(options).status().message()), HasSubstr("key_file"));
}

TEST(TargetOf, SeveralAddressesTakeTurns) {
  EXPECT_EQ(*TargetOf({"127.0.0.1:1", "127.0.0.1:2"}), "ipv4:127.0.0.1:1,127.0.0.1:2");
  EXPECT_EQ(*TargetOf({"[::1]:1", "[::1]:2"}), "ipv6:[::1]:1,[::1]:2");
  EXPECT_EQ(*TargetOf({"a.example:1"}), "a.example:1");
}

TEST(TargetOf, NamesDoNotMixWithAddresses) {
  EXPECT_FALSE(TargetOf({"127.0.0.1:1", "a.example:1"}).ok());
  EXPECT_FALSE(TargetOf({"127.0.0.1:1", "[::1]:1"}).ok());
  EXPECT_FALSE(TargetOf({}).ok());
}

}  // namespace
}  // namespace fireworks::client
