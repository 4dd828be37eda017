#include "tests/e2e/json_in_message.h"

#include <cstdint>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "fireworks/options/v1/options.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"

namespace fireworks::e2e {
namespace {

using fireworks::options::v1::MessageMapping;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using nlohmann::json;

bool IsNothing(const json& value) {
  return value.is_null() || (value.is_array() && value.empty());
}

const MessageMapping& MappingOf(const Descriptor& type) {
  return type.options().GetExtension(fireworks::options::v1::message);
}

bool IsRawJson(const FieldDescriptor& field) {
  return field.options().GetExtension(fireworks::options::v1::field).raw_json();
}

// One value of a field: the only one, or an element.
struct Value {
  const Message& holder;
  const FieldDescriptor& field;
  int index = -1;  // of a repeated field

  const Reflection& reflection() const { return *holder.GetReflection(); }
  std::string Text() const {
    return index < 0 ? reflection().GetString(holder, &field)
                     : reflection().GetRepeatedString(holder, &field, index);
  }
  const Message& Sub() const {
    return index < 0 ? reflection().GetMessage(holder, &field)
                     : reflection().GetRepeatedMessage(holder, &field, index);
  }
};

// The value of a scalar as JSON; an enum's is its name.
json ScalarOf(const Value& value) {
  const Reflection& reflection = value.reflection();
  const bool one = value.index < 0;
  const Message& holder = value.holder;
  const FieldDescriptor* field = &value.field;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return one ? reflection.GetInt32(holder, field)
                 : reflection.GetRepeatedInt32(holder, field, value.index);
    case FieldDescriptor::CPPTYPE_INT64:
      return one ? reflection.GetInt64(holder, field)
                 : reflection.GetRepeatedInt64(holder, field, value.index);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return one ? reflection.GetDouble(holder, field)
                 : reflection.GetRepeatedDouble(holder, field, value.index);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return one ? reflection.GetFloat(holder, field)
                 : reflection.GetRepeatedFloat(holder, field, value.index);
    case FieldDescriptor::CPPTYPE_BOOL:
      return one ? reflection.GetBool(holder, field)
                 : reflection.GetRepeatedBool(holder, field, value.index);
    case FieldDescriptor::CPPTYPE_ENUM:
      return (one ? reflection.GetEnum(holder, field)
                  : reflection.GetRepeatedEnum(holder, field, value.index))
          ->name();
    case FieldDescriptor::CPPTYPE_STRING:
      return value.Text();
    default:
      return nullptr;  // The contract has no other scalars.
  }
}

// Numbers may travel as strings, in both directions.
bool SameScalar(const json& said, const json& held) {
  if (said == held) return true;
  if (held.is_number_float() && said.is_number()) {
    return static_cast<float>(said.get<double>()) == held.get<float>();
  }
  std::int64_t integer = 0;
  return said.is_string() && held.is_number_integer() &&
         absl::SimpleAtoi(said.get<std::string>(), &integer) && held == integer;
}

bool IsText(const json& said, const std::string& text) {
  return json::parse(text, nullptr, /*allow_exceptions=*/false) == said;
}

bool SameTime(const json& said, const Message& message) {
  absl::Time time;
  std::string error;
  if (!said.is_string() ||
      !absl::ParseTime(absl::RFC3339_full, said.get<std::string>(), &time, &error)) {
    return false;
  }
  google::protobuf::Timestamp held;
  held.CopyFrom(message);
  return time == absl::FromUnixSeconds(held.seconds()) + absl::Nanoseconds(held.nanos());
}

bool SameDuration(const json& said, const Message& message) {
  absl::Duration duration;
  if (!said.is_string() || !absl::ParseDuration(said.get<std::string>(), &duration)) return false;
  google::protobuf::Duration held;
  held.CopyFrom(message);
  return duration == absl::Seconds(held.seconds()) + absl::Nanoseconds(held.nanos());
}

class Checker {
 public:
  void CheckMessage(const json& said, const Message& message, const std::string& at) {
    const Descriptor& type = *message.GetDescriptor();
    if (&type == google::protobuf::Timestamp::descriptor()) {
      return Expect(SameTime(said, message), at);
    }
    if (&type == google::protobuf::Duration::descriptor()) {
      return Expect(SameDuration(said, message), at);
    }
    switch (MappingOf(type).shape()) {
      case MessageMapping::SHAPE_UNWRAP:
        return CheckField(said, message, *type.field(0), at);
      case MessageMapping::SHAPE_UNTAGGED_UNION:
        return CheckArm(said, message, at);
      case MessageMapping::SHAPE_TAGGED_UNION:
        return CheckTagged(said, message, at);
      default:
        return CheckObject(said, message, "", at);
    }
  }

  std::vector<std::string> lost;

 private:
  void Expect(bool held, const std::string& at) {
    if (!held) lost.push_back(at);
  }

