// All commands of fwctl.
#ifndef FIREWORKS_CLIENT_CPP_FWCTL_COMMANDS_H_
#define FIREWORKS_CLIENT_CPP_FWCTL_COMMANDS_H_

#include "client/cpp/command_table.h"

namespace fireworks::client {

// The root of the tree. Lives to the end of the process.
const Command& FwctlCommands();

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_FWCTL_COMMANDS_H_
