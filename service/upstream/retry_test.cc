// What is repeated, and what is not: the table of docs/upstream.md, against an
// upstream that counts what reaches it.
#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/upstream/client.h"
#include "service/upstream/testing/client_fixture.h"

namespace fireworks::upstream {
namespace {

using std::chrono::milliseconds;
using testing::ClientFixture;
using testing::Connection;
using testing::Get;
using testing::kPatience;
using testing::Post;
using testing::ReceivedRequest;
using testing::Recorder;
using testing::ScriptedServer;
using testing::Stream;
using ::testing::ElementsAre;

Request Of(std::string method, RetryClass retry_class = RetryClass::kByMethod) {
  Request request = method == "GET" || method == "DELETE" ? Get("/x") : Post("/x", "{\"a\":1}");
  request.method = std::move(method);
  request.retry_class = retry_class;
  return request;
}

// Ends the connection with an answer of `status`.
void Refuse(Connection connection, int status, absl::string_view more_headers = {}) {
  connection.ReadRequest();
  connection.SendAnswer(status, "text/plain", "no", absl::StrCat("connection: close\r\n",
                                                                 more_headers));
}

// Repeats at once.
class RetryTest : public ClientFixture {
 protected:
  void SetUp() override {
    options_.retry.emplace();
    options_.retry->random = [] { return 0.0; };
  }

  // Lets the next attempt succeed.
  ReceivedRequest AnswerNext() {
    Connection connection = server_.Accept();
    ReceivedRequest request = connection.ReadRequest();
    connection.SendAnswer(200, "text/plain", "fine");
    return request;
  }

  void ExpectSuccess(int attempts) {
    const Outcome outcome = recorder_->AwaitEnd();
    EXPECT_EQ(outcome.end, End::kComplete) << outcome.detail;
    EXPECT_EQ(outcome.body, "fine");
    EXPECT_EQ(outcome.attempts, attempts);
    EXPECT_FALSE(outcome.safe_to_repeat);
    EXPECT_EQ(recorder_->AwaitHead().status, 200);
    EXPECT_TRUE(server_.IsQuiet());
  }

