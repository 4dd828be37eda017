// Many callers, for a while, with everything going wrong at random: every call ends,
// is counted once, and leaves nothing behind.
//
// scripts/soak.sh runs it for minutes. SOAK_SECONDS says for how long (5), SOAK_SEED
// makes another run of it.
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "gtest/gtest.h"
#include "service/telemetry/metrics.h"
#include "tests/faults/fault_fixture.h"
#include "tests/faults/process_state.h"
#include "tests/faults/soak_load.h"

namespace fireworks::faults {
namespace {

using e2e::Eventually;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int kCallers = 16;
constexpr std::size_t kSpareDescriptors = 8;
// What pools, caches and fragments may come to.
constexpr std::size_t kSpareHeap = 16 << 20;
constexpr std::size_t kSpareMemory = 96 << 20;

std::uint32_t FromEnvironment(const char* name, std::uint32_t otherwise) {
  const char* const text = std::getenv(name);
  std::uint32_t number = 0;
  return text != nullptr && absl::SimpleAtoi(text, &number) ? number : otherwise;
}

// What the process holds while it does nothing.
struct Holdings {
  std::size_t descriptors = OpenDescriptors();
  std::size_t heap = HeapInUse();
  std::size_t memory = ResidentBytes();
};

class SoakTest : public FaultTest {
 protected:
  static void Configure(server::Options* options) {
    RepeatAtOnce(options);
    // What is slow only because of the sanitizer is no silence of the upstream.
    const milliseconds silence(IsSanitized() ? 5000 : 1000);
    options->limits.times.first_event = silence;
    options->limits.times.idle = silence;
    options->limits.times.answer = silence;
    options->limits.stream_timeout = 2 * silence;
    options->limits.slow_reader_timeout = milliseconds(500);
    options->limits.max_wait = milliseconds(200);
    // Fewer places than callers: some wait, and some of them in vain.
    options->admission = {kCallers * 7 / 8, kCallers};
  }

  Tally Load(std::chrono::seconds duration, std::uint32_t seed) {
    const auto until = steady_clock::now() + duration;
    Canceller canceller;
    std::vector<std::unique_ptr<SoakCaller>> callers;
    std::vector<std::thread> threads;
    for (std::uint32_t i = 0; i < kCallers; ++i) {
      callers.push_back(
          std::make_unique<SoakCaller>(seed * kCallers + i, NewChannel(), &canceller));
      threads.emplace_back([caller = callers.back().get(), until] {
        do caller->MakeOne();
        while (steady_clock::now() < until);
      });
    }
    Tally tally;
    for (std::size_t i = 0; i < threads.size(); ++i) {
      threads[i].join();
      tally.Add(callers[i]->tally());
    }
    return tally;
  }

  // Of a status, as the service counted it.
  double Finished(grpc::StatusCode code) {
    return Metric("grpc_server_call_duration_seconds",
                  {{"grpc_status", std::string(telemetry::StatusName(code))}});
  }

  void ExpectAllCounted(const Tally& tally) {
    ExpectAllQuiet();
    EXPECT_EQ(Metric("fireworks_waiting_calls"), 0);
    const double started = Metric("grpc_server_call_started_total");
    EXPECT_EQ(Metric("grpc_server_call_duration_seconds"), started);
    // A call may be given up before the service has heard of it.
    EXPECT_LE(started, tally.calls());
    EXPECT_GE(started, tally.calls() - tally.abandoned);
    for (int code = 0; code <= grpc::StatusCode::UNAUTHENTICATED; ++code) {
      const auto seen = tally.seen_through.find(static_cast<grpc::StatusCode>(code));
      const double count = seen == tally.seen_through.end() ? 0 : seen->second;
      EXPECT_GE(Finished(static_cast<grpc::StatusCode>(code)), count) << code;
      EXPECT_LE(Finished(static_cast<grpc::StatusCode>(code)), count + tally.abandoned) << code;
    }
  }

  void ExpectNothingKept(const Holdings& before) {
    EXPECT_TRUE(Eventually([this] { return SocketsTo(simulator().port()).all() == 0; }));
    EXPECT_TRUE(Eventually(
        [&] { return OpenDescriptors() <= before.descriptors + kSpareDescriptors; }))
        << before.descriptors << " descriptors before, now " << OpenDescriptors();
    const Holdings after;
    std::cout << "held before: " << before.heap << " bytes of heap, " << before.memory
              << " of memory; after: " << after.heap << ", " << after.memory << std::endl;
    EXPECT_LE(after.heap, before.heap + kSpareHeap);
    if (!IsSanitized()) {
      EXPECT_LE(after.memory, before.memory + kSpareMemory);
    }
  }
};

TEST_F(SoakTest, EveryCallEndsOnceAndLeavesNothing) {
  const std::chrono::seconds duration(FromEnvironment("SOAK_SECONDS", 5));
  const std::uint32_t seed = FromEnvironment("SOAK_SEED", 1);
  std::cout << "seed " << seed << std::endl;
  // What is made once per process is made before anything is measured.
  StartService(Configure);
  e2e::CallContext first;
  EXPECT_TRUE(Make(Call::kGet, NewChannel(), &first).status.ok());
  Load(std::chrono::seconds(1), seed + 1);
  StopService();
  simulator().Reset();
  ASSERT_TRUE(Eventually([this] { return SocketsTo(simulator().port()).all() == 0; }));
  const Holdings before;

  StartService(Configure);
  const Tally tally = Load(duration, seed);
  std::cout << tally.calls() << " calls, of which " << tally.abandoned << " were abandoned"
            << std::endl;
  EXPECT_EQ(tally.lies, 0u) << tally.lie;
  ExpectAllCounted(tally);
  StopService();
  simulator().Reset();
  ExpectNothingKept(before);
}

}  // namespace
}  // namespace fireworks::faults
