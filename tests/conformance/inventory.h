// The facts of the upstream that requests, answers and expectations are made
// of: protos/inventory/upstream.json, with the contract's deliberate deviations
// applied.
//
// Immutable; facts that are handed out live as long as the inventory.
#ifndef FIREWORKS_TESTS_CONFORMANCE_INVENTORY_H_
#define FIREWORKS_TESTS_CONFORMANCE_INVENTORY_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "nlohmann/json.hpp"

namespace fireworks::conformance {

using Json = nlohmann::json;

class Inventory {
 public:
  // INVALID_ARGUMENT names a deviation that nobody here knows what to expect of.
  static absl::StatusOr<Inventory> Make(Json facts, const Json& deviations);

  // The same from files.
  static absl::StatusOr<Inventory> Read(const std::string& facts_path,
                                        const std::string& deviations_path);

  const Json& operations() const { return facts_->at("operations"); }
  const Json& streams() const { return facts_->at("streams"); }

  // The operation that `stream` streams.
  const Json& UnaryOf(const Json& stream) const;

  // The stream of the RPC `rpc`; null when it has none.
  const Json* StreamOf(const std::string& rpc) const;

  // The fact itself, or the schema that it refers to.
  const Json& Resolve(const Json& fact) const;

  // Whether `type` is what the schema of that name is called in the contract.
  bool IsNamed(const std::string& schema, const google::protobuf::Descriptor& type) const;

  // Deviations that were applied.
  int deviations() const { return deviations_; }

 private:
  Inventory() = default;

  std::unique_ptr<Json> facts_;
  int deviations_ = 0;
};

// fooBar -> foo_bar: keys as field names, and as paths of field masks.
std::string SnakeCase(const std::string& key);

// foo_bar -> fooBar.
std::string LowerCamelCase(const std::string& name);

}  // namespace fireworks::conformance

#endif  // FIREWORKS_TESTS_CONFORMANCE_INVENTORY_H_
