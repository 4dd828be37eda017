// The simulator as a process of its own.
#include <sys/resource.h>

#include <csignal>
#include <iostream>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "tests/simulator/simulator.h"

namespace {

using fireworks::simulator::Simulator;
using fireworks::simulator::SimulatorOptions;

constexpr char kUsage[] =
    R"(A local Fireworks for tests and benchmarks.

Usage: fireworks_simulator [--listen HOST:PORT] [--threads N] [--lax]
  --listen   address to serve HTTP/1.1 on; port 0 takes a free one
             (default 127.0.0.1:0)
  --threads  threads that serve (default 1)
  --lax      accept unknown keys in inference requests
  --help     print this and exit

Prints "listening on HOST:PORT" and serves until SIGTERM or SIGINT.
)";

bool ParseListen(absl::string_view value, SimulatorOptions* options) {
  const std::size_t colon = value.rfind(':');
  if (colon == absl::string_view::npos) return false;
  options->server.host = std::string(value.substr(0, colon));
  int port;
  if (!absl::SimpleAtoi(value.substr(colon + 1), &port) || port < 0 || port > 65535) return false;
  options->server.port = port;
  return true;
}

bool ParseThreads(absl::string_view value, SimulatorOptions* options) {
  return absl::SimpleAtoi(value, &options->server.threads) && options->server.threads > 0;
}

// Takes `--name value` or `--name=value` at argv[*index]; false when the
// argument is another one.
bool TakeValue(absl::string_view name, int argc, char** argv, int* index,
               absl::string_view* value) {
  absl::string_view argument = argv[*index];
  if (!absl::ConsumePrefix(&argument, name)) return false;
  if (absl::ConsumePrefix(&argument, "=")) {
    *value = argument;
    return true;
  }
  if (!argument.empty() || *index + 1 == argc) return false;
  *value = argv[++*index];
  return true;
}

bool ParseArguments(int argc, char** argv, SimulatorOptions* options) {
  for (int i = 1; i < argc; ++i) {
    absl::string_view value;
    if (absl::string_view(argv[i]) == "--lax") {
      options->lax = true;
    } else if (TakeValue("--listen", argc, argv, &i, &value)) {
      if (!ParseListen(value, options)) return false;
    } else if (TakeValue("--threads", argc, argv, &i, &value)) {
      if (!ParseThreads(value, options)) return false;
    } else {
      return false;
    }
  }
  return true;
}

// Ten thousand streams need ten thousand descriptors.
void RaiseDescriptorLimit() {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && absl::string_view(argv[1]) == "--help") {
    std::cout << kUsage;
    return 0;
  }
  SimulatorOptions options;
  if (!ParseArguments(argc, argv, &options)) {
    std::cerr << kUsage;
    return 2;
  }
  RaiseDescriptorLimit();
  std::signal(SIGPIPE, SIG_IGN);
  // Blocked in every thread, so that sigwait is the one to receive them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  const auto simulator = Simulator::Start(options);
  if (!simulator.ok()) {
    std::cerr << "fireworks_simulator: " << simulator.status().message() << "\n";
    return 1;
  }
  std::cout << "listening on " << options.server.host << ":" << (*simulator)->port() << std::endl;
  int received;
  sigwait(&signals, &received);
  (*simulator)->Stop();
  return 0;
}
