// Keys of a ring on the wire, while they change.
#include <memory>
#include <string>
#include <vector>

#include "service/upstream/key_ring.h"
#include "service/upstream/testing/client_fixture.h"
#include "tests/support/test_folder.h"

namespace fireworks::upstream {
namespace {

using testing_support::TestFolder;
using testing::ClientFixture;
using testing::Connection;
using testing::Get;
using testing::ReceivedRequest;
using testing::Recorder;
using ::testing::HasSubstr;
using ::testing::Not;

class KeyRingClientTest : public ClientFixture {
 protected:
  void MakeRing(std::vector<std::string> files) {
    KeyRingOptions ring_options;
    ring_options.labels = {{"main", std::move(files)}};
    ring_options.default_label = "main";
    absl::StatusOr<std::unique_ptr<KeyRing>> ring = KeyRing::Create(ring_options);
    ASSERT_TRUE(ring.ok()) << ring.status();
    ring_ = *std::move(ring);
  }

  Request WithKey(Request request) const {
    request.key = *ring_->Pick("");
    return request;
  }

  // Sends a request and returns what the server got of it.
  ReceivedRequest Exchanged(Request request) {
    auto recorder = std::make_shared<Recorder>();
    client().Start(std::move(request), recorder);
    Connection connection = server_.Accept();
    ReceivedRequest received = connection.ReadRequest();
    connection.SendAnswer(200, "text/plain", "", "connection: close\r\n");
    EXPECT_EQ(recorder->AwaitEnd().end, End::kComplete);
    return received;
  }

  TestFolder folder_;
  std::unique_ptr<KeyRing> ring_;
};

TEST_F(KeyRingClientTest, RequestsKeyTakesThePlaceOfTheClients) {
  options_.api_key = Secret("fw_client");
  MakeRing({folder_.Replace("key", "fw_ring")});
  const ReceivedRequest with = Exchanged(WithKey(Get("/x")));
  EXPECT_EQ(with.Header("authorization"), "Bearer fw_ring");
  EXPECT_EQ(with.Count("authorization"), 1);
  EXPECT_EQ(Exchanged(Get("/x")).Header("authorization"), "Bearer fw_client");
}

TEST_F(KeyRingClientTest, RequestsOwnAuthorizationTakesThePlaceOfBothKeys) {
  options_.api_key = Secret("fw_client");
  MakeRing({folder_.Replace("key", "fw_ring")});
  Request request = WithKey(Get("/x"));
  request.headers = {{"Authorization", "Bearer callers"}};
  const ReceivedRequest received = Exchanged(std::move(request));
  EXPECT_EQ(received.Header("authorization"), "Bearer callers");
  EXPECT_EQ(received.Count("authorization"), 1);
}

TEST_F(KeyRingClientTest, RequestThatRunsKeepsItsKeyWhileTheNextHasTheNewOne) {
  MakeRing({folder_.Replace("key", "fw_1")});
  exchange_ = Start(WithKey(testing::Stream()));
  Connection running = server_.Accept();
  EXPECT_EQ(running.ReadRequest().Header("authorization"), "Bearer fw_1");
  running.SendStreamHead("data: 1\n\n");
  recorder_->AwaitEvents(1);

  folder_.Replace("key", "fw_2");
  EXPECT_EQ(ring_->Refresh().size(), 1u);
  EXPECT_EQ(Exchanged(WithKey(Get("/x"))).Header("authorization"), "Bearer fw_2");

  running.Send("data: 2\n\n");
  recorder_->AwaitEvents(2);
  running.Close();
  EXPECT_EQ(recorder_->AwaitEnd().end, End::kComplete);
}

TEST_F(KeyRingClientTest, RepeatedRequestHasTheKeyThatItBeganWith) {
  RetryPolicy retry;
  retry.initial_backoff = std::chrono::milliseconds(1);
  options_.retry = retry;
  MakeRing({folder_.Replace("key", "fw_1")});
  Start(WithKey(Get("/x")));
  Connection first = server_.Accept();
  EXPECT_EQ(first.ReadRequest().Header("authorization"), "Bearer fw_1");
  folder_.Replace("key", "fw_2");
  ring_->Refresh();
  first.SendAnswer(503, "text/plain", "", "connection: close\r\n");
  Connection second = server_.Accept();
  EXPECT_EQ(second.ReadRequest().Header("authorization"), "Bearer fw_1");
  second.SendAnswer(200, "text/plain", "");
  EXPECT_EQ(recorder_->AwaitEnd().attempts, 2);
}

TEST_F(KeyRingClientTest, RequestAfterARefusalHasTheOtherKey) {
  folder_.Replace("old", "fw_old");
  folder_.Replace("new", "fw_new");
  folder_.Date("old", 1000);
  folder_.Date("new", 2000);
  MakeRing({folder_.Path("old"), folder_.Path("new")});
  Request request = WithKey(Get("/x"));
  const std::shared_ptr<const ApiKey> key = request.key;
  Start(std::move(request));
  Connection connection = server_.Accept();
  EXPECT_EQ(connection.ReadRequest().Header("authorization"), "Bearer fw_new");
  connection.SendAnswer(401, "application/json", "{}", "connection: close\r\n");
  recorder_->AwaitEnd();
  ASSERT_EQ(recorder_->AwaitHead().status, 401);
  ring_->Refused(*key);
  EXPECT_EQ(Exchanged(WithKey(Get("/x"))).Header("authorization"), "Bearer fw_old");
}

// The bytes are wiped with the last owner: there must be none beyond the request.
TEST_F(KeyRingClientTest, NobodyKeepsTheKeyOfARequestThatHasEnded) {
  MakeRing({folder_.Replace("key", "fw_1")});
  Request request = WithKey(Get("/x"));
  const std::weak_ptr<const ApiKey> key = request.key;
  folder_.Replace("key", "fw_2");
  ring_->Refresh();
  EXPECT_FALSE(key.expired());
  Exchanged(std::move(request));
  client_.reset();
  EXPECT_TRUE(key.expired());
}

TEST_F(KeyRingClientTest, OutcomeNeverHoldsTheKey) {
  MakeRing({folder_.Replace("key", "fw_canary")});
  Start(WithKey(Get("/x")));
  Connection connection = server_.Accept();
  connection.ReadRequest();
  connection.Send("fw_canary\r\n");
  connection.Close();
  EXPECT_THAT(recorder_->AwaitEnd().detail, Not(HasSubstr("canary")));
}

}  // namespace
}  // namespace fireworks::upstream
