// Whether messages' shapes can be told from their JSON.
#ifndef FIREWORKS_SERVICE_JSON_UNION_CHECK_H_
#define FIREWORKS_SERVICE_JSON_UNION_CHECK_H_

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "service/json/table.h"

namespace fireworks::json {

// FAILED_PRECONDITION, naming the message or field, when the shape of one of
// `tables` cannot be compiled: a container without its one field, a union whose
// arms look alike. `tables` holds all tables that they reach.
absl::Status CheckShapes(absl::Span<const MessageTable* const> tables);

}  // namespace fireworks::json

#endif  // FIREWORKS_SERVICE_JSON_UNION_CHECK_H_
