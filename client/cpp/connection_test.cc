#include "client/cpp/connection.h"

#include "client/cpp/testing/fake_service.h"
#include "gtest/gtest.h"

namespace fireworks::client {
namespace {

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

TEST(NeverConnected, DetailsProveThatTheServiceAnswered) {
  const RefusingTarget nowhere;
  ConnectionOptions options;
  options.target = nowhere.target();
  const auto channel = Connect(options);
  EXPECT_FALSE(NeverConnected(TruncatedStatus(), *channel));
}

}  // namespace
}  // namespace fireworks::client
