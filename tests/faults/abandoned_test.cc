// Calls that are given up, or whose deadline passes, in every phase of their lives:
// no connection to the upstream outlives them, and no request follows.
#include <dlfcn.h>
#include <netdb.h>

#include <chrono>
#include <condition_variable>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "gtest/gtest.h"
#include "tests/faults/fault_fixture.h"
#include "tests/faults/raw_peer.h"
#include "tests/faults/process_state.h"
#include "tests/faults/wire.h"

namespace fireworks::faults {
namespace {

using e2e::CallContext;
using e2e::Eventually;
using std::chrono::milliseconds;
using Manner = RawPeer::Manner;

constexpr char kSlowName[] = "slow.test";

// Looks up kSlowName for as long as it is told to, in vain.
class SlowResolver {
 public:
  static SlowResolver& Get() {
    static SlowResolver resolver;
    return resolver;
  }

  void LookUp() {
    std::unique_lock<std::mutex> lock(mutex_);
    ++inside_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
    --inside_;
    changed_.notify_all();
  }

  bool AwaitLookUp() {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, e2e::kPatience, [this] { return inside_ > 0; });
  }

  void Close() {
    std::lock_guard<std::mutex> lock(mutex_);
    open_ = false;
  }

  void OpenAndAwaitAll() {
    std::unique_lock<std::mutex> lock(mutex_);
    open_ = true;
    changed_.notify_all();
    EXPECT_TRUE(changed_.wait_for(lock, e2e::kPatience, [this] { return inside_ == 0; }));
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  // All below guarded by mutex_.
  bool open_ = true;
  int inside_ = 0;
};

}  // namespace
}  // namespace fireworks::faults

// In the place of libc's, for the whole process; all other names are libc's.
extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints,
                           addrinfo** result) {
  if (name != nullptr && std::strcmp(name, fireworks::faults::kSlowName) == 0) {
    fireworks::faults::SlowResolver::Get().LookUp();
    return EAI_NONAME;
  }
  static const auto libc =
      reinterpret_cast<decltype(&getaddrinfo)>(dlsym(RTLD_NEXT, "getaddrinfo"));
  return libc(name, service, hints, result);
}

namespace fireworks::faults {
namespace {

class AbandonedTest;

// Where a call stands for ever, unless it is ended.
struct Phase {
  const char* name;
  Call call = Call::kChat;
  const char* directives = "";
  absl::optional<Manner> peer;
  const char* base_url = "";  // of neither simulator nor peer
  bool https = false;
  // Waits until the call stands there.
  std::function<bool(AbandonedTest*, const std::string& request_id)> reached;
  int requests = 1;  // that the simulator has seen by then
};

void PrintTo(const Phase& phase, std::ostream* out) { *out << phase.name; }

class AbandonedTest : public FaultTest, public testing::WithParamInterface<Phase> {
 public:
  // For Phase::reached.
  bool RequestIs(const std::string& request_id, simulator::RequestState state) {
    return simulator().WaitForState(request_id, state).ok();
  }
  bool EventsAre(const std::string& request_id, std::size_t events) {
    return simulator().WaitForEvents(request_id, events).ok();
  }
  // Beside those that the peer has to itself.
  std::size_t Connections() {
    return SocketsTo(upstream_port()).all() - (peer_ ? peer_->fillers() : 0);
  }
  RawPeer& peer() { return *peer_; }

 protected:
  void SetUp() override {
    FaultTest::SetUp();
    SlowResolver::Get().Close();
    if (phase().peer) peer_ = std::make_unique<RawPeer>(*phase().peer);
    StartService([this](server::Options* options) { Configure(options); });
    channel_ = NewChannel();
  }

  void TearDown() override {
    StopService();
    SlowResolver::Get().OpenAndAwaitAll();
  }

  static const Phase& phase() { return GetParam(); }
  int upstream_port() { return peer_ ? peer_->port() : simulator().port(); }

  void Configure(server::Options* options) {
    RepeatAtOnce(options);
    // What is not ended by the test is not ended by a limit either.
    options->limits.times.connect = milliseconds(0);
    if (peer_) {
      options->upstream.base_url =
          absl::StrCat(phase().https ? "https" : "http", "://127.0.0.1:", peer_->port());
    }
    if (*phase().base_url != '\0') options->upstream.base_url = phase().base_url;
  }

  void ExpectNothingLeft(const std::string& request_id) {
    ExpectAllQuiet();
    EXPECT_TRUE(Eventually([this] { return Connections() == 0; })) << Connections();
    if (!peer_) {
      EXPECT_EQ(RequestsSeen(request_id), phase().requests);
    }
  }

