// The JSON forms that Protobuf gives to its own message types.
#ifndef FIREWORKS_SERVICE_JSON_WELL_KNOWN_H_
#define FIREWORKS_SERVICE_JSON_WELL_KNOWN_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/timestamp.pb.h"

namespace fireworks::json {

// RFC 3339 §5.6, with any offset and any number of fraction digits, of which
// none beyond the ninth may be other than 0. False when `text` is no such time,
// or one that a Timestamp cannot hold, as a leap second.
bool ParseTimestamp(absl::string_view text, google::protobuf::Timestamp* timestamp);

// Decimal seconds: "3.5s", "-0.000000001s". At most nine fraction digits that
// are not 0.
bool ParseDuration(absl::string_view text, google::protobuf::Duration* duration);

// Paths in lowerCamelCase, joined by commas. False when a path has a form that
// FormatFieldMask never gives.
bool ParseFieldMask(absl::string_view text, google::protobuf::FieldMask* mask);

// Write what the functions above read; times in UTC with 0, 3, 6 or 9 fraction
// digits. INVALID_ARGUMENT says which values the JSON form cannot carry.
absl::StatusOr<std::string> FormatTimestamp(const google::protobuf::Timestamp& timestamp);
absl::StatusOr<std::string> FormatDuration(const google::protobuf::Duration& duration);
absl::StatusOr<std::string> FormatFieldMask(const google::protobuf::FieldMask& mask);

// new_field → newField. No check.
std::string LowerCamelCase(absl::string_view snake_case);

}  // namespace fireworks::json

#endif  // FIREWORKS_SERVICE_JSON_WELL_KNOWN_H_
