// The simulator over real sockets: streams, directives, closing, backpressure.
#include "tests/simulator/simulator.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "nlohmann/json.hpp"
#include "tests/simulator/testing/raw_client.h"
#include "tests/simulator/testing/simulator_fixture.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST_F(SimulatorTest, StreamIsEventsAndDone) {
  auto client = Send("r1", "");
  const RawResponse head = client->ReadHead();
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(FindHeader(head.headers, "content-type"), "text/event-stream");
  EXPECT_EQ(FindHeader(head.headers, "x-request-id"), "r1");
  EXPECT_EQ(FindHeader(head.headers, "x-ratelimit-over-limit"), "no");
  const std::vector<std::string> events = client->ReadEvents();
  EXPECT_TRUE(client->body_ended());
  ASSERT_EQ(events.size(), 4u);
  EXPECT_THAT(events[0], HasSubstr(R"("delta":{"role":"assistant"})"));
  EXPECT_THAT(events[1], HasSubstr(R"("content":"one two three")"));
  EXPECT_THAT(events[2], HasSubstr(R"("finish_reason":"stop")"));
  EXPECT_EQ(events[3], "[DONE]");
  EXPECT_EQ(Await("r1", RequestState::kFinished).events_sent, 4u);
}

TEST_F(SimulatorTest, UnaryAnswerHasPerfHeaders) {
  auto client = Send("r1", "", kUnaryBody);
  const RawResponse response = client->ReadResponse();
  EXPECT_EQ(response.status, 200);
  EXPECT_NE(FindHeader(response.headers, "fireworks-server-processing-time"), "");
  EXPECT_EQ(Json::parse(response.body)["choices"][0]["message"]["content"], "one two three");
}

TEST_F(SimulatorTest, ConnectionIsReused) {
  auto client = Connect();
  for (int i = 0; i < 3; ++i) {
    client->Send(RawRequest("POST", kChat, i == 1 ? kStreamBody : kUnaryBody));
    const RawResponse response = client->ReadResponse();
    EXPECT_EQ(response.status, 200);
    EXPECT_TRUE(response.complete);
  }
  EXPECT_EQ(simulator_->stats().connections.accepted_connections, 1u);
}

TEST_F(SimulatorTest, PipelinedRequestsAreAnsweredInOrder) {
  auto client = Connect();
  const std::string one = RawRequest("POST", kChat, kStreamBody, "X-Request-Id: a\r\n");
  const std::string two = RawRequest("POST", kChat, kUnaryBody, "X-Request-Id: b\r\n");
  client->Send(one + two + one);
  for (const char* id : {"a", "b", "a"}) {
    const RawResponse response = client->ReadResponse();
    EXPECT_TRUE(response.complete);
    EXPECT_EQ(FindHeader(response.headers, "x-request-id"), id);
  }
}

TEST_F(SimulatorTest, RequestInSinglePiecesIsUnderstood) {
  auto client = Connect();
  for (const char byte : RawRequest("POST", kChat, kUnaryBody)) {
    client->Send(absl::string_view(&byte, 1));
  }
  EXPECT_EQ(client->ReadResponse().status, 200);
}

TEST_F(SimulatorTest, ConnectionCloseIsObeyed) {
  auto client = Connect();
  client->Send(RawRequest("POST", kChat, kUnaryBody, "Connection: close\r\n"));
  const RawResponse response = client->ReadResponse();
  EXPECT_TRUE(response.complete);
  EXPECT_EQ(FindHeader(response.headers, "connection"), "close");
  EXPECT_EQ(client->ReadHead().status, 0);
}

TEST_F(SimulatorTest, GarbageIsRefused) {
  auto client = Connect();
  client->Send("no such protocol\r\n\r\n");
  EXPECT_EQ(client->ReadHead().status, 400);
}

