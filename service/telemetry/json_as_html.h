// JSON as a page that people can read in a browser, without scripts.
#ifndef FIREWORKS_SERVICE_TELEMETRY_JSON_AS_HTML_H_
#define FIREWORKS_SERVICE_TELEMETRY_JSON_AS_HTML_H_

#include <string>

#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"

namespace fireworks::telemetry {

// A complete HTML document. Each member of the object `json` becomes a section under its
// name: objects become tables of names and values, arrays of objects tables with a column
// per member of the first one, long ones folded. `_` in names becomes a space. A member
// called `problem` stands out where it says something. All text is escaped, whoever it
// comes from, and bytes that are not UTF-8 become U+FFFD.
std::string JsonAsHtml(absl::string_view title, const nlohmann::ordered_json& json);

}  // namespace fireworks::telemetry

#endif  // FIREWORKS_SERVICE_TELEMETRY_JSON_AS_HTML_H_
