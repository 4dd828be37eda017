// JSON and base64url as signed tokens are made of: exactly one reading, or none.
#ifndef FIREWORKS_SERVICE_ACCESS_STRICT_JSON_H_
#define FIREWORKS_SERVICE_ACCESS_STRICT_JSON_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "nlohmann/json.hpp"

namespace fireworks::access {

// The JSON object that `text` is. INVALID_ARGUMENT, without any of the text, when it
// is no JSON in UTF-8, no object, nested more than 32 deep, or has an object with the
// same key twice: readers disagree about which of them counts.
absl::StatusOr<nlohmann::json> ParseJsonObject(absl::string_view text);

// The bytes that `text` encodes (RFC 4648 §5, without padding); nullopt when it has
// other characters, or is not what encoding these bytes gives.
absl::optional<std::string> DecodeBase64Url(absl::string_view text);

// The member `key` of the object if it is a string; null if there is none.
const std::string* FindString(const nlohmann::json& object, const char* key);

}  // namespace fireworks::access

#endif  // FIREWORKS_SERVICE_ACCESS_STRICT_JSON_H_
