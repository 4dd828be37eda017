// What a client sends, and how it takes an ordinary answer.
#include "service/upstream/client.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/upstream/testing/client_fixture.h"

namespace fireworks::upstream {
namespace {

using testing::ClientFixture;
using testing::Connection;
using testing::Get;
using testing::Post;
using testing::ReceivedRequest;
using testing::Recorder;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ClientTest : public ClientFixture {};

TEST_F(ClientTest, GetIsSentAndItsAnswerCollected) {
  Start(Get("/v1/models?page=2"));
  Connection connection = server_.Accept();
  const ReceivedRequest request = connection.ReadRequest();
  EXPECT_THAT(request.head, StartsWith("GET /v1/models?page=2 HTTP/1.1\r\n"));
  EXPECT_EQ(request.Header("user-agent"), "fireworks-grpc");
  EXPECT_EQ(request.Count("content-length"), 0);
  EXPECT_EQ(request.Count("accept-encoding"), 0);
  EXPECT_EQ(request.Count("authorization"), 0);

  connection.SendAnswer(200, "application/json", "{\"a\":1}", "X-Request-Id: r1\r\n");
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kComplete) << outcome.detail;
  EXPECT_EQ(outcome.detail, "");
  EXPECT_EQ(outcome.body, "{\"a\":1}");
  EXPECT_TRUE(outcome.request_sent);
  EXPECT_FALSE(outcome.connection_reused);
  EXPECT_FALSE(outcome.mid_event);
  EXPECT_EQ(outcome.bytes_sent, request.head.size() + 2);
  EXPECT_GT(outcome.bytes_received, outcome.body.size());
  EXPECT_EQ(recorder_->AwaitHead().status, 200);
  EXPECT_EQ(recorder_->AwaitHead().Find("x-request-id"), "r1");
}

TEST_F(ClientTest, PostSendsItsBodyWithoutAskingFirst) {
  const std::string body(3 << 20, 'b');
  Start(Post("/v1/chat", body));
  Connection connection = server_.Accept();
  const ReceivedRequest request = connection.ReadRequest();
  EXPECT_THAT(request.head, StartsWith("POST /v1/chat HTTP/1.1\r\n"));
  EXPECT_EQ(request.Header("content-length"), absl::StrCat(body.size()));
  EXPECT_EQ(request.Header("content-type"), "application/json");
  EXPECT_EQ(request.Count("content-type"), 1);
  EXPECT_EQ(request.Count("expect"), 0);
  EXPECT_EQ(request.Count("transfer-encoding"), 0);
  EXPECT_EQ(request.body, body);

  connection.SendAnswer(200, "application/json", "{}");
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kComplete) << outcome.detail;
  EXPECT_GT(outcome.bytes_sent, body.size());
}

TEST_F(ClientTest, EveryMethodTravelsWithAndWithoutABody) {
  for (const std::string method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
    for (const bool has_body : {false, true}) {
      SCOPED_TRACE(absl::StrCat(method, has_body ? " with a body" : " without a body"));
      auto recorder = std::make_shared<Recorder>();
      Request request = Get("/x");
      request.method = method;
      request.has_body = has_body;
      request.body = has_body ? "{\"k\":0}" : "";
      request.headers = {{"connection-test", "1"}};
      client().Start(std::move(request), recorder);
      // One connection each: the answer's end closes it.
      Connection connection = server_.Accept();
      const ReceivedRequest received = connection.ReadRequest();
      EXPECT_THAT(received.head, StartsWith(absl::StrCat(method, " /x ")));
      EXPECT_EQ(received.body, has_body ? "{\"k\":0}" : "");
      const bool says_length = has_body || (method != "GET" && method != "DELETE");
      EXPECT_EQ(received.Count("content-length"), says_length ? 1 : 0);
      EXPECT_EQ(received.Count("content-type"), 0);
      connection.SendAnswer(200, "application/json", "{}", "connection: close\r\n");
      EXPECT_EQ(recorder->AwaitEnd().end, End::kComplete);
    }
  }
}

