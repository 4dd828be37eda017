#include "tests/simulator/resource_value.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::json;
using Kind = Type::Kind;
using Canonical = std::optional<Json>;

// 2^53: beyond it a double does not tell neighbours apart.
constexpr double kExactDoubles = 9007199254740992.0;

std::optional<std::int64_t> Integer(const Json& value) {
  std::int64_t number = 0;
  if (value.is_string()) {
    if (!absl::SimpleAtoi(value.get<std::string>(), &number)) return std::nullopt;
    return number;
  }
  if (value.is_number_unsigned() &&
      value.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
    return std::nullopt;
  }
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (!value.is_number_float()) return std::nullopt;
  // 1e3 is an integer too.
  const double real = value.get<double>();
  if (real != std::floor(real) || std::fabs(real) > kExactDoubles) return std::nullopt;
  return static_cast<std::int64_t>(real);
}

Canonical Int32(const Json& value) {
  const std::optional<std::int64_t> number = Integer(value);
  if (!number || *number != static_cast<std::int32_t>(*number)) return std::nullopt;
  return *number;
}

Canonical Real(const Json& value) {
  double number = 0;
  if (value.is_number()) {
    number = value.get<double>();
  } else if (value == "NaN" || value == "Infinity" || value == "-Infinity") {
    return value;
  } else if (!value.is_string() || !absl::SimpleAtod(value.get<std::string>(), &number)) {
    return std::nullopt;
  }
  if (number == std::floor(number) && std::fabs(number) < kExactDoubles) {
    return static_cast<std::int64_t>(number);
  }
  return number;
}

Canonical Timestamp(const Json& value) {
  absl::Time time;
  std::string error;
  if (!value.is_string() ||
      !absl::ParseTime(absl::RFC3339_full, value.get<std::string>(), &time, &error)) {
    return std::nullopt;
  }
  return TimeText(time);
}

// Seconds with a fraction and an "s".
Canonical Duration(const Json& value) {
  if (!value.is_string()) return std::nullopt;
  const std::string text = value;
  absl::string_view number = text;
  double seconds;
  if (!absl::ConsumeSuffix(&number, "s") || !absl::SimpleAtod(number, &seconds) ||
      !std::isfinite(seconds)) {
    return std::nullopt;
  }
  return value;
}

Canonical Enum(const Type& type, const Json& value) {
  const bool known = value.is_string() &&
                     std::find(type.values.begin(), type.values.end(), value.get<std::string>()) !=
                         type.values.end();
  return known ? Canonical(value) : std::nullopt;
}

Canonical If(bool fits, const Json& value) {
  return fits ? Canonical(value) : std::nullopt;
}

}  // namespace

std::optional<Json> CanonicalScalar(const Type& type, const Json& value) {
  switch (type.kind) {
    case Kind::kString:
      return If(value.is_string(), value);
    case Kind::kBool:
      return If(value.is_boolean(), value);
    case Kind::kInt32:
      return Int32(value);
    case Kind::kInt64: {
      const std::optional<std::int64_t> number = Integer(value);
      return number ? Canonical(*number) : std::nullopt;
    }
    case Kind::kInt64Text: {
      const std::optional<std::int64_t> number = Integer(value);
      return number ? Canonical(absl::StrCat(*number)) : std::nullopt;
    }
    case Kind::kFloat:
    case Kind::kDouble:
      return Real(value);
    case Kind::kEnum:
      return Enum(type, value);
    case Kind::kTimestamp:
      return Timestamp(value);
    case Kind::kDuration:
      return Duration(value);
    case Kind::kJsonObject:
      return If(value.is_object(), value);
    case Kind::kJsonValue:
      return value;
    case Kind::kMessage:
    case Kind::kList:
    case Kind::kMap:
      return std::nullopt;
  }
  return std::nullopt;
}

std::string TimeText(absl::Time time) {
  const std::int64_t nanos = absl::ToUnixNanos(time) % 1'000'000'000;
  const char* format = "%Y-%m-%dT%H:%M:%E9SZ";
  if (nanos == 0) {
    format = "%Y-%m-%dT%H:%M:%SZ";
  } else if (nanos % 1'000'000 == 0) {
    format = "%Y-%m-%dT%H:%M:%E3SZ";
  } else if (nanos % 1000 == 0) {
    format = "%Y-%m-%dT%H:%M:%E6SZ";
  }
  return absl::FormatTime(format, time, absl::UTCTimeZone());
}

}  // namespace fireworks::simulator
