// Messages of the inventory as grpc-gateway prints and reads them: ProtoJSON
// with every unset field present.
//
// Functions without state.
#ifndef FIREWORKS_TESTS_SIMULATOR_RESOURCE_JSON_H_
#define FIREWORKS_TESTS_SIMULATOR_RESOURCE_JSON_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"
#include "tests/simulator/inventory.h"

namespace fireworks::simulator {

// What a field of this type holds while it is unset: null for a message.
nlohmann::json UnsetValue(const Type& type);

// A message whose fields are all unset.
nlohmann::json EmptyMessage(const Type& message);

// Sets a member that a message of this type has; does nothing without it.
void SetIfPresent(absl::string_view key, nlohmann::json value, nlohmann::json* message);

// The whole of a request body as JSON: an object, or nothing. INVALID_ARGUMENT
// says what it is instead.
absl::StatusOr<nlohmann::json> ParseBody(const std::string& body);

// Copies the fields of `change` over `target`, a message of this type, as a
// PATCH whose mask is taken from the body's keys does: messages merge member by
// member, null resets. Names may be in snake_case. Fields that only the server
// sets are passed over. INVALID_ARGUMENT names an unknown field, or the value
// that does not fit its field; `target` is as it was then.
absl::Status MergeMessage(const Type& message, const nlohmann::json& change,
                          nlohmann::json* target);

// The first field that `given`, a message as a client sent it, lacks though it
// is required, as INVALID_ARGUMENT.
absl::Status CheckRequired(const Type& message, const nlohmann::json& given);

// The text of a query's parameter as a value of its type.
absl::StatusOr<nlohmann::json> ParseText(const Type& type, const std::string& text);

// A field found by its path.
struct FieldPath {
  std::vector<std::string> keys;
  // The type of what is at the end.
  const Type* type = nullptr;
};

// Follows `path`, as in "status.code", through a message; a part may be in
// snake_case, and after a map comes its key. INVALID_ARGUMENT names the part
// that does not exist.
absl::StatusOr<FieldPath> FindPath(const Type& message, absl::string_view path);

// What `message` holds there; as unset when a message on the way is null.
nlohmann::json ValueAt(const nlohmann::json& message, const FieldPath& path);

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_RESOURCE_JSON_H_
