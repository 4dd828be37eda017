// The service's process: flags and configuration in, exit code out.
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <utility>

#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/synchronization/mutex.h"
#include "service/server/flags.h"
#include "service/server/process.h"
#include "service/server/server.h"

namespace {

constexpr int kBadConfiguration = 2;
constexpr int kCannotStart = 1;

int Fail(int code, const absl::Status& status) {
  std::cerr << "fireworks_grpc: " << status.message() << std::endl;
  return code;
}

// Signals are taken by sigwait: blocked here, before any thread exists.
sigset_t BlockSignals() {
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

}  // namespace

int main(int argc, char** argv) {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  const sigset_t signals = BlockSignals();
  fireworks::server::HardenProcess();
  fireworks::server::ReturnLargeBlocks();
  absl::SetProgramUsageMessage(fireworks::server::kUsage);
  if (absl::ParseCommandLine(argc, argv).size() > 1) {
    return Fail(kBadConfiguration, absl::InvalidArgumentError("takes flags only; see --help"));
  }
  auto options = fireworks::server::OptionsFromFlags();
  if (!options.ok()) return Fail(kBadConfiguration, options.status());
  auto key = fireworks::server::ReadApiKey(*options);
  if (!key.ok()) return Fail(kBadConfiguration, key.status());
  if (fireworks::server::CheckConfigOnly()) {
    const absl::Status checked = fireworks::server::Server::Check(*options);
    if (!checked.ok()) return Fail(kBadConfiguration, checked);
    std::cout << "configuration is valid" << std::endl;
    return EXIT_SUCCESS;
  }

  auto server = fireworks::server::Server::Build(*options, *std::move(key));
  if (!server.ok()) return Fail(kCannotStart, server.status());
  std::cout << "listening on port " << (*server)->port() << std::endl;

  int received = 0;
  while (sigwait(&signals, &received) == 0 && received == SIGHUP) (*server)->Reload();
  // A second signal ends the process at once.
  std::signal(SIGTERM, SIG_DFL);
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGHUP, SIG_IGN);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  (*server)->Drain();
  return EXIT_SUCCESS;
}
