// `fwctl policy`: what a policy file says, offline.
#ifndef FIREWORKS_CLIENT_CPP_FWCTL_POLICY_H_
#define FIREWORKS_CLIENT_CPP_FWCTL_POLICY_H_

#include <string>
#include <vector>

namespace fireworks::client {

// Runs the command with the arguments behind its name; returns the exit code.
int RunPolicy(const std::vector<std::string>& arguments);

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_FWCTL_POLICY_H_
