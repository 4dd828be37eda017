#include "tests/rollout/instance.h"

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <random>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "service/server/listen_address.h"
#include "tests/e2e/call_context.h"

namespace fireworks::rollout {
namespace {

using std::chrono::steady_clock;

constexpr char kService[] = "service/fireworks_grpc";
constexpr int kPortAttempts = 50;
constexpr int kLowestPort = 15'000;

std::string WriteConfig(const std::string& text) {
  static std::atomic<int> count{0};
  const std::string path =
      absl::StrCat(std::getenv("TEST_TMPDIR"), "/instance-", ++count, ".textproto");
  std::ofstream(path) << text;
  return path;
}

// The first port that the system takes for outgoing connections by itself. Below it nobody
// takes one by chance while the instance is away, and no client connects to itself.
int FirstEphemeralPort() {
  int port = 0;
  std::ifstream("/proc/sys/net/ipv4/ip_local_port_range") >> port;
  return port > kLowestPort + kPortAttempts ? port : 32'768;
}

// One on which nobody listens now.
int PickPort() {
  static std::mt19937 random(std::random_device{}());
  std::uniform_int_distribution<int> ports(kLowestPort, FirstEphemeralPort() - 1);
  for (int i = 0; i < kPortAttempts; ++i) {
    const int port = ports(random);
    if (server::ListenOn(absl::StrCat("127.0.0.1:", port)).ok()) return port;
  }
  return 0;
}

}  // namespace

Instance::Instance(std::string upstream, const std::string& config)
    : upstream_(std::move(upstream)), config_path_(WriteConfig(config)) {}

bool Instance::StartOn(int port) {
  process_ = std::make_unique<e2e::Program>(
      std::vector<std::string>{kService, absl::StrCat("--listen=127.0.0.1:", port),
                               "--config=" + config_path_},
      std::vector<std::string>{"FIREWORKS_API_KEY=rehearsal", "FIREWORKS_BASE_URL=" + upstream_});
  return process_->AwaitPort() == port;
}

bool Instance::Start() {
  const auto give_up = steady_clock::now() + e2e::kPatience;
  // Somebody may take the port between the look and the start, or while no process has it.
  const bool first = port_ == 0;
  do {
    if (first) port_ = PickPort();
    if (StartOn(port_)) return true;
  } while (steady_clock::now() < give_up);
  ADD_FAILURE() << "no instance comes to listen on port " << port_ << ": " << process_->Errors();
  return false;
}

void Instance::Terminate() { process_->Signal(SIGTERM); }

bool Instance::EndsWell() { return process_->AwaitExit() == 0; }

std::string Instance::address() const { return absl::StrCat("127.0.0.1:", port_); }
std::string Instance::peer() const { return "ipv4:" + address(); }
std::string Instance::Log() const { return process_->Errors(); }

}  // namespace fireworks::rollout
