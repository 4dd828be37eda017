// `fwctl policy`: what a policy file says, offline.
#ifndef FIREWORKS_CLIENT_CPP_FWCTL_POLICY_H_
#define FIREWORKS_CLIENT_CPP_FWCTL_POLICY_H_

#include "client/cpp/command_table.h"

namespace fireworks::client {

Command PolicyCommand();

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_FWCTL_POLICY_H_
