// Calls that are given up, or whose deadline passes, in every phase of their lives:
// they end once, no connection to the upstream outlives them, and no request follows.
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "gtest/gtest.h"
#include "tests/e2e/error_details.h"
#include "tests/faults/fault_fixture.h"
#include "tests/faults/process_state.h"
#include "tests/faults/raw_peer.h"
#include "tests/faults/slow_resolver.h"
#include "tests/faults/wire.h"

namespace fireworks::faults {
namespace {

using e2e::CallContext;
using e2e::Eventually;
using simulator::RequestState;
using std::chrono::milliseconds;
using Manner = RawPeer::Manner;

// Time for a call to get where it stands, and for the service to answer before it ends.
constexpr milliseconds kDeadline{1500};
// How often a deadline is tried: a busy machine may let it pass too early for either.
constexpr int kTries = 5;

class AbandonedTest;

// Where a call stands for ever, unless it is ended.
struct Phase {
  const char* name;
  // Tells whether the call stands there now.
  std::function<bool(AbandonedTest*, const std::string& request_id)> reached;
  Call call = Call::kChat;
  std::string directives;
  absl::optional<Manner> peer;
  const char* base_url = "";  // of neither simulator nor peer
  bool https = false;
  bool queued = false;  // behind another call, which has the only place
  bool reads = true;    // the caller takes what comes
  // What the upstream has seen by then, and how it saw the request end.
  int requests = 1;
  RequestState last = RequestState::kClientClosed;
};

void PrintTo(const Phase& phase, std::ostream* out) { *out << phase.name; }

class AbandonedTest : public FaultTest, public testing::WithParamInterface<Phase> {
 public:
  // For Phase::reached.
  bool RequestIs(const std::string& request_id, RequestState state, std::size_t events) {
    const auto seen = simulator().Find(request_id);
    return seen.ok() && seen->state == state && seen->events_sent >= events;
  }
  bool IsMetric(const char* name, double value) { return Metric(name) >= value; }
  // Beside those that the peer has to itself.
  std::size_t Connections() {
    return SocketsTo(upstream_port()).all() - (peer_ ? peer_->fillers() : 0);
  }
  RawPeer& peer() { return *peer_; }

 protected:
  // What came of a call that its caller made in a thread of its own.
  struct Ended {
    bool reached = false;
    Result result;
  };

  void Begin() {
    SlowResolver::Get().Close();
    if (phase().peer) peer_ = std::make_unique<RawPeer>(*phase().peer);
    StartService([this](server::Options* options) { Configure(options); });
    channel_ = NewChannel();
    if (phase().queued) TakeThePlace();
  }

  // Ends the service, in which no call is left that it would have to cut off.
  void End() {
    GiveUpThePlace();
    ExpectAllQuiet();
    EXPECT_TRUE(Eventually([this] { return Connections() == 0; })) << Connections();
    ExpectOneEnd();
    service().Drain();
    EXPECT_EQ(Errors("DRAINING"), 0);
    channel_.reset();
    StopService();
    EXPECT_TRUE(SlowResolver::Get().OpenAndAwaitAll());
    peer_.reset();
  }

  static const Phase& phase() { return GetParam(); }
  int upstream_port() { return peer_ ? peer_->port() : simulator().port(); }

  void Configure(server::Options* options) {
    RepeatAtOnce(options);
    // What is not ended by the test is not ended by a limit either.
    options->limits.times.connect = milliseconds(0);
    options->limits.max_wait = std::chrono::duration_cast<milliseconds>(e2e::kPatience);
    if (phase().queued) options->admission = {1, 1};
    if (peer_) {
      options->upstream.base_url =
          absl::StrCat(phase().https ? "https" : "http", "://127.0.0.1:", peer_->port());
    }
    if (*phase().base_url != '\0') options->upstream.base_url = phase().base_url;
  }

  void TakeThePlace() {
    first_ = std::make_unique<CallContext>("hang=headers");
    first_caller_ = std::thread([this] { Make(Call::kChat, channel_, first_.get()); });
    EXPECT_TRUE(simulator().WaitForState(first_->request_id(), RequestState::kOpen).ok());
  }

  void GiveUpThePlace() {
    if (first_ == nullptr) return;
    first_->TryCancel();
    first_caller_.join();
    first_.reset();
  }

  Result MakeCall(CallContext* context) {
    if (phase().reads) return Make(phase().call, channel_, context);
    const auto stub = e2e::ChatService::NewStub(channel_);
    const auto reader = stub->StreamChatCompletion(context, e2e::MakeChatRequest("hello"));
    return {0, "", reader->Finish()};
  }