  // That the exchange has ended with a refusal, after so many attempts.
  Outcome ExpectRefusal(int status, int attempts) {
    Outcome outcome = recorder_->AwaitEnd();
    EXPECT_EQ(outcome.end, End::kComplete) << outcome.detail;
    EXPECT_EQ(outcome.body, "no");
    EXPECT_EQ(outcome.attempts, attempts);
    EXPECT_EQ(recorder_->heads(), 1);
    EXPECT_EQ(recorder_->AwaitHead().status, status);
    EXPECT_TRUE(server_.IsQuiet());
    return outcome;
  }
};

// --- The table.

struct Row {
  std::string name;
  std::string method;
  RetryClass retry_class;
  // What happens to the first attempt, when its connection has been accepted.
  std::function<void(Connection)> failure;
  bool repeated;
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

std::vector<Row> Rows() {
  const auto reset = [](Connection connection) {
    connection.ReadRequest();
    connection.Reset();
  };
  const auto close_in_the_head = [](Connection connection) {
    connection.ReadRequest();
    connection.Send("HTTP/1.1 503 Serv");
  };
  const auto close_in_the_error = [](Connection connection) {
    connection.ReadRequest();
    connection.Send("HTTP/1.1 503 Words\r\ncontent-length: 10\r\n\r\nhalf");
  };
  const auto close_in_the_answer = [](Connection connection) {
    connection.ReadRequest();
    connection.Send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf");
  };
  const auto no_http = [](Connection connection) {
    connection.ReadRequest();
    connection.Send("SSH-2.0-server\r\n\r\n");
  };
  constexpr RetryClass kByMethod = RetryClass::kByMethod;
  std::vector<Row> rows = {
      {"GetReset", "GET", kByMethod, reset, true},
      {"DeleteReset", "DELETE", kByMethod, reset, true},
      {"PutReset", "PUT", kByMethod, reset, true},
      {"PostReset", "POST", kByMethod, reset, false},
      {"PatchReset", "PATCH", kByMethod, reset, false},
      {"IdempotentPostReset", "POST", RetryClass::kIdempotent, reset, true},
      {"NonIdempotentPutReset", "PUT", RetryClass::kNonIdempotent, reset, false},
      {"NeverGetReset", "GET", RetryClass::kNever, reset, false},
      {"GetCloseInTheHead", "GET", kByMethod, close_in_the_head, true},
      {"PostCloseInTheHead", "POST", kByMethod, close_in_the_head, false},
      {"GetCloseInTheError", "GET", kByMethod, close_in_the_error, true},
      {"PostCloseInTheError", "POST", kByMethod, close_in_the_error, true},
      {"GetCloseInTheAnswer", "GET", kByMethod, close_in_the_answer, true},
      {"PostCloseInTheAnswer", "POST", kByMethod, close_in_the_answer, false},
      {"GetNoHttp", "GET", kByMethod, no_http, false},
  };
  for (const int status :
       {200, 302, 400, 401, 404, 408, 409, 425, 429, 500, 501, 502, 503, 504, 520}) {
    const auto refuse = [status](Connection connection) {
      Refuse(std::move(connection), status);
    };
    const bool any = status == 429 || status == 503;
    const bool idempotent =
        any || status == 408 || status == 500 || status == 502 || status == 504;
    rows.push_back({absl::StrCat("Get", status), "GET", kByMethod, refuse, idempotent});
    rows.push_back({absl::StrCat("Post", status), "POST", kByMethod, refuse, any});
    rows.push_back({absl::StrCat("Never", status), "GET", RetryClass::kNever, refuse, false});
  }
  return rows;
}

class RetryTableTest : public RetryTest, public ::testing::WithParamInterface<Row> {};

TEST_P(RetryTableTest, Row) {
  const Row& row = GetParam();
  Start(Of(row.method, row.retry_class));
  row.failure(server_.Accept());
  if (row.repeated) {
    const ReceivedRequest again = AnswerNext();
    EXPECT_THAT(again.head, ::testing::StartsWith(absl::StrCat(row.method, " /x ")));
    EXPECT_EQ(again.body, Of(row.method).body);
    ExpectSuccess(2);
    EXPECT_EQ(recorder_->heads(), 1);
  } else {
    const Outcome outcome = recorder_->AwaitEnd();
    EXPECT_EQ(outcome.attempts, 1);
    // Of what is never repeated here, the caller may repeat some.
    EXPECT_TRUE(!outcome.safe_to_repeat || row.retry_class == RetryClass::kNever);
    EXPECT_TRUE(server_.IsQuiet());
  }
}

INSTANTIATE_TEST_SUITE_P(Rows, RetryTableTest, ::testing::ValuesIn(Rows()),
                         [](const auto& info) { return info.param.name; });

// --- Failures to connect.

class RetryConnectTest : public RetryTest {
 protected:
  // The upstream comes up between the first attempt and the second.
  Outcome RunWhileUpstreamComesUp(Request request) {
    ScriptedServer late{ScriptedServer::Refusing()};
    options_.base_url = late.url();
    std::promise<void> up;
    options_.retry->random = [&] {
      late.Listen();
      up.set_value();
      return 0.0;
    };
    Start(std::move(request));
    if (up.get_future().wait_for(kPatience) != std::future_status::ready) {
      ADD_FAILURE() << "nothing is repeated";
      return recorder_->AwaitEnd();
    }
    Connection connection = late.Accept();
    connection.ReadRequest();
    connection.SendAnswer(200, "text/plain", "fine");
    return recorder_->AwaitEnd();
  }
};

TEST_F(RetryConnectTest, GetIsRepeated) {
  const Outcome outcome = RunWhileUpstreamComesUp(Of("GET"));
  EXPECT_EQ(outcome.body, "fine");
  EXPECT_EQ(outcome.attempts, 2);
}

TEST_F(RetryConnectTest, PostIsRepeatedBecauseNothingWasSent) {
  const Outcome outcome = RunWhileUpstreamComesUp(Of("POST"));
  EXPECT_EQ(outcome.body, "fine");
  EXPECT_EQ(outcome.attempts, 2);
}

TEST_F(RetryConnectTest, NeverIsNotRepeatedButSafeForTheCallerToRepeat) {
  const ScriptedServer refusing{ScriptedServer::Refusing()};
  options_.base_url = refusing.url();
  Start(Of("POST", RetryClass::kNever));
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kConnectFailed);
  EXPECT_EQ(outcome.attempts, 1);
  EXPECT_TRUE(outcome.safe_to_repeat);
}

TEST_F(RetryConnectTest, UploadIsNotRepeated) {
  const ScriptedServer refusing{ScriptedServer::Refusing()};
  options_.base_url = refusing.url();
  Request request = Of("PUT", RetryClass::kIdempotent);
  request.more_body = true;
  Start(std::move(request));
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kConnectFailed);
  EXPECT_EQ(outcome.attempts, 1);
}

TEST_F(RetryConnectTest, NoConnectionLeftIsNotRepeated) {
  options_.max_connections_per_loop = 1;
  const auto filling = client().Start(Stream(), std::make_shared<Recorder>());
  Connection connection = server_.Accept();
  connection.ReadRequest();
  Start(Get("/x"));
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kConnectFailed);
  EXPECT_EQ(outcome.attempts, 0);
  EXPECT_TRUE(outcome.safe_to_repeat);
}

