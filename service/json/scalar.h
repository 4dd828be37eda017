// Stores JSON scalars in message fields.
#ifndef FIREWORKS_SERVICE_JSON_SCALAR_H_
#define FIREWORKS_SERVICE_JSON_SCALAR_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "service/json/table.h"
#include "service/json/text_scan.h"

namespace fireworks::json {

// A value as the parser tells it. Borrowed from the parser's buffers.
struct JsonValue {
  JsonType type;
  // A scalar's text; of a container, what begins with it.
  absl::string_view text;
  // kString: may be moved from.
  std::string* string = nullptr;
  bool boolean = false;
};

// Where a value goes.
struct Place {
  google::protobuf::Message* message = nullptr;
  const FieldTable* field = nullptr;
  // The field of `message`: field->field, or the value of a map's entry.
  const google::protobuf::FieldDescriptor* target = nullptr;
  // Appended to a repeated field rather than set.
  bool append = false;
};

enum class Fit : std::uint8_t { kFits, kWrongType, kUnknownEnumValue, kNoVariant };

// Stores `value`, which is neither null nor a container, in `place`, whose field
// is neither a message nor raw JSON.
Fit StoreScalar(const Place& place, const JsonValue& value);

// Stores `value` in `message`, whose shape is one of the well-known types.
Fit StoreWellKnown(Shape shape, const JsonValue& value, google::protobuf::Message* message);

// Stores JSON text in `place`, whose field is raw JSON.
void StoreRaw(const Place& place, absl::string_view text);

}  // namespace fireworks::json

#endif  // FIREWORKS_SERVICE_JSON_SCALAR_H_
