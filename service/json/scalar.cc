#include "service/json/scalar.h"

#include <cstddef>
#include <limits>
#include <utility>

#include "absl/strings/escaping.h"
#include "service/json/number.h"
#include "service/json/well_known.h"

namespace fireworks::json {
namespace {

using google::protobuf::Duration;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldMask;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::Timestamp;

constexpr std::size_t kMaxCopied = 512;

// Calls Reflection's setter or its adder.
template <typename T, typename Setter, typename Adder>
Fit Store(const Place& place, Setter set, Adder add, T value) {
  const Reflection* reflection = place.message->GetReflection();
  if (place.append) {
    (reflection->*add)(place.message, place.target, std::move(value));
  } else {
    (reflection->*set)(place.message, place.target, std::move(value));
  }
  return Fit::kFits;
}

Fit StoreString(const Place& place, std::string value) {
  return Store(place, &Reflection::SetString, &Reflection::AddString, std::move(value));
}

template <typename T>
bool Parse(const JsonValue& value, T* number) {
  return value.type == JsonType::kNumber && ParseNumber(value.text, number);
}

// 64-bit integers come as numbers and as strings.
template <typename T>
bool ParseWide(const JsonValue& value, T* number) {
  if (value.type == JsonType::kString) return ParseDigits(*value.string, number);
  return Parse(value, number);
}

// ProtoJSON has names for what JSON numbers cannot say.
template <typename T>
bool ParseFloat(const Place& place, const JsonValue& value, T* number) {
  if (value.type != JsonType::kString || !place.field->proto_json) return Parse(value, number);
  if (*value.string == "NaN") {
    *number = std::numeric_limits<T>::quiet_NaN();
  } else if (*value.string == "Infinity") {
    *number = std::numeric_limits<T>::infinity();
  } else if (*value.string == "-Infinity") {
    *number = -std::numeric_limits<T>::infinity();
  } else {
    return false;
  }
  return true;
}

Fit StoreEnum(const Place& place, const JsonValue& value) {
  const EnumDescriptor* type = place.target->enum_type();
  const EnumValueDescriptor* found = nullptr;
  if (value.type == JsonType::kString) {
    found = type->FindValueByName(*value.string);
  } else {
    std::int32_t number = 0;
    if (!Parse(value, &number)) return Fit::kWrongType;
    found = type->FindValueByNumber(number);
  }
  if (found == nullptr) return Fit::kUnknownEnumValue;
  return Store(place, &Reflection::SetEnumValue, &Reflection::AddEnumValue, found->number());
}

// Only the one spelling that is written again: no byte of another is lost.
Fit StoreBytes(const Place& place, const JsonValue& value) {
  std::string bytes;
  if (value.type != JsonType::kString || !absl::Base64Unescape(*value.string, &bytes) ||
      absl::Base64Escape(bytes) != *value.string) {
    return Fit::kWrongType;
  }
  return StoreString(place, std::move(bytes));
}

// Parses a string into a message of a well-known type. The schema has found the
// type by its name, so that in the generated pool it is this class.
template <typename T>
bool ParseInto(bool (*parse)(absl::string_view, T*), const JsonValue& value, Message* message) {
  T parsed;
  if (value.type != JsonType::kString || !parse(*value.string, &parsed)) return false;
  if (T* same = google::protobuf::DynamicCastToGenerated<T>(message)) {
    *same = std::move(parsed);
    return true;
  }
  return message->ParseFromString(parsed.SerializeAsString());
}

bool ParseWellKnown(Shape shape, const JsonValue& value, Message* message) {
  switch (shape) {
    case Shape::kTimestamp:
      return ParseInto<Timestamp>(&ParseTimestamp, value, message);
    case Shape::kDuration:
      return ParseInto<Duration>(&ParseDuration, value, message);
    default:
      return ParseInto<FieldMask>(&ParseFieldMask, value, message);
  }
}

}  // namespace

Fit StoreScalar(const Place& place, const JsonValue& value) {
  switch (place.field->kind) {
    case Kind::kBool:
      if (value.type != JsonType::kBool) return Fit::kWrongType;
      return Store(place, &Reflection::SetBool, &Reflection::AddBool, value.boolean);
    case Kind::kInt32: {
      std::int32_t number = 0;
      if (!Parse(value, &number)) return Fit::kWrongType;
      return Store(place, &Reflection::SetInt32, &Reflection::AddInt32, number);
    }
    case Kind::kUint32: {
      std::uint32_t number = 0;
      if (!Parse(value, &number)) return Fit::kWrongType;
      return Store(place, &Reflection::SetUInt32, &Reflection::AddUInt32, number);
    }
    case Kind::kInt64: {
      std::int64_t number = 0;
      if (!ParseWide(value, &number)) return Fit::kWrongType;
      return Store(place, &Reflection::SetInt64, &Reflection::AddInt64, number);
    }
    case Kind::kUint64: {
      std::uint64_t number = 0;
      if (!ParseWide(value, &number)) return Fit::kWrongType;
      return Store(place, &Reflection::SetUInt64, &Reflection::AddUInt64, number);
    }
    case Kind::kFloat: {
      float number = 0;
      if (!ParseFloat(place, value, &number)) return Fit::kWrongType;
      return Store(place, &Reflection::SetFloat, &Reflection::AddFloat, number);
    }
    case Kind::kDouble: {
      double number = 0;
      if (!ParseFloat(place, value, &number)) return Fit::kWrongType;
      return Store(place, &Reflection::SetDouble, &Reflection::AddDouble, number);
    }
    case Kind::kString:
      if (value.type != JsonType::kString) return Fit::kWrongType;
      // The string is the parser's buffer, which would have to grow again: only
      // of a long one a copy costs more.
      if (value.string->size() <= kMaxCopied) return StoreString(place, *value.string);
      return StoreString(place, std::move(*value.string));
    case Kind::kBytes:
      return StoreBytes(place, value);
    case Kind::kEnum:
      if (value.type != JsonType::kString && value.type != JsonType::kNumber) {
        return Fit::kWrongType;
      }
      return StoreEnum(place, value);
    case Kind::kMessage:
    case Kind::kRawJson:
      return Fit::kWrongType;
  }
  return Fit::kWrongType;
}

Fit StoreWellKnown(Shape shape, const JsonValue& value, Message* message) {
  return ParseWellKnown(shape, value, message) ? Fit::kFits : Fit::kWrongType;
}

void StoreRaw(const Place& place, absl::string_view text) { StoreString(place, std::string(text)); }

}  // namespace fireworks::json
