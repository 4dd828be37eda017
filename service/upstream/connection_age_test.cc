// How long a connection is reused.
#include <chrono>
#include <string>

#include "service/upstream/client.h"
#include "service/upstream/testing/answering_server.h"
#include "service/upstream/testing/client_fixture.h"

namespace fireworks::upstream {
namespace {

using std::chrono::seconds;
using testing::AnsweringServer;
using testing::ClientFixture;
using testing::Get;
using testing::kPatience;
using testing::Recorder;

class ConnectionAgeTest : public ClientFixture {
 protected:
  void SetUp() override { options_.base_url = answering_.url(); }

  // Runs an exchange; whether it used the connection of the one before.
  bool RunReuses() {
    auto recorder = std::make_shared<Recorder>();
    client().Start(Get("/x"), recorder);
    const Outcome outcome = recorder->AwaitEnd();
    EXPECT_EQ(outcome.end, End::kComplete) << outcome.detail;
    return outcome.connection_reused;
  }

  AnsweringServer answering_;
};

TEST_F(ConnectionAgeTest, BusyConnectionIsReplacedWhenItIsOld) {
  options_.max_connection_age = seconds(1);
  EXPECT_FALSE(RunReuses());
  EXPECT_TRUE(RunReuses());
  const Clock::time_point until = Clock::now() + kPatience;
  while (RunReuses()) ASSERT_LT(Clock::now(), until);
  // The new one is as good.
  EXPECT_TRUE(RunReuses());
}

TEST_F(ConnectionAgeTest, ZeroIsNoLimitAndLessIsRefused) {
  options_.max_connection_age = seconds(0);
  EXPECT_FALSE(RunReuses());
  EXPECT_TRUE(RunReuses());
  options_.max_connection_age = seconds(-1);
  EXPECT_EQ(Client::Create(options_).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace fireworks::upstream
