// The upstream's inventory as values: the operations of the management API and
// the types of what they take and answer.
//
// It is compiled in from //protos/inventory:upstream.json, facts that the
// upstream publishes of itself.
//
// Immutable once made, so safe from all threads. Everything that is pointed to
// lives as long as the inventory.
#ifndef FIREWORKS_TESTS_SIMULATOR_INVENTORY_H_
#define FIREWORKS_TESTS_SIMULATOR_INVENTORY_H_

#include <deque>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace fireworks::simulator {

struct Type;

// A member of a message, or a parameter of a query.
struct Field {
  std::string key;
  const Type* type = nullptr;
  bool required = false;
  // Only the server sets it.
  bool read_only = false;
};

struct Type {
  enum class Kind {
    kString,
    kBool,
    kInt32,
    kInt64,      // a JSON number
    kInt64Text,  // a JSON string, as ProtoJSON has it
    kFloat,
    kDouble,
    kEnum,
    kTimestamp,
    kDuration,
    kMessage,
    kList,
    kMap,  // keys are strings
    kJsonObject,
    kJsonValue,
  };

  // The field that JSON calls `name`, in its own spelling or in snake_case; null
  // when there is none.
  const Field* Find(absl::string_view name) const;

  Kind kind = Kind::kString;
  // The upstream's name for it; empty for a type without one.
  std::string schema;
  // Of an enum; `zero` is the one that an unset field has.
  std::vector<std::string> values;
  std::string zero;
  // Of a message, in the order of the document.
  std::vector<Field> fields;
  // A message that takes any other key too.
  bool open = false;
  // Of a list, or a map's values.
  const Type* element = nullptr;
};

// What the inventory says of one operation.
struct OperationFacts {
  enum class Body { kNone, kWhole, kField, kMultipart };

  std::string rpc;
  std::string verb;
  // In google.api.http form: "/v1/{name=accounts/*/models/*}:prepare".
  std::string path;
  std::vector<Field> query;
  // kField: the body is one resource, of type `body`. kWhole: the request beside
  // the path is a message of type `body`.
  Body body_kind = Body::kNone;
  const Type* body = nullptr;
  const Type* response = nullptr;
};

class Inventory {
 public:
  // The one that is compiled in.
  static const Inventory& Upstream();

  Inventory(const Inventory&) = delete;
  Inventory& operator=(const Inventory&) = delete;

  // Of the management API, in the order of the file.
  const std::vector<OperationFacts>& operations() const { return operations_; }

 private:
  class Reader;

  Inventory() = default;

  // Types point to each other: they never move.
  std::deque<Type> types_;
  std::vector<OperationFacts> operations_;
};

// "display_name" as JSON has it: "displayName".
std::string LowerCamel(absl::string_view name);

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_INVENTORY_H_
