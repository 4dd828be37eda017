// How long a connection is reused, and how many there are.
#include <chrono>
#include <string>
#include <vector>

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

TEST_F(ConnectionAgeTest, OpenConnectionsAreCountedByLoop) {
  options_.loops = 2;
  std::vector<Client::LoopCounts> loops = client().loops();
  ASSERT_EQ(loops.size(), 2u);
  EXPECT_EQ(loops[0].open_connections + loops[0].begun_connections, 0u);
  for (int i = 0; i < 4; ++i) RunReuses();
  loops = client().loops();
  for (const Client::LoopCounts& loop : loops) {
    EXPECT_EQ(loop.begun_connections, 1u);  // Used twice.
    EXPECT_EQ(loop.open_connections, 1u);
    EXPECT_EQ(loop.transfers, 0u);
    EXPECT_EQ(loop.exchanges, 0u);
  }
}

class BusyConnectionTest : public ClientFixture {};

TEST_F(BusyConnectionTest, IsCountedWhileItsExchangeRunsAndUntilItIsClosed) {
  Start(Get("/x"));
  testing::Connection connection = server_.Accept();
  connection.ReadRequest();
  Client::LoopCounts loop = client().loops().front();
  EXPECT_EQ(loop.open_connections, 1u);
  EXPECT_EQ(loop.transfers, 1u);
  EXPECT_EQ(loop.exchanges, 1u);
  connection.SendAnswer(200, "text/plain", "one", "connection: close\r\n");
  recorder_->AwaitEnd();
  loop = client().loops().front();
  EXPECT_EQ(loop.open_connections, 0u);
  EXPECT_EQ(loop.transfers, 0u);
  EXPECT_EQ(loop.exchanges, 0u);
  EXPECT_EQ(loop.begun_connections, 1u);
}

}  // namespace
}  // namespace fireworks::upstream