TEST_F(SimulatorTest, CredentialsAreRequired) {
  for (const char* key : {"", "Authorization: Bearer bad-key\r\n", "Authorization: Basic x\r\n"}) {
    auto client = Connect();
    client->Send(absl::StrCat("GET /inference/v1/models HTTP/1.1\r\nHost: x\r\n", key, "\r\n"));
    const RawResponse inference = client->ReadResponse();
    EXPECT_EQ(inference.status, 401);
    EXPECT_THAT(inference.body, HasSubstr(R"("code":"UNAUTHORIZED")"));
    client->Send(absl::StrCat("GET /v1/accounts/a/models HTTP/1.1\r\nHost: x\r\n", key, "\r\n"));
    const RawResponse management = client->ReadResponse();
    EXPECT_EQ(management.status, 403);
    EXPECT_THAT(management.body, HasSubstr("request_id"));
  }
}

TEST_F(SimulatorTest, ErrorsHaveTheShapeOfTheirApi) {
  const auto body = [this](const char* method, const char* target, const char* request_body) {
    auto client = Connect();
    client->Send(RawRequest(method, target, request_body));
    const RawResponse response = client->ReadResponse();
    return absl::StrCat(response.status, " ", response.body);
  };
  EXPECT_THAT(body("GET", "/v1/nothing", ""), StartsWith(R"(404 {"code":5,"details":[])"));
  EXPECT_THAT(body("GET", "/inference/v1/nothing", ""), HasSubstr(R"("code":"NOT_FOUND")"));
  EXPECT_THAT(body("POST", kChat, "{"), StartsWith(R"(400 {"error":{"object":"error")"));
  EXPECT_THAT(body("POST", kChat, R"({"model":"m","x":1,"messages":[{"role":"user"}]})"),
              HasSubstr("Extra inputs are not permitted, field: 'x', value: 1"));
  EXPECT_THAT(body("POST", kChat, R"({"model":"missing-1","messages":[{"role":"user"}]})"),
              StartsWith("404 "));
}

TEST_F(SimulatorTest, DirectivesComeThroughAffinityAndMetadataToo) {
  auto client = Connect();
  client->Send(RawRequest("POST", kChat, kUnaryBody, "X-Session-Affinity: sim:status=429\r\n"));
  EXPECT_EQ(client->ReadResponse().status, 429);
  client->Send(RawRequest("POST", kChat,
                          R"({"model":"m","metadata":{"simulator":"status=503;body=html"},)"
                          R"("messages":[{"role":"user"}]})"));
  const RawResponse response = client->ReadResponse();
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(FindHeader(response.headers, "content-type"), "text/html");
  client->Send(
      RawRequest("GET", "/v1/accounts/fireworks/models", "", "X-Simulator: status=500\r\n"));
  EXPECT_EQ(client->ReadResponse().status, 500);
}

TEST_F(SimulatorTest, UnknownDirectiveIsRefused) {
  EXPECT_EQ(Send("r1", "speed=9")->ReadResponse().status, 400);
}

TEST_F(SimulatorTest, StepModeSendsNothingUnasked) {
  auto client = Send("r1", "step=1");
  EXPECT_EQ(client->ReadHead().status, 200);
  ASSERT_TRUE(simulator_->Release("r1", 1).ok());
  EXPECT_THAT(*client->ReadChunk(), HasSubstr("assistant"));
  // The journal shows that the client had the first event before the second was sent.
  EXPECT_EQ(simulator_->WaitForEvents("r1", 1)->events_sent, 1u);
  ASSERT_TRUE(simulator_->Release("r1", 100).ok());
  EXPECT_EQ(client->ReadEvents().size(), 3u);
  EXPECT_EQ(Await("r1", RequestState::kFinished).events_sent, 4u);
  EXPECT_FALSE(simulator_->Release("nobody", 1).ok());
}