  // The arm that is set is the whole value.
  void CheckArm(const json& said, const Message& message, const std::string& at) {
    const FieldDescriptor* arm = ArmOf(message);
    if (arm == nullptr) return Expect(false, at);
    CheckField(said, message, *arm, at);
  }

  // The discriminator's value is the arm's; the other keys are the arm's or the
  // union's own.
  void CheckTagged(const json& said, const Message& message, const std::string& at) {
    const FieldDescriptor* arm = ArmOf(message);
    if (arm == nullptr || !said.is_object()) return Expect(false, at);
    if (arm->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
      return CheckField(said, message, *arm, at);
    }
    const std::string& discriminator = MappingOf(*message.GetDescriptor()).discriminator();
    const auto& names =
        arm->options().GetExtension(fireworks::options::v1::field).discriminator_value();
    Expect(names.size() > 0 && said.value(discriminator, json()) == names[0],
           absl::StrCat(at, ".", discriminator));
    CheckObject(said, message.GetReflection()->GetMessage(message, arm), discriminator, at);
  }

  static const FieldDescriptor* ArmOf(const Message& message) {
    return message.GetReflection()->GetOneofFieldDescriptor(
        message, message.GetDescriptor()->oneof_decl(0));
  }

  // Every member of `said` but `known`, which is checked elsewhere.
  void CheckObject(const json& said, const Message& message, const std::string& known,
                   const std::string& at) {
    if (!said.is_object()) return Expect(false, at);
    for (const auto& [key, value] : said.items()) {
      if (key == known || IsNothing(value)) continue;
      CheckMember(key, value, message, at.empty() ? key : absl::StrCat(at, ".", key));
    }
  }

  void CheckMember(const std::string& key, const json& value, const Message& message,
                   const std::string& at) {
    const Descriptor& type = *message.GetDescriptor();
    if (const FieldDescriptor* extra = type.FindFieldByName("extra_json"); extra != nullptr) {
      if (const Message* entry = FindEntry(message, *extra, key); entry != nullptr) {
        const FieldDescriptor& text = *extra->message_type()->map_value();
        return Expect(IsText(value, Value{*entry, text}.Text()), at);
      }
    }
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      if (field.json_name() != key) continue;
      if (IsSet(message, field)) return CheckField(value, message, field, at);
      if (field.is_map() && value.empty()) return;
    }
    Expect(false, at);
  }

  // A scalar without presence always has a value.
  static bool IsSet(const Message& message, const FieldDescriptor& field) {
    const Reflection& reflection = *message.GetReflection();
    if (field.is_repeated()) return reflection.FieldSize(message, &field) > 0;
    return !field.has_presence() || reflection.HasField(message, &field);
  }

  static const Message* FindEntry(const Message& message, const FieldDescriptor& map,
                                  const std::string& key) {
    const Reflection& reflection = *message.GetReflection();
    for (int i = 0; i < reflection.FieldSize(message, &map); ++i) {
      const Message& entry = reflection.GetRepeatedMessage(message, &map, i);
      if (ScalarOf({entry, *map.message_type()->map_key()}) == key) return &entry;
    }
    return nullptr;
  }

  void CheckField(const json& said, const Message& message, const FieldDescriptor& field,
                  const std::string& at) {
    if (field.is_map()) return CheckMap(said, message, field, at);
    if (!field.is_repeated()) return CheckValue(said, {message, field}, at);
    const int size = message.GetReflection()->FieldSize(message, &field);
    if (!said.is_array() || static_cast<int>(said.size()) != size) return Expect(false, at);
    for (int i = 0; i < size; ++i) {
      CheckValue(said[i], {message, field, i}, absl::StrCat(at, "[", i, "]"));
    }
  }

  void CheckMap(const json& said, const Message& message, const FieldDescriptor& field,
                const std::string& at) {
    if (!said.is_object()) return Expect(false, at);
    for (const auto& [key, value] : said.items()) {
      const std::string member = absl::StrCat(at, "[", key, "]");
      const Message* entry = FindEntry(message, field, key);
      if (entry == nullptr) {
        Expect(false, member);
      } else {
        CheckValue(value, {*entry, *field.message_type()->map_value()}, member);
      }
    }
  }

  void CheckValue(const json& said, const Value& value, const std::string& at) {
    if (value.field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      CheckMessage(said, value.Sub(), at);
    } else if (IsRawJson(value.field)) {
      Expect(IsText(said, value.Text()), at);
    } else {
      Expect(SameScalar(said, ScalarOf(value)), at);
    }
  }
};

}  // namespace

std::vector<std::string> LostFrom(const json& said, const Message& message) {
  Checker checker;
  checker.CheckMessage(said, message, "");
  return std::move(checker.lost);
}

}  // namespace fireworks::e2e
