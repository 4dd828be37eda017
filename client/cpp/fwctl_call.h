// `fwctl call`: any method of the contract, with JSON in and out.
#ifndef FIREWORKS_CLIENT_CPP_FWCTL_CALL_H_
#define FIREWORKS_CLIENT_CPP_FWCTL_CALL_H_

#include "client/cpp/command_table.h"

namespace fireworks::client {

Command CallCommand();

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_FWCTL_CALL_H_
