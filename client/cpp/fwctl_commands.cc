#include "client/cpp/fwctl_commands.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cpp/command.h"
#include "client/cpp/fwctl_call.h"
#include "client/cpp/fwctl_chat.h"
#include "client/cpp/fwctl_completion.h"
#include "client/cpp/fwctl_explain.h"
#include "client/cpp/fwctl_infer.h"
#include "client/cpp/fwctl_policy.h"
#include "client/cpp/fwctl_resources.h"

namespace fireworks::client {
namespace {

Command MakeRoot() {
  Command root;
  root.name = "fwctl";
  root.summary = "talk to a fireworks-grpc service";
  root.description =
      absl::StrCat("Talks to a fireworks-grpc service. `fwctl --version` tells its own version.\n",
                   "\n", kEnvironmentHelp);
  root.commands = {ChatCommand(), CompleteCommand(), EmbedCommand(), RerankCommand()};
  for (Command& command : ResourceCommands()) root.commands.push_back(std::move(command));
  root.commands.push_back(CallCommand());
  root.commands.push_back(ExplainCommand());
  root.commands.push_back(PolicyCommand());
  root.commands.push_back(CompletionCommand());
  return root;
}

}  // namespace

const Command& FwctlCommands() {
  static const Command root = MakeRoot();
  return root;
}

}  // namespace fireworks::client