// --- What may have started is never sent twice.

TEST_F(RetryTest, PostOnAReusedConnectionThatDiesIsSentOnce) {
  auto first = std::make_shared<Recorder>();
  client().Start(Get("/warm-up"), first);
  Connection connection = server_.Accept();
  connection.ReadRequest();
  connection.SendAnswer(200, "text/plain", "");
  first->AwaitEnd();
  Start(Post("/x", "{}"));
  connection.ReadRequest();
  connection.Close();
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kReset) << outcome.detail;
  EXPECT_EQ(outcome.attempts, 1);
  EXPECT_FALSE(outcome.safe_to_repeat);
  EXPECT_TRUE(server_.IsQuiet());
}

TEST_F(RetryTest, PostThatIsNotAnsweredInTimeIsSentOnce) {
  Request request = Post("/x", "{}");
  request.first_event_timeout = milliseconds(100);
  Start(std::move(request));
  Connection connection = server_.Accept();
  connection.ReadRequest();
  EXPECT_EQ(recorder_->AwaitEnd().end, End::kFirstEventTimeout);
  EXPECT_TRUE(connection.AwaitClose());
  EXPECT_TRUE(server_.IsQuiet());
}

TEST_F(RetryTest, StreamThatBreaksBeforeItsFirstEventIsSentOnce) {
  Request request = Stream();
  request.retry_class = RetryClass::kIdempotent;
  Connection connection = StartStream("", std::move(request));
  recorder_->AwaitHead();
  connection.Reset();
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kReset);
  EXPECT_FALSE(outcome.safe_to_repeat);
  EXPECT_TRUE(server_.IsQuiet());
}

TEST_F(RetryTest, StreamThatIsRefusedIsRepeated) {
  Start(Stream());
  Refuse(server_.Accept(), 503);
  Connection connection = server_.Accept();
  EXPECT_EQ(connection.ReadRequest().body, "{}");
  connection.SendStreamHead("data: 1\n\n");
  connection.Close();
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kComplete);
  EXPECT_EQ(outcome.attempts, 2);
  EXPECT_THAT(recorder_->events(), ElementsAre("1"));
}

