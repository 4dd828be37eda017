// The journal and the control API over real sockets.
#include "tests/simulator/control.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "nlohmann/json.hpp"
#include "tests/simulator/testing/simulator_fixture.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::json;
using ControlTest = SimulatorTest;

TEST_F(ControlTest, JournalKeepsRequestsButNoKeys) {
  Send("r1", "", kUnaryBody)->ReadResponse();
  const std::vector<SeenRequest> requests = simulator_->Requests();
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_EQ(requests[0].method, "POST");
  EXPECT_EQ(requests[0].target, kChat);
  EXPECT_EQ(requests[0].body, kUnaryBody);
  EXPECT_EQ(FindHeader(requests[0].headers, "authorization"), "present");
}

TEST_F(ControlTest, ControlApiListsReleasesAndWaits) {
  auto client = Send("r1", "step=1");
  client->ReadHead();
  EXPECT_EQ(Control("POST", "/simulator/release?request=r1&events=2").status, 200);
  EXPECT_EQ(Control("POST", "/simulator/release?request=none").status, 404);
  const RawResponse waited = Control("GET", "/simulator/requests/r1?wait_events=2");
  EXPECT_EQ(Json::parse(waited.body)["events_sent"], 2);
  auto waiting = Connect();
  waiting->Send(RawRequest("GET", "/simulator/requests/r1?wait_state=client_closed", ""));
  client->Close();
  const Json closed = Json::parse(waiting->ReadResponse().body);
  EXPECT_EQ(closed["state"], "client_closed");
  EXPECT_EQ(closed["headers"]["authorization"], "present");
  EXPECT_EQ(Json::parse(Control("GET", "/simulator/requests").body).size(), 1u);
  const Json stats = Json::parse(Control("GET", "/simulator/stats").body);
  EXPECT_EQ(stats["requests"], 1);
  EXPECT_GT(stats["bytes_sent"], 0);
}

TEST_F(ControlTest, ControlWaitsForRequestsThatHaveNotCome) {
  auto waiting = Connect();
  waiting->Send(RawRequest("GET", "/simulator/requests/later?wait_state=finished", ""));
  Send("later", "", kUnaryBody)->ReadResponse();
  EXPECT_EQ(waiting->ReadResponse().status, 200);
}

TEST_F(ControlTest, ControlWaitTimesOut) {
  EXPECT_EQ(Control("GET", "/simulator/requests/none?wait_state=open&timeout_ms=1").status, 408);
  EXPECT_EQ(Control("GET", "/simulator/requests/none?wait_state=odd").status, 400);
  EXPECT_EQ(Control("GET", "/simulator/requests/none").status, 404);
  EXPECT_EQ(
      simulator_->WaitForState("none", RequestState::kOpen, absl::Milliseconds(1)).status().code(),
      absl::StatusCode::kDeadlineExceeded);
}

TEST_F(ControlTest, ResetForgetsAndRestores) {
  auto client = Connect();
  client->Send(RawRequest("DELETE", "/v1/accounts/test-account/models/own-base", ""));
  EXPECT_EQ(client->ReadResponse().status, 200);
  EXPECT_EQ(Control("POST", "/simulator/reset").status, 200);
  EXPECT_TRUE(simulator_->Requests().empty());
  client->Send(RawRequest("GET", "/v1/accounts/test-account/models/own-base", ""));
  EXPECT_EQ(client->ReadResponse().status, 200);
}

}  // namespace
}  // namespace fireworks::simulator