  // Makes the call, and does `then` when it has got to the phase, or has ended before.
  Ended Run(CallContext* context, const std::function<void()>& then) {
    Ended ended;
    std::atomic<bool> is_over{false};
    std::thread caller([&] {
      ended.result = MakeCall(context);
      is_over = true;
    });
    EXPECT_TRUE(Eventually([&] {
      ended.reached = phase().reached(this, context->request_id());
      return ended.reached || is_over;
    }));
    then();
    caller.join();
    return ended;
  }

  // Calls of others that stand meanwhile.
  std::size_t others() const { return phase().queued ? 1 : 0; }

  // Upstream's connection was closed before upstream had said all, or it never heard of
  // the call; and it hears of it no more.
  void ExpectUpstreamLeftAlone(const std::string& request_id, bool reached) {
    EXPECT_TRUE(Eventually([this] { return Metric("fireworks_active_calls") == others(); }));
    EXPECT_EQ(Metric("fireworks_waiting_calls"), 0);
    EXPECT_TRUE(Eventually([this] { return Connections() == others(); })) << Connections();
    if (peer_) return;
    const int requests = RequestsSeen(request_id);
    EXPECT_LE(requests, phase().requests);
    if (reached) {
      EXPECT_EQ(requests, phase().requests);
    }
    if (requests > 0) {
      EXPECT_TRUE(simulator().WaitForState(request_id, phase().last).ok());
    }
  }

  // Every call was counted once, and so was the one exchange that there was.
  void ExpectOneEnd() {
    EXPECT_EQ(Metric("grpc_server_call_started_total"), 1 + others());
    EXPECT_EQ(Metric("grpc_server_call_duration_seconds"), 1 + others());
    EXPECT_EQ(Metric("fireworks_upstream_exchanges_total"), 1);
  }

  double Errors(const char* reason) {
    return Metric("fireworks_call_errors_total", {{"reason", reason}});
  }

