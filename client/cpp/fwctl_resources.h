// `fwctl models`, `deployments`, `datasets` and `jobs`: each can be listed, shown and
// watched; datasets also take files.
#ifndef FIREWORKS_CLIENT_CPP_FWCTL_RESOURCES_H_
#define FIREWORKS_CLIENT_CPP_FWCTL_RESOURCES_H_

#include <vector>

#include "client/cpp/command_table.h"

namespace fireworks::client {

// A command for each of ResourceGroups().
std::vector<Command> ResourceCommands();

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_FWCTL_RESOURCES_H_