TEST_F(ClientTest, ConnectionIsReused) {
  Start(Get("/1"));
  Connection connection = server_.Accept();
  connection.ReadRequest();
  connection.SendAnswer(200, "text/plain", "one");
  EXPECT_FALSE(recorder_->AwaitEnd().connection_reused);

  auto second = std::make_shared<Recorder>();
  client().Start(Get("/2"), second);
  EXPECT_THAT(connection.ReadRequest().head, StartsWith("GET /2"));
  connection.SendAnswer(200, "text/plain", "two");
  const Outcome outcome = second->AwaitEnd();
  EXPECT_TRUE(outcome.connection_reused);
  EXPECT_EQ(outcome.body, "two");
}

TEST_F(ClientTest, KeyIsSentAsBearerToken) {
  options_.api_key = Secret("fw_key");
  Start(Get("/x"));
  Connection connection = server_.Accept();
  EXPECT_EQ(connection.ReadRequest().Header("authorization"), "Bearer fw_key");
  connection.SendAnswer(200, "text/plain", "");
  recorder_->AwaitEnd();
}

TEST_F(ClientTest, AuthorizationOfTheRequestTakesThePlaceOfTheClients) {
  options_.api_key = Secret("fw_key");
  Request request = Get("/x");
  request.headers = {{"Authorization", "Bearer callers"}};
  Start(std::move(request));
  Connection connection = server_.Accept();
  const ReceivedRequest received = connection.ReadRequest();
  EXPECT_EQ(received.Header("authorization"), "Bearer callers");
  EXPECT_EQ(received.Count("authorization"), 1);
  connection.SendAnswer(200, "text/plain", "");
  recorder_->AwaitEnd();
}

TEST_F(ClientTest, BaseUrlPrefixPrecedesTheTarget) {
  options_.base_url = server_.url() + "/prefix/";
  Start(Get("/v1/a%2Fb/../c"));
  Connection connection = server_.Accept();
  EXPECT_THAT(connection.ReadRequest().head, StartsWith("GET /prefix/v1/a%2Fb/../c HTTP"));
  connection.SendAnswer(200, "text/plain", "");
  recorder_->AwaitEnd();
}

TEST_F(ClientTest, ProxyOfTheEnvironmentIsNotUsed) {
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  setenv("all_proxy", "http://127.0.0.1:1", 1);
  Start(Get("/x"));
  Connection connection = server_.Accept();
  connection.ReadRequest();
  connection.SendAnswer(200, "text/plain", "");
  EXPECT_EQ(recorder_->AwaitEnd().end, End::kComplete);
  unsetenv("http_proxy");
  unsetenv("all_proxy");
}

TEST_F(ClientTest, HeaderWithALineBreakIsRefused) {
  Request request = Get("/x");
  request.headers = {{"x-a", "b\r\nx-injected: 1"}};
  Start(std::move(request));
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kProtocol);
  EXPECT_EQ(outcome.detail, "invalid header x-a");
  EXPECT_FALSE(outcome.request_sent);
  EXPECT_TRUE(server_.IsQuiet());
}

TEST_F(ClientTest, RedirectIsAnAnswerLikeAnyOther) {
  Start(Get("/x"));
  Connection connection = server_.Accept();
  connection.ReadRequest();
  connection.SendAnswer(302, "text/plain", "there", "location: /elsewhere\r\n");
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kComplete);
  EXPECT_EQ(outcome.body, "there");
  EXPECT_EQ(recorder_->AwaitHead().status, 302);
  EXPECT_TRUE(connection.IsQuiet());
}