TEST_F(SimulatorTest, StepModeHoldsUnaryAnswersToo) {
  auto client = Send("r1", "step=1", kUnaryBody);
  EXPECT_EQ(Await("r1", RequestState::kOpen).bytes_sent, 0u);
  ASSERT_TRUE(simulator_->Release("r1", 1).ok());
  EXPECT_EQ(client->ReadResponse().status, 200);
}

TEST_F(SimulatorTest, PacedStreamArrivesWhole) {
  auto client = Send("r1", "pace_ms=2;tokens=30");
  client->ReadHead();
  EXPECT_EQ(client->ReadEvents().back(), "[DONE]");
}

// In every way of being slow the simulator notices at once that the client left.
class ClientCloseTest : public SimulatorTest, public testing::WithParamInterface<const char*> {};

TEST_P(ClientCloseTest, CloseIsNoticed) {
  auto client = Send("r1", GetParam());
  Await("r1", RequestState::kOpen);
  client->Close();
  EXPECT_LE(Await("r1", RequestState::kClientClosed).events_sent, 1u);
}

INSTANTIATE_TEST_SUITE_P(Ways, ClientCloseTest,
                         testing::Values("step=1", "pace_ms=600000", "hang=headers",
                                         "hang=events"));

TEST_F(SimulatorTest, ClientCloseUnderBackpressureIsNoticed) {
  auto client = Connect(4096);
  client->Send(RawRequest("POST", kChat,
                          R"({"model":"m","stream":true,"messages":[{"role":"user"}]})",
                          "X-Request-Id: r1\r\nX-Simulator: bytes=100000;events=1000\r\n"));
  ASSERT_TRUE(simulator_->WaitForEvents("r1", 1).ok());
  client->Close();
  EXPECT_LT(Await("r1", RequestState::kClientClosed).events_sent, 1000u);
}

