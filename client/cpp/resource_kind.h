// The resources that fwctl lists, shows and watches. A kind more is an entry more in
// resource_kind.cc.
#ifndef FIREWORKS_CLIENT_CPP_RESOURCE_KIND_H_
#define FIREWORKS_CLIENT_CPP_RESOURCE_KIND_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "client/cpp/output.h"
#include "google/protobuf/message.h"

namespace fireworks::client {

// What a state means to somebody who waits.
enum class Outcome { kPending, kSuccess, kFailure };

struct ResourceKind {
  // In resource names: `accounts/ACCOUNT/COLLECTION/ID`.
  std::string collection;
  // Its methods, as `Service/Method`.
  std::string list_method;
  std::string get_method;
  // What a watch waits for, by the state's cell (CellOf). Other states are pending.
  std::vector<std::string> successes;
  std::vector<std::string> failures;
};

// A group of commands: kinds that are listed in one table.
struct ResourceGroup {
  // The command's name, in the plural.
  std::string name;
  std::vector<ResourceKind> kinds;
  std::vector<MessageColumn> columns;
  // What the columns are; a paragraph for the help.
  std::string about;
};

const std::vector<ResourceGroup>& ResourceGroups();

// The state of a resource, and what it means.
std::string StateOf(const google::protobuf::Message& resource);
Outcome OutcomeOf(const ResourceKind& kind, absl::string_view state);

// `accounts/ACCOUNT`, of an id or of a name.
std::string AccountName(absl::string_view account);

// The full name of a resource: `name` may be full, or begin behind the account, or be the
// id alone, which then is of the collection `collection`.
std::string ResourceName(absl::string_view account, absl::string_view collection,
                         absl::string_view name);

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_RESOURCE_KIND_H_
