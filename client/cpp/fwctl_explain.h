// `fwctl explain`: what a call would become at the platform.
#ifndef FIREWORKS_CLIENT_CPP_FWCTL_EXPLAIN_H_
#define FIREWORKS_CLIENT_CPP_FWCTL_EXPLAIN_H_

#include "client/cpp/command_table.h"

namespace fireworks::client {

Command ExplainCommand();

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_FWCTL_EXPLAIN_H_