TEST_F(SimulatorTest, SlowReaderHoldsTheSimulatorBack) {
  auto client = Connect(4096);
  client->Send(RawRequest("POST", kChat,
                          R"({"model":"m","stream":true,"messages":[{"role":"user"}]})",
                          "X-Request-Id: r1\r\nX-Simulator: blast=1;bytes=1000;events=100000\r\n"));
  EXPECT_EQ(client->ReadHead().status, 200);
  ASSERT_TRUE(client->ReadChunk().has_value());
  // Nothing bounds the time after which it would have sent more, so the proof
  // is that other requests are answered while this one is stuck.
  for (int i = 0; i < 20; ++i) {
    auto other = Send(absl::StrCat("other-", i), "", kUnaryBody);
    EXPECT_EQ(other->ReadResponse().status, 200);
  }
  const SeenRequest stuck = *simulator_->Find("r1");
  EXPECT_EQ(stuck.state, RequestState::kOpen);
  EXPECT_LT(stuck.bytes_sent, 8u << 20);
  EXPECT_GE(client->ReadEvents().size(), 100'000u);
  EXPECT_GT(Await("r1", RequestState::kFinished).bytes_sent, 100u << 20);
}

TEST_F(SimulatorTest, CloseAfterCutsTheStream) {
  auto client = Send("r1", "close_after=2");
  client->ReadHead();
  EXPECT_EQ(client->ReadEvents().size(), 2u);
  EXPECT_FALSE(client->body_ended());
  EXPECT_FALSE(client->was_reset());
  EXPECT_EQ(Await("r1", RequestState::kAborted).events_sent, 2u);
}

TEST_F(SimulatorTest, ResetAfterResets) {
  auto client = Send("r1", "reset_after=1");
  client->ReadHead();
  client->ReadEvents();
  EXPECT_TRUE(client->was_reset());
  Await("r1", RequestState::kAborted);
}

TEST_F(SimulatorTest, UnaryBodyCanBeCutInTheMiddle) {
  auto client = Send("r1", "close_after=1", kUnaryBody);
  const RawResponse response = client->ReadResponse();
  EXPECT_EQ(response.status, 200);
  EXPECT_FALSE(response.complete);
  EXPECT_FALSE(response.body.empty());
}

TEST_F(SimulatorTest, MissingDoneCommentsAndCrlf) {
  auto client = Send("r1", "done=0;comment_every=2;crlf=1");
  client->ReadHead();
  std::string all;
  while (const auto chunk = client->ReadChunk()) all += *chunk;
  EXPECT_TRUE(client->body_ended());
  EXPECT_THAT(all, Not(HasSubstr("[DONE]")));
  EXPECT_THAT(all, StartsWith(": keep-alive\r\n\r\ndata: {"));
  EXPECT_THAT(all, HasSubstr("}\r\n\r\n: keep-alive\r\n\r\ndata: {"));
}

TEST_F(SimulatorTest, BlastSendsTheNumberOfEventsAskedFor) {
  auto client = Send("r1", "blast=1;events=1001",
                     R"({"model":"m","stream":true,"messages":[{"role":"user"}]})");
  client->ReadHead();
  // A role chunk, a finish chunk and [DONE] beside them.
  EXPECT_EQ(client->ReadEvents().size(), 1004u);
  EXPECT_EQ(Await("r1", RequestState::kFinished).events_sent, 1004u);
}

TEST_F(SimulatorTest, BlastWritesEventsOneByOneWhereItIsToldTo) {
  auto client = Send("r1", "blast=1;blast_bytes=0;events=1001;close_after=10",
                     R"({"model":"m","stream":true,"messages":[{"role":"user"}]})");
  client->ReadHead();
  client->ReadEvents();
  // Blocks would pass the tenth event before they end.
  EXPECT_EQ(Await("r1", RequestState::kAborted).events_sent, 10u);
}

// Two descriptors each, and the usual limit is 1024.
TEST_F(SimulatorTest, HundredsOfStreamsAreOpenAtOnce) {
  constexpr std::size_t kStreams = 400;
  std::vector<std::unique_ptr<RawClient>> clients;
  for (std::size_t i = 0; i < kStreams; ++i)
    clients.push_back(Send(absl::StrCat("s", i), "step=1"));
  for (std::size_t i = 0; i < kStreams; ++i) {
    ASSERT_TRUE(simulator_->WaitForState(absl::StrCat("s", i), RequestState::kOpen).ok());
    ASSERT_TRUE(simulator_->Release(absl::StrCat("s", i), 4).ok());
  }
  for (auto& client : clients) {
    EXPECT_EQ(client->ReadHead().status, 200);
    EXPECT_EQ(client->ReadEvents().size(), 4u);
  }
  EXPECT_EQ(simulator_->stats().connections.open_connections, kStreams);
}

TEST_F(SimulatorTest, StopCutsWhatIsOpen) {
  auto client = Send("r1", "step=1");
  client->ReadHead();
  simulator_->Stop();
  EXPECT_FALSE(client->ReadChunk().has_value());
  EXPECT_EQ(simulator_->Find("r1")->state, RequestState::kAborted);
}

TEST(SimulatorStartTest, TakenPortIsAnError) {
  const auto first = Simulator::Start();
  ASSERT_TRUE(first.ok());
  SimulatorOptions options;
  options.server.port = (*first)->port();
  EXPECT_EQ(Simulator::Start(options).status().code(), absl::StatusCode::kUnavailable);
  options.server.host = "not an address";
  EXPECT_EQ(Simulator::Start(options).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(SimulatorStartTest, LaxAcceptsUnknownKeys) {
  SimulatorOptions options;
  options.lax = true;
  const auto simulator = Simulator::Start(options);
  RawClient client((*simulator)->port());
  client.Send(RawRequest("POST", kChat, R"({"model":"m","x":1,"messages":[{"role":"user"}]})"));
  EXPECT_EQ(client.ReadResponse().status, 200);
}

}  // namespace
}  // namespace fireworks::simulator
