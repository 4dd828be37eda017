// The operations of the management API, by what they do, and the kinds of
// resources that they do it to. Both are read off the inventory's verbs, paths
// and types.
//
// Immutable once made, so safe from all threads.
#ifndef FIREWORKS_TESTS_SIMULATOR_OPERATION_H_
#define FIREWORKS_TESTS_SIMULATOR_OPERATION_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tests/simulator/inventory.h"

namespace fireworks::simulator {

struct ResourceType {
  // Whether its parent has exactly one: accounts/*/policySettings.
  bool singleton() const;
  // "models" of accounts/*/models/*.
  std::string collection() const;

  // "accounts/*/models/*", and that of the resources it belongs to; an account
  // belongs to nothing.
  std::string pattern;
  std::string parent;
  const Type* message = nullptr;
  // The member that says which one it is: its name or, without one, its id.
  std::string identity;
  // An operation creates it; else it comes with its parent.
  bool creatable = false;
  // Delete can be undone.
  bool undeletable = false;
  // It keeps what its parent was: accounts/*/evaluators/*/versions/*.
  bool is_version = false;
};

struct Operation {
  enum class Kind { kGet, kList, kCreate, kUpdate, kDelete, kCustom };

  const OperationFacts* facts = nullptr;
  Kind kind = Kind::kCustom;
  // The path behind /v1/, "*" for each part that a request fills.
  std::vector<std::string> segments;
  // "prepare" of `:prepare`.
  std::string verb;
  // What it gets, lists, creates, updates, deletes, or acts on; null when it
  // acts on nothing that is stored.
  const ResourceType* type = nullptr;
  // How many segments name the resource, or, when it lists or creates, the
  // parent.
  std::size_t target_segments = 0;
};

// An operation and what the path of a request says.
struct OperationMatch {
  const Operation* operation = nullptr;
  // The resource's name, or the parent's when the operation lists or creates.
  std::string target;
};

class OperationTable {
 public:
  // Of the inventory that is compiled in.
  static const OperationTable& Upstream();

  OperationTable(const OperationTable&) = delete;
  OperationTable& operator=(const OperationTable&) = delete;

  // The operation that a request is for. NOT_FOUND when no operation has that
  // path, UNIMPLEMENTED when those that have it have other methods.
  absl::StatusOr<OperationMatch> Match(absl::string_view method, absl::string_view path) const;

  const std::vector<Operation>& operations() const { return operations_; }
  // By pattern.
  const std::map<std::string, ResourceType>& types() const { return types_; }

 private:
  explicit OperationTable(const Inventory& inventory);

  void FindTypes();
  void FindCreated(Operation* operation);
  void FindTarget(Operation* operation);
  void FindActedOn(Operation* operation);
  void FindVersions();
  ResourceType* AddType(const std::string& pattern, const Type* message);
  const ResourceType* TypeOfMessage(const Type* message) const;

  std::vector<Operation> operations_;
  std::map<std::string, ResourceType> types_;
};

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_OPERATION_H_
