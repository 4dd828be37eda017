#include "service/server/listen_credentials.h"

#include "gtest/gtest.h"

namespace fireworks::server {
namespace {

TEST(IsLoopbackTest, OnlyWhatStaysOnThisMachine) {
  for (const char* address : {"127.0.0.1:50051", "127.1.2.3:0", "localhost:1", "[::1]:50051",
                              "unix:/run/fireworks.sock", "unix-abstract:name"}) {
    EXPECT_TRUE(IsLoopback(address)) << address;
  }
  for (const char* address : {"0.0.0.0:50051", "[::]:50051", ":50051", "10.0.0.1:1", "127.example:1",
                              "localhost.example:1", "example:1", "", "[::ffff:10.0.0.1]:1"}) {
    EXPECT_FALSE(IsLoopback(address)) << address;
  }
}

TEST(ListenCredentialsTest, WithoutFilesItIsPlaintext) {
  EXPECT_TRUE(MakeListenCredentials({}).ok());
}

}  // namespace
}  // namespace fireworks::server
