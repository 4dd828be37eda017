// JSON strings.
#ifndef FIREWORKS_SERVICE_JSON_QUOTE_H_
#define FIREWORKS_SERVICE_JSON_QUOTE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace fireworks::json {

// Appends `text` as a JSON string, escaping what RFC 8259 §7 demands and nothing
// else. False when `text` is not UTF-8; `out` is then unspecified.
bool AppendQuoted(absl::string_view text, std::string* out);

}  // namespace fireworks::json

#endif  // FIREWORKS_SERVICE_JSON_QUOTE_H_
