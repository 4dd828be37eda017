// `fwctl models`: looks at the models of an account.
#ifndef FIREWORKS_CLIENT_CPP_FWCTL_MODELS_H_
#define FIREWORKS_CLIENT_CPP_FWCTL_MODELS_H_

#include <string>
#include <vector>

#include "fireworks/gateway/v1/model.pb.h"

namespace fireworks::client {

// The models as a table for people.
std::string RenderModels(const std::vector<fireworks::gateway::v1::Model>& models);

// Runs the command with the arguments behind its name; returns the exit code.
int RunModels(const std::vector<std::string>& arguments);

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_FWCTL_MODELS_H_
