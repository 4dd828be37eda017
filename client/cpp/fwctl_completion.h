// `fwctl completion`: what makes shells complete fwctl's commands, flags and names.
#ifndef FIREWORKS_CLIENT_CPP_FWCTL_COMPLETION_H_
#define FIREWORKS_CLIENT_CPP_FWCTL_COMPLETION_H_

#include "client/cpp/command_table.h"

namespace fireworks::client {

Command CompletionCommand();

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_FWCTL_COMPLETION_H_
