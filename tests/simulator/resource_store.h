// All resources, by name.
//
// A resource lives below its parent and dies with it. What no operation creates
// (the shards of a deployment, the versions of an evaluator, the quotas of an
// account) comes with its parent.
//
// Thread-compatible.
#ifndef FIREWORKS_TESTS_SIMULATOR_RESOURCE_STORE_H_
#define FIREWORKS_TESTS_SIMULATOR_RESOURCE_STORE_H_

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"
#include "tests/simulator/operation.h"
#include "tests/simulator/resource_state.h"

namespace fireworks::simulator {

class ResourceStore {
 public:
  // Holds at most `capacity` resources.
  explicit ResourceStore(std::size_t capacity);

  void Clear();

  // Null when there is none. Pointers last until the resource is erased.
  Resource* Find(const std::string& name);
  // The same for one that is deleted, but not for good.
  Resource* FindDeleted(const std::string& name);

  // Adds a resource with `fields` as its message, and what comes with it. The
  // server's fields are set here, the state to its first. ALREADY_EXISTS,
  // RESOURCE_EXHAUSTED when the store is full.
  absl::StatusOr<Resource*> Insert(const ResourceType& type, const std::string& name,
                                   nlohmann::json fields);

  // The same without adding it.
  static Resource Make(const ResourceType& type, const std::string& name, nlohmann::json fields);

  // Removes it and all below it.
  void Erase(const std::string& name);

  // Keeps what the resource is now as one more version, where its type has
  // versions.
  absl::Status AddVersion(const Resource& resource);
  // The newest version; null when there is none.
  Resource* NewestVersion(const Resource& resource);

  // Those of one type below one parent, by name.
  std::vector<Resource*> Children(const ResourceType& type, const std::string& parent);

  // A number that no call before has got.
  std::size_t NextNumber() { return ++last_number_; }

 private:
  absl::Status InsertDependents(const Resource& resource);

  const std::size_t capacity_;
  std::size_t last_number_ = 0;
  std::map<std::string, Resource> resources_;
};

// The type whose names look like `pattern`; null when there is none.
const ResourceType* FindType(const std::string& pattern);

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_RESOURCE_STORE_H_
