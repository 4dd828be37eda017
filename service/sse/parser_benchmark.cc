// Nanoseconds per event for chat chunks of 200 bytes. The argument is the
// number of events in one piece.
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "service/sse/parser.h"

namespace fireworks::sse {
namespace {

constexpr std::size_t kEventBytes = 200;

class CountingHandler : public Handler {
 public:
  void OnEvent(const Event& event) override {
    benchmark::DoNotOptimize(event.data.data());
    ++events_;
  }
  std::int64_t events() const { return events_; }

 private:
  std::int64_t events_ = 0;
};

std::string ChatChunkEvent() {
  const std::string head =
      R"(data: {"id":"chatcmpl-0011223344556677","object":"chat.completion.chunk",)"
      R"("created":1767225600,"choices":[{"index":0,"delta":{"content":")";
  const std::string tail = R"("},"finish_reason":null}],"usage":null})";
  const std::string end = "\n\n";
  const std::size_t room = kEventBytes - head.size() - tail.size() - end.size();
  return absl::StrCat(head, std::string(room, 'x'), tail, end);
}

void Report(benchmark::State& state, const CountingHandler& handler) {
  state.SetItemsProcessed(handler.events());
  state.SetBytesProcessed(handler.events() * static_cast<std::int64_t>(kEventBytes));
  state.counters["per_event"] =
      benchmark::Counter(static_cast<double>(handler.events()),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void WholeEvents(benchmark::State& state) {
  std::string piece;
  for (std::int64_t i = 0; i < state.range(0); ++i) piece += ChatChunkEvent();
  CountingHandler handler;
  Parser parser(&handler);
  for (auto _ : state) {
    if (!parser.Feed(piece).ok()) state.SkipWithError("refused");
  }
  Report(state, handler);
}
BENCHMARK(WholeEvents)->Arg(1)->Arg(64);

// The path with a carry-over: every event comes in two pieces.
void HalvedEvents(benchmark::State& state) {
  const std::string event = ChatChunkEvent();
  const std::string first = event.substr(0, event.size() / 2);
  const std::string second = event.substr(event.size() / 2);
  CountingHandler handler;
  Parser parser(&handler);
  for (auto _ : state) {
    if (!parser.Feed(first).ok() || !parser.Feed(second).ok()) state.SkipWithError("refused");
  }
  Report(state, handler);
}
BENCHMARK(HalvedEvents);

}  // namespace
}  // namespace fireworks::sse

BENCHMARK_MAIN();
