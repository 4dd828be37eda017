// Pause and Resume: backpressure that reaches the upstream's socket.
#include <atomic>
#include <string>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "service/upstream/client.h"
#include "service/upstream/testing/client_fixture.h"

namespace fireworks::upstream {
namespace {

using testing::ClientFixture;
using testing::Connection;
using testing::Stream;
using ::testing::ElementsAre;

// A stream of numbered events of 1000 bytes or so.
std::string NumberedEvents(int count) {
  const std::string padding(990, '.');
  std::string stream;
  for (int i = 0; i < count; ++i) absl::StrAppend(&stream, "data: ", i, " ", padding, "\n\n");
  return stream;
}

class FlowTest : public ClientFixture {
 protected:
  // Checks that events come in order and without gaps; pauses at `pause_at`.
  void ExpectNumbers(int pause_at) {
    recorder_->keep_events = false;
    recorder_->on_event = [this, pause_at](const sse::Event& event) {
      int number = -1;
      EXPECT_TRUE(absl::SimpleAtoi(event.data.substr(0, event.data.find(' ')), &number));
      EXPECT_EQ(number, next_++);
      if (number == pause_at) exchange_->Pause();
    };
  }

  int next_ = 0;
};

TEST_F(FlowTest, PauseFromAnEventStopsTheSenderAndLosesNothing) {
  constexpr int kEvents = 64 << 10;
  const std::string stream = NumberedEvents(kEvents);
  ExpectNumbers(10);
  Connection connection = StartStream("");
  const std::size_t taken = connection.SendUntilBlocked(stream);
  // What the two kernels hold, far below the stream's 64 MiB.
  EXPECT_LT(taken, stream.size() / 2);
  // At most one read buffer of events came after the pause.
  EXPECT_LE(recorder_->event_count(), 11u + 17u);
  EXPECT_FALSE(recorder_->ended());

  exchange_->Resume();
  connection.Send(absl::string_view(stream).substr(taken));
  connection.Close();
  EXPECT_EQ(recorder_->AwaitEnd().end, End::kComplete);
  EXPECT_EQ(recorder_->event_count(), static_cast<std::size_t>(kEvents));
}

TEST_F(FlowTest, PauseFromAnotherThreadStopsTheSender) {
  const std::string stream = NumberedEvents(64 << 10);
  ExpectNumbers(-1);
  Connection connection = StartStream("");
  recorder_->AwaitHead();
  exchange_->Pause();
  const std::size_t taken = connection.SendUntilBlocked(stream);
  EXPECT_LT(taken, stream.size() / 2);
  EXPECT_EQ(recorder_->event_count(), 0u);

  exchange_->Resume();
  connection.Send(absl::string_view(stream).substr(taken));
  connection.Close();
  EXPECT_EQ(recorder_->AwaitEnd().end, End::kComplete);
  EXPECT_EQ(recorder_->event_count(), 64u << 10);
}

TEST_F(FlowTest, PauseBeforeTheHeadHoldsBackTheEvents) {
  exchange_ = Start(Stream());
  exchange_->Pause();
  Connection connection = server_.Accept();
  connection.ReadRequest();
  connection.SendStreamHead("data: 1\n\n");
  recorder_->AwaitHead();
  EXPECT_EQ(recorder_->event_count(), 0u);
  exchange_->Resume();
  recorder_->AwaitEvents(1);
}

TEST_F(FlowTest, TheLastCallWins) {
  Connection connection = StartStream("data: 1\n\n");
  recorder_->AwaitEvents(1);
  for (int i = 0; i < 1000; ++i) {
    exchange_->Pause();
    exchange_->Pause();
    exchange_->Resume();
  }
  connection.Send("data: 2\n\n");
  recorder_->AwaitEvents(2);
}

TEST_F(FlowTest, PauseAtEveryEventLosesNothing) {
  constexpr int kEvents = 2000;
  ExpectNumbers(-1);
  const auto check = recorder_->on_event;
  recorder_->on_event = [this, check](const sse::Event& event) {
    check(event);
    exchange_->Pause();
    // Asks for the loop's attention; the resumption happens after this piece.
    exchange_->Resume();
    exchange_->Pause();
  };
  Connection connection = StartStream("");
  const std::string stream = NumberedEvents(kEvents);
  std::atomic<bool> done{false};
  std::thread resumer([this, &done] {
    while (!done) exchange_->Resume();
  });
  connection.Send(stream);
  connection.Close();
  EXPECT_EQ(recorder_->AwaitEnd().end, End::kComplete);
  done = true;
  resumer.join();
  EXPECT_EQ(recorder_->event_count(), static_cast<std::size_t>(kEvents));
}

TEST_F(FlowTest, EndOfAPausedStreamComesAfterItsEvents) {
  recorder_->on_event = [this](const sse::Event& event) {
    if (event.data == "1") exchange_->Pause();
  };
  Connection connection = StartStream("data: 1\n\n");
  recorder_->AwaitEvents(1);
  connection.Send("data: 2\n\n");
  connection.Close();
  AwaitLoopAsleep();
  EXPECT_EQ(recorder_->event_count(), 1u);
  exchange_->Resume();
  EXPECT_EQ(recorder_->AwaitEnd().end, End::kComplete);
  EXPECT_THAT(recorder_->events(), ElementsAre("1", "2"));
}

TEST_F(FlowTest, PausedStreamDoesNotHoldUpAnother) {
  recorder_->on_event = [this](const sse::Event&) { exchange_->Pause(); };
  Connection paused = StartStream("data: 1\n\n");
  recorder_->AwaitEvents(1);
  paused.SendUntilBlocked(std::string(64 << 20, ':'));
  auto other = std::make_shared<testing::Recorder>();
  client().Start(Stream(), other);
  Connection connection = server_.Accept();
  connection.ReadRequest();
  connection.SendStreamHead(NumberedEvents(100));
  other->AwaitEvents(100);
  EXPECT_EQ(recorder_->event_count(), 1u);
}

}  // namespace
}  // namespace fireworks::upstream