  std::unique_ptr<RawPeer> peer_;
  std::shared_ptr<grpc::Channel> channel_;
  // The call that has the only place.
  std::unique_ptr<CallContext> first_;
  std::thread first_caller_;
};

// ---------------------------------------------------------------- the phases

bool IsConnected(AbandonedTest* test, const std::string&) { return test->Connections() == 1; }

bool HeadIsRead(AbandonedTest* test, const std::string&) { return test->peer().requests() == 1; }

bool RequestIsOpen(AbandonedTest* test, const std::string& request_id) {
  return test->RequestIs(request_id, RequestState::kOpen, 0);
}

bool OneEventIsSent(AbandonedTest* test, const std::string& request_id) {
  return test->RequestIs(request_id, RequestState::kOpen, 1);
}

bool TwoEventsAreSent(AbandonedTest* test, const std::string& request_id) {
  return test->RequestIs(request_id, RequestState::kOpen, 2);
}

Phase QueuedForAdmission() {
  Phase phase{"QueuedForAdmission", [](AbandonedTest* test, const std::string&) {
                return test->IsMetric("fireworks_waiting_calls", 1);
              }};
  phase.queued = true;
  phase.requests = 0;
  return phase;
}

Phase Resolving() {
  Phase phase{"Resolving", [](AbandonedTest*, const std::string&) {
                return SlowResolver::Get().inside() > 0;
              }};
  phase.base_url = "http://slow.test:9";
  phase.requests = 0;
  return phase;
}

Phase AtPeer(const char* name, Call call, Manner manner, decltype(Phase::reached) reached) {
  Phase phase{name, std::move(reached), call};
  phase.peer = manner;
  return phase;
}

Phase InTheTlsHandshake() {
  Phase phase = AtPeer("InTheTlsHandshake", Call::kChat, Manner::kIsSilent,
                       [](AbandonedTest* test, const std::string&) {
                         return test->peer().HasConnection();
                       });
  phase.https = true;
  return phase;
}

Phase PausedByBackpressure() {
  Phase phase{"PausedByBackpressure",
              [](AbandonedTest* test, const std::string&) {
                return test->IsMetric("fireworks_backpressure_pauses_total", 1);
              },
              Call::kChat, "events=4096;bytes=16384;blast=1"};
  phase.reads = false;
  return phase;
}

Phase BetweenAttempts() {
  Phase phase{"BetweenAttempts",
              [](AbandonedTest* test, const std::string& request_id) {
                return test->RequestIs(request_id, RequestState::kAborted, 0) &&
                       test->Connections() == 0;
              },
              Call::kChat,
              Verbatim("HTTP/1.1 503 Later\r\nretry-after: 20\r\ncontent-length: 0\r\n"
                       "connection: close\r\n\r\n")};
  phase.last = RequestState::kAborted;
  return phase;
}

// Those that last until something ends them.
std::vector<Phase> Phases() {
  return {
      QueuedForAdmission(),
      Resolving(),
      AtPeer("Connecting", Call::kChat, Manner::kIsFull, IsConnected),
      InTheTlsHandshake(),
      AtPeer("SendingTheBody", Call::kBigPost, Manner::kAnswersEarly, HeadIsRead),
      AtPeer("Uploading", Call::kUpload, Manner::kAnswersEarly, HeadIsRead),
      {"BeforeTheAnswerToAnUpload", RequestIsOpen, Call::kSmallUpload, "hang=headers"},
      {"BeforeTheHeadOfABody", RequestIsOpen, Call::kGet, "hang=headers"},
      {"BeforeTheHeadOfAStream", RequestIsOpen, Call::kChat, "hang=headers"},
      {"InTheMiddleOfABody", OneEventIsSent, Call::kPost, "hang_after=1"},
      {"BetweenEventsOfChat", TwoEventsAreSent, Call::kChat, "hang_after=2"},
      {"BetweenEventsOfACompletion", TwoEventsAreSent, Call::kCompletion, "hang_after=2"},
      {"BetweenEventsOfAResponse", TwoEventsAreSent, Call::kResponse, "hang_after=2"},
      {"BetweenEventsOfAMessage", TwoEventsAreSent, Call::kMessage, "hang_after=2"},
      PausedByBackpressure(),
  };
}

// ---------------------------------------------------------------- the ends

const auto kNameOf = [](const testing::TestParamInfo<Phase>& info) { return info.param.name; };

class CancelledTest : public AbandonedTest {};

TEST_P(CancelledTest, EndsOnceAndLeavesNothing) {
  Begin();
  CallContext context(phase().directives);
  const Ended ended = Run(&context, [&] { context.TryCancel(); });
  EXPECT_TRUE(ended.reached);
  EXPECT_EQ(ended.result.status.error_code(), grpc::StatusCode::CANCELLED);
  ExpectUpstreamLeftAlone(context.request_id(), ended.reached);
  EXPECT_EQ(Errors("CANCELLED"), 1);
  End();
}

INSTANTIATE_TEST_SUITE_P(Phases, CancelledTest, testing::ValuesIn(Phases()), kNameOf);
INSTANTIATE_TEST_SUITE_P(Waits, CancelledTest, testing::Values(BetweenAttempts()), kNameOf);

class ExpiredTest : public AbandonedTest {
 protected:
  // Whether the call got where it should stand, and heard from the service why it ended.
  bool TryOnce(milliseconds deadline) {
    Begin();
    CallContext context(phase().directives, deadline);
    const Ended ended = Run(&context, [] {});
    const grpc::Status& status = ended.result.status;
    EXPECT_EQ(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
    ExpectUpstreamLeftAlone(context.request_id(), ended.reached);
    // The caller's reset may come before our own clock.
    EXPECT_EQ(Errors("DEADLINE_EXCEEDED") + Errors("CANCELLED"), 1);
    End();
    const bool answered = !status.error_details().empty();
    if (answered) {
      EXPECT_EQ(e2e::ReasonOf(status), "DEADLINE_EXCEEDED");
      EXPECT_EQ(context.Trailer("x-request-id"), context.request_id());
    }
    // The status of one that does not read stands behind what it has not read.
    return ended.reached && (answered || !phase().reads);
  }
};

TEST_P(ExpiredTest, EndsOnceWithTheReasonAndLeavesNothing) {
  int failures = 0;
  // Each with twice the time of the one before, for machines that are slow.
  while (failures < kTries && !TryOnce(kDeadline * (1 << failures))) ++failures;
  EXPECT_LT(failures, kTries) << "the deadline always passed too early";
}

INSTANTIATE_TEST_SUITE_P(Phases, ExpiredTest, testing::ValuesIn(Phases()), kNameOf);

// Between attempts no deadline passes.
class ExpiringWaitTest : public FaultTest {};

TEST_F(ExpiringWaitTest, AWaitBeyondTheDeadlineIsNotBegun) {
  StartService(RepeatAtOnce);
  const std::string directives = BetweenAttempts().directives;
  CallContext context(directives, std::chrono::seconds(15));
  const Result result = Make(Call::kChat, NewChannel(), &context);
  EXPECT_EQ(result.status.error_code(), grpc::StatusCode::UNAVAILABLE);
  const e2e::ErrorDetails details = e2e::DetailsOf(result.status);
  ASSERT_TRUE(details.retry);
  EXPECT_EQ(details.retry->retry_delay().seconds(), 20);
  EXPECT_EQ(context.Trailer("x-upstream-attempts"), "1");
  ExpectAllQuiet();
  EXPECT_EQ(RequestsSeen(context.request_id()), 1);
  EXPECT_EQ(SocketsTo(simulator().port()).open, 0u);
}

}  // namespace
}  // namespace fireworks::faults
