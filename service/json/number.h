// JSON numbers (RFC 8259 §6), to and from C++, whatever the locale.
#ifndef FIREWORKS_SERVICE_JSON_NUMBER_H_
#define FIREWORKS_SERVICE_JSON_NUMBER_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace fireworks::json {

// Whether `text`, a JSON number, is written without fraction and exponent.
bool LooksIntegral(absl::string_view text);

// Parse `text`, a JSON number. Integers may be written as 1750216721.0 or 1e3;
// false when the value is no integer or out of range.
bool ParseNumber(absl::string_view text, std::int32_t* value);
bool ParseNumber(absl::string_view text, std::int64_t* value);
bool ParseNumber(absl::string_view text, std::uint32_t* value);
bool ParseNumber(absl::string_view text, std::uint64_t* value);
// False when the magnitude is beyond the type, in either direction.
bool ParseNumber(absl::string_view text, float* value);
bool ParseNumber(absl::string_view text, double* value);

// Parse the content of a JSON string that holds a decimal integer, nothing else.
bool ParseDigits(absl::string_view text, std::int64_t* value);
bool ParseDigits(absl::string_view text, std::uint64_t* value);

// Append the shortest text that reads back as the same value. `value` must be
// finite.
void AppendNumber(float value, std::string* out);
void AppendNumber(double value, std::string* out);
void AppendNumber(std::int64_t value, std::string* out);
void AppendNumber(std::uint64_t value, std::string* out);

}  // namespace fireworks::json

#endif  // FIREWORKS_SERVICE_JSON_NUMBER_H_
