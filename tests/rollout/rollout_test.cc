// The rehearsal of a rolling restart: two instances as processes, callers with hundreds of
// streams, and each instance replaced in turn. No stream is cut, no call fails, and none is
// made twice.
//
// ROLLOUT_STREAMS makes it another number of streams.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/e2e/call_context.h"
#include "tests/faults/process_state.h"
#include "tests/rollout/held_calls.h"
#include "tests/rollout/instance.h"
#include "tests/rollout/load.h"
#include "tests/simulator/simulator.h"
#include "tests/support/test_folder.h"

namespace fireworks::rollout {
namespace {

using e2e::CallContext;
using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckResponse;

constexpr char kPolicy[] = "rules { name: 'all' callers: '*' methods: '*' }";
// Longer than any call, so that a call that is cut is no matter of the grace.
constexpr char kConfig[] = "server { drain_grace { seconds: 90 } }";
constexpr std::size_t kFailuresShown = 20;
constexpr int kChannels = 8;
// Streams, and the others of Load.
constexpr std::size_t kKindsOfCalls = 7;
constexpr char kRoundRobin[] = "round_robin";
constexpr char kPickFirst[] = "pick_first";

int FromEnvironment(const char* name, int otherwise) {
  const char* const text = std::getenv(name);
  int number = 0;
  return text != nullptr && absl::SimpleAtoi(text, &number) ? number : otherwise;
}

// What all clients use (client/service_config.json), but with this policy, with or without
// health checks, and without retries, behind which a call that failed would hide.
std::string ServiceConfig(const std::string& policy, bool checks_health) {
  std::ostringstream text;
  text << std::ifstream("client/service_config.json").rdbuf();
  nlohmann::json config = nlohmann::json::parse(text.str());
  EXPECT_TRUE(config.contains("healthCheckConfig"));
  EXPECT_EQ(config.erase("methodConfig"), 1u);
  EXPECT_TRUE(config["loadBalancingConfig"][0].contains(kRoundRobin));
  config["loadBalancingConfig"] = nlohmann::json::array({{{policy, nlohmann::json::object()}}});
  if (!checks_health) config.erase("healthCheckConfig");
  return config.dump();
}

std::shared_ptr<grpc::Channel> Connect(const std::string& target, const std::string& config) {
  grpc::ChannelArguments arguments;
  arguments.SetServiceConfigJSON(config);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  // An instance that is back is found soon; by default it may take two minutes.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 500);
  return grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments);
}

int RunningOn(const Instance& instance, const Seen& seen) {
  const auto found = seen.running.find(instance.peer());
  return found == seen.running.end() ? 0 : found->second;
}

class RolloutTest : public testing::Test {
 protected:
  void SetUp() override {
    auto simulator = simulator::Simulator::Start();
    ASSERT_TRUE(simulator.ok()) << simulator.status();
    simulator_ = *std::move(simulator);
    folder_.Replace("policy", kPolicy);
    const std::string config =
        absl::StrCat(kConfig, " policy_file: '", folder_.Path("policy"), "'");
    for (int i = 0; i < 2; ++i) {
      instances_.push_back(std::make_unique<Instance>(simulator_->base_url(), config));
      ASSERT_TRUE(instances_.back()->Start());
    }
  }

  // Callers with such channels to both instances, all at work.
  void StartLoad(int streams, const std::string& policy, bool checks_health) {
    const std::string target =
        absl::StrCat("ipv4:", instances_[0]->address(), ",", instances_[1]->address());
    std::vector<std::shared_ptr<grpc::Channel>> channels;
    for (int i = 0; i < kChannels; ++i) {
      channels.push_back(Connect(target, ServiceConfig(policy, checks_health)));
    }
    LoadOptions options;
    options.streams = streams;
    options.stream_events = 60;
    options.pace_ms = 50;
    options.others = 2 * kChannels;
    options.short_calls = 6 * kChannels;
    load_ = std::make_unique<Load>(options, std::move(channels));
    ASSERT_TRUE(load_->Await([streams](const Seen& seen) {
      int running = 0;
      for (const auto& instance : seen.running) running += instance.second;
      return running >= streams * 9 / 10;
    }));
  }

