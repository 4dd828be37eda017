// One resource by its name, looked at once or until nothing more will happen to it.
#ifndef FIREWORKS_CLIENT_CPP_FWCTL_WATCH_H_
#define FIREWORKS_CLIENT_CPP_FWCTL_WATCH_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cpp/command_table.h"
#include "client/cpp/flag_set.h"
#include "client/cpp/resource_kind.h"
#include "client/cpp/rpc.h"

namespace fireworks::client {

// For the help of commands that take a NAME.
extern const char kResourceNameHelp[];

struct ResourceFlags {
  std::string account = "-";
};

void AddResourceFlags(ResourceFlags* flags, FlagSet* set);

struct NamedResource {
  // Lives as long as the group.
  const ResourceKind* kind = nullptr;
  std::string name;
};

// The resource that a command's one argument names. INVALID_ARGUMENT: there is no or more
// than one argument, or it does not tell the kind.
absl::StatusOr<NamedResource> FindResource(const ResourceGroup& group, const ResourceFlags& flags,
                                           const std::vector<std::string>& words);

absl::StatusOr<std::shared_ptr<google::protobuf::Message>> GetResource(
    Connection* connection, const NamedResource& resource, const CallOptions& options);

// `watch`. `group` must outlive the command.
Command WatchCommand(const ResourceGroup& group);

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_FWCTL_WATCH_H_