TEST_F(RetryTest, RepeatUsesTheConnectionThatIsThere) {
  Start(Post("/x", "{}"));
  Connection connection = server_.Accept();
  connection.ReadRequest();
  connection.SendAnswer(429, "text/plain", "no");
  connection.ReadRequest();
  connection.SendAnswer(200, "text/plain", "fine");
  ExpectSuccess(2);
  EXPECT_TRUE(recorder_->AwaitEnd().connection_reused);
}

// --- Limits.

TEST_F(RetryTest, OffUnlessAskedFor) {
  options_.retry.reset();
  Start(Get("/x"));
  Refuse(server_.Accept(), 503);
  EXPECT_TRUE(ExpectRefusal(503, 1).safe_to_repeat);
}

TEST_F(RetryTest, AttemptsAreBoundedAndTheLastOneIsShown) {
  Start(Post("/x", "{}"));
  Refuse(server_.Accept(), 503);
  Refuse(server_.Accept(), 429);
  Refuse(server_.Accept(), 503, "retry-after: 3\r\n");
  const Outcome outcome = ExpectRefusal(503, 3);
  EXPECT_TRUE(outcome.safe_to_repeat);
  EXPECT_EQ(outcome.retry_after, std::chrono::seconds(3));
  // Three heads of the request, and its body, were sent, and counted.
  EXPECT_GE(outcome.bytes_sent, 3u * 50);
  EXPECT_GE(outcome.bytes_received, 3u * 50);
}

TEST_F(RetryTest, BytesSentInAnEarlierAttemptAreNotForgotten) {
  std::optional<ScriptedServer> going(std::in_place);
  options_.retry->max_attempts = 2;
  options_.base_url = going->url();
  Start(Get("/x"));
  {
    Connection connection = going->Accept();
    going.reset();
    connection.ReadRequest();
    connection.Reset();
  }
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kConnectFailed) << outcome.detail;
  EXPECT_EQ(outcome.attempts, 2);
  EXPECT_TRUE(outcome.request_sent);
}

TEST_F(RetryTest, BudgetThatIsSpentEndsAllRepeating) {
  options_.retry->budget_share = 0;
  options_.retry->budget_floor = 1;
  Start(Get("/x"));
  Refuse(server_.Accept(), 503);
  Refuse(server_.Accept(), 503);
  EXPECT_TRUE(ExpectRefusal(503, 2).safe_to_repeat);
}

TEST_F(RetryTest, BudgetGrowsBackWithTime) {
  std::atomic<int> hours{1};
  options_.now = [&hours] { return Clock::time_point(std::chrono::hours(hours)); };
  options_.retry->budget_floor = 1;
  Start(Get("/x"));
  Refuse(server_.Accept(), 503);
  Refuse(server_.Accept(), 503);
  ExpectRefusal(503, 2);
  ++hours;
  auto second = std::make_shared<Recorder>();
  client().Start(Get("/x"), second);
  Refuse(server_.Accept(), 503);
  AnswerNext();
  EXPECT_EQ(second->AwaitEnd().attempts, 2);
}

TEST_F(RetryTest, UpstreamMayForbidIt) {
  Start(Get("/x"));
  Refuse(server_.Accept(), 503, "x-should-retry: false\r\n");
  EXPECT_FALSE(ExpectRefusal(503, 1).safe_to_repeat);
}

TEST_F(RetryTest, UpstreamMayNotExtendIt) {
  Start(Post("/x", "{}"));
  Refuse(server_.Accept(), 500, "x-should-retry: true\r\n");
  EXPECT_FALSE(ExpectRefusal(500, 1).safe_to_repeat);
}

TEST_F(RetryTest, UnusablePolicyIsRefused) {
  options_.base_url = server_.url();
  options_.retry->max_attempts = 0;
  EXPECT_EQ(Client::Create(options_).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace fireworks::upstream