  // Waits until streams of every channel have begun on `instance` since `before`.
  bool AwaitUseOf(const Instance& instance, const Seen& before) {
    return load_->Await([&](const Seen& seen) {
      for (int channel = 0; channel < kChannels; ++channel) {
        const std::pair<int, std::string> key{channel, instance.peer()};
        const auto was = before.begun.find(key);
        const auto is = seen.begun.find(key);
        if (is == seen.begun.end()) return false;
        if (was != before.begun.end() && is->second <= was->second) return false;
      }
      return true;
    });
  }

  // The whole life of one instance's end, step by step, and its successor.
  void Replace(Instance* instance) {
    const auto channel = Connect("ipv4:" + instance->address(),
                                 ServiceConfig(kPickFirst, /*checks_health=*/false));
    HeldCalls held(channel, simulator_.get());
    CallContext watch_context;
    const auto watch = Health::NewStub(channel)->Watch(&watch_context, {});
    HealthCheckResponse health;
    ASSERT_TRUE(watch->Read(&health));
    ASSERT_EQ(health.status(), HealthCheckResponse::SERVING);

    const int running = RunningOn(*instance, load_->Look());
    EXPECT_GT(running, 0);
    instance->Terminate();
    // Health says so first, ...
    ASSERT_TRUE(watch->Read(&health));
    EXPECT_EQ(health.status(), HealthCheckResponse::NOT_SERVING);
    // ... all streams that run there end, and no new ones come, ...
    EXPECT_TRUE(load_->Await(
        [instance](const Seen& seen) { return RunningOn(*instance, seen) == 0; }));
    // ... however long it takes, ...
    held.ExpectToEndWell();
    watch_context.TryCancel();
    static_cast<void>(watch->Finish());
    // ... and then it is gone.
    EXPECT_TRUE(instance->EndsWell()) << instance->Log();
    std::cout << instance->address() << " was replaced under " << running << " streams"
              << std::endl;
    const Seen before = load_->Look();
    ASSERT_TRUE(instance->Start());
    EXPECT_TRUE(!expects_return_ || AwaitUseOf(*instance, before));
  }

  void ExpectNothingLost() {
    Seen seen = load_->Stop();
    std::cout << seen.calls() << " calls, of which " << seen.failed.size() << " failed"
              << std::endl;
    EXPECT_EQ(seen.failed.size(), 0u);
    seen.failed.resize(std::min(seen.failed.size(), kFailuresShown));
    EXPECT_TRUE(seen.failed.empty()) << absl::StrJoin(seen.failed, "\n");
    EXPECT_EQ(seen.ended.size(), kKindsOfCalls);
    load_.reset();
    // Each request that upstream has seen is another call.
    EXPECT_GT(simulator_->stats().journal.requests, 0u);
    EXPECT_EQ(simulator_->stats().journal.repeated_request_ids, 0u);
  }

  testing_support::TestFolder folder_;
  std::unique_ptr<simulator::Simulator> simulator_;
  std::vector<std::unique_ptr<Instance>> instances_;
  std::unique_ptr<Load> load_;
  // Whether callers come back to an instance that is new.
  bool expects_return_ = true;
};

TEST_F(RolloutTest, RoundRobinWithHealthChecksLosesNothing) {
  StartLoad(FromEnvironment("ROLLOUT_STREAMS", faults::IsSanitized() ? 48 : 240), kRoundRobin,
            /*checks_health=*/true);
  for (const auto& instance : instances_) Replace(instance.get());
  ExpectNothingLost();
}

TEST_F(RolloutTest, RoundRobinWithoutHealthChecksLosesNothing) {
  StartLoad(48, kRoundRobin, /*checks_health=*/false);
  for (const auto& instance : instances_) Replace(instance.get());
  ExpectNothingLost();
}

// They go to the other instance, and stay there until that one ends.
TEST_F(RolloutTest, PickFirstLosesNothing) {
  expects_return_ = false;
  StartLoad(48, kPickFirst, /*checks_health=*/false);
  for (const auto& instance : instances_) Replace(instance.get());
  ExpectNothingLost();
}

}  // namespace
}  // namespace fireworks::rollout