  std::unique_ptr<RawPeer> peer_;
  std::shared_ptr<grpc::Channel> channel_;
};

TEST_P(AbandonedTest, ByACancel) {
  CallContext context(phase().directives);
  Result result;
  std::thread caller([&] { result = Make(phase().call, channel_, &context); });
  EXPECT_TRUE(phase().reached(this, context.request_id()));
  context.TryCancel();
  caller.join();
  EXPECT_EQ(result.status.error_code(), grpc::StatusCode::CANCELLED);
  ExpectNothingLeft(context.request_id());
  EXPECT_EQ(Metric("fireworks_call_errors_total", {{"reason", "CANCELLED"}}), 1);
}

TEST_P(AbandonedTest, ByItsDeadline) {
  CallContext context(phase().directives, milliseconds(400));
  const Result result = Make(phase().call, channel_, &context);
  EXPECT_EQ(result.status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  ExpectAllQuiet();
  EXPECT_TRUE(Eventually([this] { return Connections() == 0; })) << Connections();
  EXPECT_LE(RequestsSeen(context.request_id()), phase().requests);
}

bool HeadIsRead(AbandonedTest* test, const std::string&) {
  return Eventually([test] { return test->peer().requests() == 1; });
}

bool RequestIsOpen(AbandonedTest* test, const std::string& request_id) {
  return test->RequestIs(request_id, simulator::RequestState::kOpen);
}

bool TwoEventsAreSent(AbandonedTest* test, const std::string& request_id) {
  return test->EventsAre(request_id, 2);
}

std::vector<Phase> Phases() {
  return {
      {"Resolving", Call::kChat, "", {}, "http://slow.test:9", false,
       [](AbandonedTest*, const std::string&) { return SlowResolver::Get().AwaitLookUp(); }, 0},
      {"Connecting", Call::kChat, "", Manner::kIsFull, "", false,
       [](AbandonedTest* test, const std::string&) {
         return Eventually([test] { return test->Connections() == 1; });
       }},
      {"InTheTlsHandshake", Call::kChat, "", Manner::kIsSilent, "", true,
       [](AbandonedTest* test, const std::string&) { return test->peer().AwaitConnection(); }},
      {"SendingTheBody", Call::kBigPost, "", Manner::kAnswersEarly, "", false, HeadIsRead},
      {"Uploading", Call::kUpload, "", Manner::kAnswersEarly, "", false, HeadIsRead},
      {"BeforeTheHeadOfABody", Call::kGet, "hang=headers", {}, "", false, RequestIsOpen},
      {"BeforeTheHeadOfAStream", Call::kChat, "hang=headers", {}, "", false, RequestIsOpen},
      {"InTheMiddleOfABody", Call::kPost, "hang_after=1", {}, "", false,
       [](AbandonedTest* test, const std::string& request_id) {
         return test->EventsAre(request_id, 1);
       }},
      {"BetweenEventsOfChat", Call::kChat, "hang_after=2", {}, "", false, TwoEventsAreSent},
      {"BetweenEventsOfACompletion", Call::kCompletion, "hang_after=2", {}, "", false,
       TwoEventsAreSent},
      {"BetweenEventsOfAResponse", Call::kResponse, "hang_after=2", {}, "", false,
       TwoEventsAreSent},
      {"BetweenEventsOfAMessage", Call::kMessage, "hang_after=2", {}, "", false,
       TwoEventsAreSent},
  };
}

INSTANTIATE_TEST_SUITE_P(Phases, AbandonedTest, testing::ValuesIn(Phases()),
                         [](const auto& info) { return info.param.name; });

// ---------------------------------------------------------------- phases of our own making

class AbandonedHereTest : public FaultTest {
 protected:
  std::size_t Connections() { return SocketsTo(simulator().port()).all(); }
};

TEST_F(AbandonedHereTest, QueuedForAdmission) {
  StartService([](server::Options* options) { options->admission = {1, 1}; });
  const std::shared_ptr<grpc::Channel> channel = NewChannel();
  CallContext running("hang=headers");
  std::thread runs([&] { Make(Call::kChat, channel, &running); });
  EXPECT_TRUE(
      simulator().WaitForState(running.request_id(), simulator::RequestState::kOpen).ok());
  CallContext queued;
  Result result;
  std::thread waits([&] { result = Make(Call::kChat, channel, &queued); });
  EXPECT_TRUE(Eventually([this] { return Metric("fireworks_waiting_calls") == 1; }));
  queued.TryCancel();
  waits.join();
  EXPECT_EQ(result.status.error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_TRUE(Eventually([this] { return Metric("fireworks_waiting_calls") == 0; }));
  EXPECT_EQ(Connections(), 1u);
  running.TryCancel();
  runs.join();
  ExpectAllQuiet();
  EXPECT_TRUE(Eventually([this] { return Connections() == 0; }));
  EXPECT_EQ(RequestsSeen(queued.request_id()), 0);
}

TEST_F(AbandonedHereTest, BetweenAttempts) {
  StartService(RepeatAtOnce);
  const std::shared_ptr<grpc::Channel> channel = NewChannel();
  CallContext context(
      Verbatim("HTTP/1.1 503 Later\r\nretry-after: 20\r\ncontent-length: 0\r\n"
               "connection: close\r\n\r\n"));
  Result result;
  std::thread caller([&] { result = Make(Call::kChat, channel, &context); });
  EXPECT_TRUE(
      simulator().WaitForState(context.request_id(), simulator::RequestState::kAborted).ok());
  EXPECT_TRUE(Eventually([this] { return Connections() == 0; }));
  context.TryCancel();
  caller.join();
  EXPECT_EQ(result.status.error_code(), grpc::StatusCode::CANCELLED);
  ExpectAllQuiet();
  EXPECT_EQ(RequestsSeen(context.request_id()), 1);
}

TEST_F(AbandonedHereTest, PausedByBackpressure) {
  CallContext context("events=4096;bytes=16384;blast=1");
  const auto reader = chat().StreamChatCompletion(&context, e2e::MakeChatRequest("hello"));
  ASSERT_TRUE(Eventually([this] { return Metric("fireworks_backpressure_pauses_total") > 0; }));
  EXPECT_EQ(Connections(), 1u);
  context.TryCancel();
  EXPECT_EQ(e2e::ReadAll(reader.get()).status.error_code(), grpc::StatusCode::CANCELLED);
  ExpectAllQuiet();
  EXPECT_TRUE(Eventually([this] { return Connections() == 0; }));
}

}  // namespace
}  // namespace fireworks::faults
