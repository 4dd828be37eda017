// fwctl, the command line of the service for people: finds the command and runs
// it.
#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "client/cpp/command.h"
#include "client/cpp/fwctl_chat.h"
#include "client/cpp/fwctl_models.h"
#include "client/cpp/fwctl_policy.h"
#include "grpcpp/grpcpp.h"

namespace fireworks::client {
namespace {

constexpr char kUsage[] = R"(Usage: fwctl COMMAND [flags] [arguments]

Talks to a fireworks-grpc service.

Commands:
  chat                  ask a model and print its answer as it arrives
  models list           list the models of an account
  policy check          tell what a policy file says of a call

Flags:
  --help                show this help; behind a command: the command's own
  --version             show the version

Environment:
  FWCTL_TARGET          where the service listens (default: 127.0.0.1:50051)
  FWCTL_MODEL           the model that `chat` asks
  NO_COLOR              when set and not empty: no colour

)";

int PrintAll(absl::string_view text) {
  const absl::Status written = Print(text);
  return written.ok() ? kOk : ReportWriteError(written);
}

int Run(const std::vector<std::string>& arguments) {
  if (arguments.empty()) {
    PrintToStderr(absl::StrCat(kUsage, kExitCodesHelp));
    return kUsageError;
  }
  const std::string& command = arguments[0];
  const std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
  if (command == "chat") return RunChat(rest);
  if (command == "models") return RunModels(rest);
  if (command == "policy") return RunPolicy(rest);
  if (command == "--help" || command == "-h" || command == "help") {
    return PrintAll(absl::StrCat(kUsage, kExitCodesHelp));
  }
  if (command == "--version") {
    return PrintAll(absl::StrCat("fwctl ", kVersion, " (gRPC ", grpc::Version(), ")\n"));
  }
  return ReportUsageError(
      "fwctl", absl::InvalidArgumentError(absl::StrCat("unknown command '", command, "'")));
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
