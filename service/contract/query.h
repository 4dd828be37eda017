// Request fields in the query string, in the form that grpc-gateway parses.
#ifndef FIREWORKS_SERVICE_CONTRACT_QUERY_H_
#define FIREWORKS_SERVICE_CONTRACT_QUERY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "google/protobuf/message.h"
#include "service/contract/field_path.h"
#include "service/errors/field_violations.h"

namespace fireworks::contract {

// How a field looks in a query string.
enum class QueryForm {
  kScalar,     // text, an enum by name, bytes in base64; repeated: the key once per element
  kTimestamp,  // RFC 3339 in UTC
  kDuration,   // seconds with an `s`: "1.5s"
  kFieldMask,  // snake_case paths joined by commas
  kMap,        // option query_map: `key[entry]=value`, once per value
};

// A field that travels in the query string. A message field is taken apart into
// one parameter per field inside it.
struct QueryParameter {
  FieldPath field;  // through singular messages
  std::string key;  // JSON names joined by dots
  QueryForm form;
  bool required;
};

// All fields of `request` but those in `carried`: dotted paths of the fields
// that travel in the path or the body. FAILED_PRECONDITION names the field that
// has no form in a query: a map without query_map, a repeated or recursive
// message, a type of google.protobuf that QueryForm does not know.
absl::StatusOr<std::vector<QueryParameter>> CompileQuery(
    const google::protobuf::Descriptor* request, absl::Span<const std::string> carried);

// Appends the query of `request` to `target`, beginning with `?`; nothing when
// no parameter is set. A field with presence is sent when it is set, one
// without when it is not its default. What cannot be sent goes to `violations`;
// `target` is then unspecified.
void AppendQuery(absl::Span<const QueryParameter> parameters,
                 const google::protobuf::Message& request, std::string* target,
                 errors::FieldViolations* violations);

}  // namespace fireworks::contract

#endif  // FIREWORKS_SERVICE_CONTRACT_QUERY_H_
