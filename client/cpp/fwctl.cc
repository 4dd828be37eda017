// fwctl, the command line of the service for people.
#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "client/cpp/command.h"
#include "client/cpp/command_table.h"
#include "client/cpp/fwctl_commands.h"
#include "grpcpp/grpcpp.h"

namespace fireworks::client {
namespace {

int Run(const std::vector<std::string>& arguments) {
  if (!arguments.empty() && arguments[0] == "--version") {
    const absl::Status written =
        Print(absl::StrCat("fwctl ", kVersion, " (gRPC ", grpc::Version(), ")\n"));
    return written.ok() ? kOk : ReportWriteError(written);
  }
  return RunCommand(FwctlCommands(), arguments);
}

}  // namespace
}  // namespace fireworks::client

int main(int argc, char** argv) {
  // Debian's Abseil is built with deadlock detection, which reports gRPC's own
  // lock order as a deadlock.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  // A reader of our output who leaves shows as EPIPE.
  std::signal(SIGPIPE, SIG_IGN);
  // Errors reach the user as statuses; gRPC's own log lines only get in between.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  return fireworks::client::Run({argv + 1, argv + argc});
}
