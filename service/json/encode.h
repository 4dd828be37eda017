// Message to JSON, in the dialect of the file that defines the message.
#ifndef FIREWORKS_SERVICE_JSON_ENCODE_H_
#define FIREWORKS_SERVICE_JSON_ENCODE_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/message.h"
#include "service/json/schema.h"

namespace fireworks::json {

struct EncodeOptions {
  // Fields of the outermost message that travel elsewhere (path, query) and
  // are left out. Borrowed.
  absl::Span<const google::protobuf::FieldDescriptor* const> skip;

  // Further members of the outermost object: key and JSON text, such as
  // {"stream", "true"}. A key that `extra_json` repeats is an error. Borrowed.
  absl::Span<const std::pair<std::string, std::string>> members;

  // Write exactly these paths (snake_case, relative to the message), an unset
  // one as null, a path into extra_json from there; output-only paths are left
  // out; `*` writes all but output-only fields, unset ones as null. An unknown
  // path is an error. Null: no mask. Borrowed.
  const google::protobuf::FieldMask* mask = nullptr;

  // Write the message as the upstream would answer it, not as a request: output-
  // only fields and `extra_json` are kept in every dialect, a key of a field that
  // is unset may sit in `extra_json`, required fields may be unset, and no
  // constants or nulls are added.
  bool keep_output_only = false;

  // Nesting of objects and arrays in raw JSON and `extra_json`.
  int max_raw_depth = 128;

  // Path of the outermost message, prefixed to the field paths of errors:
  // "model" when the body is the request's field `model`.
  absl::string_view path_prefix;
};

// Appends the JSON of `message`, which must be of the table's type, to `out`.
//
// Errors are INVALID_ARGUMENT with google.rpc.BadRequest (see
// service/errors/field_violations.h) that names every offending field path: a required
// field that is unset, raw JSON that is none, extra_json that repeats a typed
// key or is refused in this dialect, a string that is not UTF-8, a union without
// a variant, an enum number without a name, NaN or infinity outside of ProtoJSON.
// `out` is then unspecified. INTERNAL: a mask or members for a message that is
// no plain JSON object.
absl::Status Encode(const MessageTable& table, const google::protobuf::Message& message,
                    const EncodeOptions& options, std::string* out);

}  // namespace fireworks::json

#endif  // FIREWORKS_SERVICE_JSON_ENCODE_H_
