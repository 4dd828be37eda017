// Checks JSON text that a caller gave, before it is spliced into a body.
#ifndef FIREWORKS_SERVICE_JSON_RAW_JSON_H_
#define FIREWORKS_SERVICE_JSON_RAW_JSON_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace fireworks::json {

// OK when `text` is exactly one JSON value in UTF-8, white space around it
// allowed. INVALID_ARGUMENT says where it is not, and when more than
// `max_depth` containers are nested.
absl::Status CheckRawJson(absl::string_view text, int max_depth);

}  // namespace fireworks::json

#endif  // FIREWORKS_SERVICE_JSON_RAW_JSON_H_
