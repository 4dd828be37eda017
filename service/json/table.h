// What Schema compiles: internal to this folder. Immutable once compiled;
// tables borrow descriptors and each other and live as long as their schema.
#ifndef FIREWORKS_SERVICE_JSON_TABLE_H_
#define FIREWORKS_SERVICE_JSON_TABLE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"

namespace fireworks::json {

struct MessageTable;

// How one value (an element of a repeated field, a map's value) looks.
enum class Kind : std::uint8_t {
  kBool,
  kInt32,
  kInt64,
  kUint32,
  kUint64,
  kFloat,
  kDouble,
  kString,
  kBytes,
  kEnum,
  kMessage,
  kRawJson,
};

enum class Cardinality : std::uint8_t { kSingular, kRepeated, kMap };

// The JSON form of a message.
enum class Shape : std::uint8_t {
  kObject,
  kUnwrap,
  kUntaggedUnion,
  kTaggedUnion,
  kTimestamp,
  kDuration,
  kFieldMask,
};

// A field's number and wire type, as they stand before its value. `size` 0: the
// field's values have a form that is not written here.
struct WireTag {
  char bytes[5];
  std::uint8_t size;
};

struct FieldTable {
  const google::protobuf::FieldDescriptor* field = nullptr;
  // Where a value is stored: `field`, or the value field of a map's entry.
  const google::protobuf::FieldDescriptor* value_field = nullptr;
  // Maps: the key field of the entry.
  const google::protobuf::FieldDescriptor* key_field = nullptr;
  // The oneof of the contract (no `optional`) that the field belongs to.
  const google::protobuf::OneofDescriptor* oneof = nullptr;
  std::string key;  // in JSON
  std::string quoted_key;  // as an object's member begins: "key":
  // Before each value, but before all of a list of numbers at once; of maps,
  // before each entry.
  WireTag tag = {};
  // Before the value of a map's entry.
  WireTag value_tag = {};
  // The table that the field is in.
  const MessageTable* owner = nullptr;
  // kMessage: the table of `value_field`'s type.
  const MessageTable* message = nullptr;
  Kind kind = Kind::kString;
  Cardinality cardinality = Cardinality::kSingular;
  // 64-bit integers are strings, NaN and infinity exist (ProtoJSON).
  bool proto_json = false;
  bool emit_null = false;
  bool required = false;
  bool output_only = false;
  bool unknown_variant = false;
  bool fallback = false;
  // Position in MessageTable::fields.
  int index = 0;
  std::string const_value;  // empty: none
  std::vector<std::string> discriminator_values;
  std::vector<std::string> probe_keys;
};

struct MessageTable {
  const google::protobuf::Descriptor* type = nullptr;
  Shape shape = Shape::kObject;
  // Whether requests may carry `extra_json`.
  bool sends_extra = false;
  // All fields but `extra_json`, in the order of their declaration.
  std::vector<FieldTable> fields;
  // By JSON key; without the arms of a union, which have none.
  absl::flat_hash_map<absl::string_view, const FieldTable*> by_key;

  // The field `extra_json`; null when the message has none.
  const google::protobuf::FieldDescriptor* extra = nullptr;
  const google::protobuf::FieldDescriptor* extra_key = nullptr;
  const google::protobuf::FieldDescriptor* extra_value = nullptr;
  WireTag extra_tag = {};  // before each entry

  // Unions only.
  const google::protobuf::OneofDescriptor* oneof = nullptr;
  std::string discriminator;
  std::vector<const FieldTable*> arms;
  const FieldTable* unknown_variant = nullptr;
};

}  // namespace fireworks::json

#endif  // FIREWORKS_SERVICE_JSON_TABLE_H_