TEST_F(ClientTest, ErrorAnswerIsCollected) {
  Start(testing::Stream());
  Connection connection = server_.Accept();
  connection.ReadRequest();
  connection.SendAnswer(429, "application/json", "{\"error\":{}}", "retry-after: 3\r\n");
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kComplete);
  EXPECT_EQ(outcome.body, "{\"error\":{}}");
  EXPECT_EQ(recorder_->AwaitHead().Find("retry-after"), "3");
  EXPECT_EQ(recorder_->event_count(), 0u);
}

TEST_F(ClientTest, InterimHeadsAreSkipped) {
  Start(Get("/x"));
  Connection connection = server_.Accept();
  connection.ReadRequest();
  connection.Send("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n");
  connection.SendAnswer(200, "text/plain", "late");
  EXPECT_EQ(recorder_->AwaitEnd().body, "late");
  EXPECT_EQ(recorder_->AwaitHead().status, 200);
  EXPECT_EQ(recorder_->AwaitHead().Find("link"), "");
  EXPECT_EQ(recorder_->heads(), 1);
}

TEST_F(ClientTest, HeadRequestHasNoBody) {
  Request request = Get("/x");
  request.method = "HEAD";
  Start(std::move(request));
  Connection connection = server_.Accept();
  EXPECT_THAT(connection.ReadRequest().head, StartsWith("HEAD /x "));
  connection.Send("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n");
  EXPECT_EQ(recorder_->AwaitEnd().end, End::kComplete);
}

TEST_F(ClientTest, ExchangeBeyondTheConnectionLimitFailsAtOnce) {
  options_.max_connections_per_loop = 1;
  Connection connection = StartStream("data: 1\n\n");
  recorder_->AwaitEvents(1);
  auto second = std::make_shared<Recorder>();
  client().Start(Get("/x"), second);
  const Outcome outcome = second->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kConnectFailed);
  EXPECT_THAT(outcome.detail, HasSubstr("in use"));
  EXPECT_FALSE(outcome.request_sent);
  EXPECT_TRUE(server_.IsQuiet());
}

TEST_F(ClientTest, ExchangesSpreadOverLoopsAndLandOnTheLeastBusy) {
  // Each loop has room for one: only an even spread serves four.
  options_.loops = 4;
  options_.max_connections_per_loop = 1;
  std::vector<std::shared_ptr<Recorder>> recorders;
  std::vector<Connection> connections;
  for (int i = 0; i < 4; ++i) {
    recorders.push_back(std::make_shared<Recorder>());
    client().Start(testing::Stream(), recorders.back());
    connections.push_back(server_.Accept());
    connections.back().ReadRequest();
    connections.back().SendStreamHead();
    recorders.back()->AwaitHead();
  }
  // Wherever the turn has come to, the free loop is the one to take.
  connections[2].Close();
  EXPECT_EQ(recorders[2]->AwaitEnd().end, End::kComplete);
  Start(Get("/x"));
  Connection connection = server_.Accept();
  connection.ReadRequest();
  connection.SendAnswer(200, "text/plain", "");
  EXPECT_EQ(recorder_->AwaitEnd().end, End::kComplete);
}

TEST_F(ClientTest, UnusableOptionsAreRefused) {
  ClientOptions options;
  options.base_url = "ftp://example.com";
  EXPECT_EQ(Client::Create(options).status().code(), absl::StatusCode::kInvalidArgument);
  options.base_url = "http://127.0.0.1:1";
  options.ca_file = "/nonexistent";
  EXPECT_EQ(Client::Create(options).status().code(), absl::StatusCode::kInvalidArgument);
  options.ca_file = "/dev/null";
  EXPECT_EQ(Client::Create(options).status().code(), absl::StatusCode::kInvalidArgument);
  options.ca_file.clear();
  options.api_key = Secret("two\nlines");
  EXPECT_EQ(Client::Create(options).status().code(), absl::StatusCode::kInvalidArgument);
  options.api_key = Secret();
  options.loops = 0;
  EXPECT_EQ(Client::Create(options).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace fireworks::upstream
