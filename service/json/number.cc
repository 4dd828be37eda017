#include "service/json/number.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <limits>
#include <system_error>

namespace fireworks::json {
namespace {

// The whole of `text`, as std::from_chars reads it.
template <typename T>
bool FromChars(absl::string_view text, T* value) {
  const char* end = text.data() + text.size();
  const std::from_chars_result result = std::from_chars(text.data(), end, *value);
  return result.ec == std::errc() && result.ptr == end;
}

template <typename T>
void ToChars(T value, std::string* out) {
  char buffer[32];
  const std::to_chars_result result = std::to_chars(buffer, buffer + sizeof buffer, value);
  out->append(buffer, result.ptr);
}

// A JSON number as digits × 10^exponent, without zeros at either end.
struct Decimal {
  bool negative = false;
  std::string digits;
  std::int64_t exponent = 0;
};

Decimal ParseDecimal(absl::string_view text) {
  Decimal decimal;
  std::size_t i = 0;
  bool fraction = false;
  for (; i < text.size() && text[i] != 'e' && text[i] != 'E'; ++i) {
    if (text[i] == '-') {
      decimal.negative = true;
    } else if (text[i] == '.') {
      fraction = true;
    } else {
      if (text[i] != '0' || !decimal.digits.empty()) decimal.digits.push_back(text[i]);
      if (fraction) --decimal.exponent;
    }
  }
  while (!decimal.digits.empty() && decimal.digits.back() == '0') {
    decimal.digits.pop_back();
    ++decimal.exponent;
  }
  if (i < text.size()) {
    absl::string_view exponent = text.substr(i + 1);
    if (exponent[0] == '+') exponent.remove_prefix(1);
    std::int64_t value = 0;
    // What is beyond 32 bits is beyond every integer too, and must not overflow here.
    constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
    if (!FromChars(exponent, &value)) value = exponent[0] == '-' ? -kMost : kMost;
    decimal.exponent += std::clamp(value, -kMost, kMost);
  }
  return decimal;
}

template <typename T>
bool ParseInteger(absl::string_view text, T* value) {
  if (FromChars(text, value)) return true;
  if (LooksIntegral(text) && text != "-0") return false;
  Decimal decimal = ParseDecimal(text);
  if (decimal.digits.empty()) {
    *value = 0;
    return true;
  }
  // 20 digits hold every 64-bit integer.
  if (decimal.exponent < 0 || decimal.exponent > 20) return false;
  decimal.digits.append(static_cast<std::size_t>(decimal.exponent), '0');
  if (decimal.negative) decimal.digits.insert(0, "-");
  return FromChars(decimal.digits, value);
}

}  // namespace

bool LooksIntegral(absl::string_view text) {
  return text.find_first_of(".eE") == absl::string_view::npos;
}

bool ParseNumber(absl::string_view text, std::int32_t* value) { return ParseInteger(text, value); }
bool ParseNumber(absl::string_view text, std::int64_t* value) { return ParseInteger(text, value); }
bool ParseNumber(absl::string_view text, std::uint32_t* value) { return ParseInteger(text, value); }
bool ParseNumber(absl::string_view text, std::uint64_t* value) { return ParseInteger(text, value); }
bool ParseNumber(absl::string_view text, float* value) { return FromChars(text, value); }
bool ParseNumber(absl::string_view text, double* value) { return FromChars(text, value); }

bool ParseDigits(absl::string_view text, std::int64_t* value) { return FromChars(text, value); }
bool ParseDigits(absl::string_view text, std::uint64_t* value) { return FromChars(text, value); }

void AppendNumber(float value, std::string* out) { ToChars(value, out); }
void AppendNumber(double value, std::string* out) { ToChars(value, out); }
void AppendNumber(std::int64_t value, std::string* out) { ToChars(value, out); }
void AppendNumber(std::uint64_t value, std::string* out) { ToChars(value, out); }

}  // namespace fireworks::json
