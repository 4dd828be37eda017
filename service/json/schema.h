// JSON tables: for each message type, how its fields look as JSON.
//
// Compiled once at start-up from descriptors and fireworks.options.v1, then
// read-only and shared by all threads. A contract that cannot be decided (a
// union whose arms look alike, a raw_json field that is no string) fails here,
// with a message that names the field.
#ifndef FIREWORKS_SERVICE_JSON_SCHEMA_H_
#define FIREWORKS_SERVICE_JSON_SCHEMA_H_

#include <memory>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "google/protobuf/descriptor.h"

namespace fireworks::json {

// The table of one message type. Defined in table.h; opaque to users.
struct MessageTable;

class Schema {
 public:
  // Compiles the tables of `roots` and all message types that they reach.
  // Errors are FAILED_PRECONDITION and name the message and field.
  static absl::StatusOr<std::unique_ptr<const Schema>> Compile(
      absl::Span<const google::protobuf::Descriptor* const> roots);

  ~Schema();
  Schema(const Schema&) = delete;
  Schema& operator=(const Schema&) = delete;

  // The table of `type`, valid as long as the schema; null when no root
  // reaches it.
  const MessageTable* Find(const google::protobuf::Descriptor* type) const;

 private:
  Schema();

  // Values are boxed: tables point at each other.
  absl::flat_hash_map<const google::protobuf::Descriptor*, std::unique_ptr<MessageTable>> tables_;
};

}  // namespace fireworks::json

#endif  // FIREWORKS_SERVICE_JSON_SCHEMA_H_
