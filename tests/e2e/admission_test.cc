// How many calls run at a time: who waits, who is refused, and what ends a wait.
#include <memory>
#include <string>
#include <thread>

#include "gtest/gtest.h"
#include "tests/e2e/error_details.h"
#include "tests/e2e/service_fixture.h"

namespace fireworks::e2e {
namespace {

using grpc::StatusCode;
using simulator::RequestState;
using std::chrono::milliseconds;

class AdmissionTest : public ServiceTest {
 protected:
  // A service with `running` places, all of which are taken by streams that hang,
  // and `waiting` places to wait.
  void Fill(std::size_t running, std::size_t waiting, const Adjust& adjust = {}) {
    StartService([&](server::Options* options) {
      options->admission = {running, waiting};
      if (adjust) adjust(options);
    });
    for (std::size_t i = 0; i < running; ++i) {
      running_.push_back(std::make_unique<Stream>(&chat(), "hang_after=1"));
      ASSERT_TRUE(
          simulator().WaitForState(running_.back()->request_id(), RequestState::kOpen).ok());
    }
  }

  // Ends the oldest of them.
  void FreeOne() {
    running_.front()->Cancel();
    running_.erase(running_.begin());
  }

  // A stream that is being made.
  class Stream {
   public:
    Stream(ChatService::Stub* stub, absl::string_view directives,
           milliseconds timeout = kPatience)
        : context_(directives, timeout),
          reader_(stub->StreamChatCompletion(&context_, MakeChatRequest("say: hello"))) {}
    ~Stream() {
      Cancel();
    }

    const std::string& request_id() const { return context_.request_id(); }
    void TryCancel() { context_.TryCancel(); }
    // Reads to the end.
    ChatStream Read() { return ReadAll(std::exchange(reader_, nullptr).get()); }
    void Cancel() {
      if (reader_ == nullptr) return;
      TryCancel();
      Read();
    }

   private:
    CallContext context_;
    std::unique_ptr<ChatReader> reader_;
  };

  std::unique_ptr<Stream> Start(absl::string_view directives = {},
                                milliseconds timeout = kPatience) {
    return std::make_unique<Stream>(&chat(), directives, timeout);
  }

  void AwaitWaiting(double calls) {
    EXPECT_TRUE(Eventually([&] { return Metric("fireworks_waiting_calls") == calls; }));
  }

  bool Seen(const std::string& request_id) { return simulator().Find(request_id).ok(); }

  std::vector<std::unique_ptr<Stream>> running_;
};

TEST_F(AdmissionTest, ACallWaitsForAPlaceAndThenRuns) {
  Fill(/*running=*/1, /*waiting=*/1);
  const auto waiting = Start();
  AwaitWaiting(1);
  EXPECT_FALSE(Seen(waiting->request_id()));
  FreeOne();
  const ChatStream stream = waiting->Read();
  EXPECT_TRUE(stream.status.ok()) << stream.status.error_message();
  EXPECT_EQ(stream.Content(), "hello");
  AwaitWaiting(0);
}

TEST_F(AdmissionTest, BeyondTheLineCallsAreRefusedWithADelay) {
  Fill(/*running=*/1, /*waiting=*/1);
  const auto waiting = Start();
  AwaitWaiting(1);
  const auto refused = Start();
  const grpc::Status status = refused->Read().status;
  EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonOf(status), "OVERLOADED");
  EXPECT_TRUE(DetailsOf(status).retry.has_value());
  EXPECT_FALSE(Seen(refused->request_id()));
  EXPECT_TRUE(Eventually([this] {
    return Metric("fireworks_call_errors_total", {{"reason", "OVERLOADED"}}) == 1;
  }));
}

TEST_F(AdmissionTest, AWaitEndsAtItsLimit) {
  Fill(/*running=*/1, /*waiting=*/1, [](server::Options* options) {
    options->limits.max_wait = milliseconds(50);
  });
  const auto waiting = Start();
  const grpc::Status status = waiting->Read().status;
  EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonOf(status), "OVERLOADED");
  EXPECT_FALSE(Seen(waiting->request_id()));
  AwaitWaiting(0);
}

TEST_F(AdmissionTest, AWaitEndsWithTheCallersDeadline) {
  Fill(/*running=*/1, /*waiting=*/1);
  const auto waiting = Start("", milliseconds(300));
  EXPECT_EQ(waiting->Read().status.error_code(), StatusCode::DEADLINE_EXCEEDED);
  EXPECT_FALSE(Seen(waiting->request_id()));
  AwaitWaiting(0);
}

TEST_F(AdmissionTest, ACancelledWaiterLeavesTheLine) {
  Fill(/*running=*/1, /*waiting=*/1);
  const auto gone = Start();
  AwaitWaiting(1);
  gone->TryCancel();
  EXPECT_EQ(gone->Read().status.error_code(), StatusCode::CANCELLED);
  AwaitWaiting(0);
  const auto next = Start();
  AwaitWaiting(1);
  FreeOne();
  EXPECT_TRUE(next->Read().status.ok());
  EXPECT_FALSE(Seen(gone->request_id()));
}

TEST_F(AdmissionTest, EveryPlaceComesBack) {
  Fill(/*running=*/2, /*waiting=*/8);
  std::vector<std::unique_ptr<Stream>> waiting;
  for (int i = 0; i < 8; ++i) waiting.push_back(Start());
  AwaitWaiting(8);
  FreeOne();
  FreeOne();
  for (const auto& stream : waiting) EXPECT_TRUE(stream->Read().status.ok());
  ExpectAllQuiet();
  // Both places are there again: neither of these waits.
  for (int i = 0; i < 2; ++i) {
    running_.push_back(Start("hang_after=1"));
    EXPECT_TRUE(
        simulator().WaitForState(running_.back()->request_id(), RequestState::kOpen).ok());
  }
  EXPECT_EQ(Metric("fireworks_waiting_calls"), 0);
}

TEST_F(AdmissionTest, ADrainEndsWaitingCalls) {
  Fill(/*running=*/1, /*waiting=*/1, [](server::Options* options) {
    options->drain_grace = milliseconds(50);
  });
  const auto waiting = Start();
  AwaitWaiting(1);
  std::thread drain([this] { service().Drain(); });
  const grpc::Status status = waiting->Read().status;
  EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonOf(status), "DRAINING");
  running_.clear();
  drain.join();
}

}  // namespace
}  // namespace fireworks::e2e
