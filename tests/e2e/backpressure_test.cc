// A caller that reads slowly slows the upstream's socket, not other callers,
// and never costs memory.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/e2e/service_fixture.h"

namespace fireworks::e2e {
namespace {

constexpr std::size_t kEvents = 4096;
constexpr std::size_t kPadBytes = 16 << 10;
constexpr std::uint64_t kTotalBytes = kEvents * kPadBytes;
// Socket buffers of both connections, gRPC's windows, and our queue; far below
// the whole.
constexpr std::uint64_t kMostBuffered = kTotalBytes / 2;
// A sanitized service takes its time for the whole.
constexpr std::chrono::minutes kTimeForAll{5};

class BackpressureTest : public ServiceTest {
 protected:
  std::uint64_t SentBy(const std::string& request_id) {
    const auto seen = simulator().Find(request_id);
    return seen.ok() ? seen->bytes_sent : 0;
  }

  // Waits until upstream's sending has come to rest with the reader paused.
  void AwaitStandstill(const std::string& request_id) {
    ASSERT_TRUE(
        Eventually([this] { return Metric("fireworks_backpressure_pauses_total") > 0; }));
    std::uint64_t last = 0;
    int unchanged = 0;
    ASSERT_TRUE(Eventually([&] {
      const std::uint64_t now = SentBy(request_id);
      unchanged = now == last ? unchanged + 1 : 0;
      last = now;
      return unchanged == 40;
    }));
  }
};

std::string Directives(absl::string_view more) {
  return absl::StrCat("events=", kEvents, ";bytes=", kPadBytes, more);
}

TEST_F(BackpressureTest, CallerThatDoesNotReadStopsUpstreamAndThenGetsEverything) {
  const ChatRequest request = MakeChatRequest("hello");
  CallContext whole_context(absl::StrCat("events=", kEvents));
  ChatResponse whole;
  ASSERT_TRUE(chat().CreateChatCompletion(&whole_context, request, &whole).ok());

  CallContext context(Directives(""), kTimeForAll);
  const auto reader = chat().StreamChatCompletion(&context, request);
  AwaitStandstill(context.request_id());
  EXPECT_LT(SentBy(context.request_id()), kMostBuffered);

  std::string text;
  const std::string pad(kPadBytes, 'x');
  ChatChunk chunk;
  while (reader->Read(&chunk)) {
    absl::string_view content = chunk.choices(0).delta().content();
    if (content.empty()) continue;
    ASSERT_TRUE(absl::EndsWith(content, pad));
    text += std::string(content.substr(0, content.size() - pad.size()));
  }
  EXPECT_TRUE(reader->Finish().ok());
  // Too long to be printed.
  EXPECT_TRUE(text == whole.choices(0).message().content().text());
}

TEST_F(BackpressureTest, OneSlowReaderAmongOthersHoldsUpNobody) {
  CallContext slow_context(Directives(";blast=1"), kTimeForAll);
  const auto slow = chat().StreamChatCompletion(&slow_context, MakeChatRequest("hello"));
  AwaitStandstill(slow_context.request_id());

  ChatService::Stub& stub = chat();  // The slow reader's connection.
  std::vector<std::thread> callers;
  std::atomic<int> finished{0};
  for (int i = 0; i < 5; ++i) {
    callers.emplace_back([&stub, &finished] {
      for (int call = 0; call < 10; ++call) {
        CallContext context;
        const ChatStream stream =
            StreamChat(&stub, &context, MakeChatRequest("say: nobody waits for the slow one"));
        if (stream.status.ok() && stream.Content() == "nobody waits for the slow one") ++finished;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(finished, 50);
  EXPECT_LT(SentBy(slow_context.request_id()), kMostBuffered);

  std::size_t events = 0;
  ChatChunk chunk;
  while (slow->Read(&chunk)) ++events;
  EXPECT_TRUE(slow->Finish().ok());
  EXPECT_EQ(events, kEvents + 2);  // Role and finish besides.
}

TEST_F(BackpressureTest, PauseSuspendsTheIdleLimit) {
  StartService([](server::Options* options) {
    options->limits.times.idle = std::chrono::milliseconds(150);
  });
  CallContext context(Directives(";blast=1"), kTimeForAll);
  const auto reader = chat().StreamChatCompletion(&context, MakeChatRequest("hello"));
  // Rests for longer than the limit before it says so.
  AwaitStandstill(context.request_id());
  ChatChunk chunk;
  std::size_t events = 0;
  while (reader->Read(&chunk)) ++events;
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(events, kEvents + 2);
}

}  // namespace
}  // namespace fireworks::e2e
