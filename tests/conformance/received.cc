#include "tests/conformance/received.h"

#include <cstdint>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/time_util.h"
#include "tests/conformance/contract_shapes.h"

namespace fireworks::conformance {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DynamicCastToGenerated;
using google::protobuf::FieldDescriptor;
using google::protobuf::FieldMask;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::util::TimeUtil;

// The scalar of `field`, or its element `index` if that is not negative.
Json ScalarOf(const Message& message, const FieldDescriptor* field, int index) {
  const Reflection& r = *message.GetReflection();
  const bool one = index < 0;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return one ? r.GetString(message, field) : r.GetRepeatedString(message, field, index);
    case FieldDescriptor::CPPTYPE_ENUM:
      return one ? r.GetEnum(message, field)->name()
                 : r.GetRepeatedEnum(message, field, index)->name();
    case FieldDescriptor::CPPTYPE_BOOL:
      return one ? r.GetBool(message, field) : r.GetRepeatedBool(message, field, index);
    case FieldDescriptor::CPPTYPE_INT32:
      return one ? r.GetInt32(message, field) : r.GetRepeatedInt32(message, field, index);
    case FieldDescriptor::CPPTYPE_INT64:
      return one ? r.GetInt64(message, field) : r.GetRepeatedInt64(message, field, index);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return one ? r.GetFloat(message, field) : r.GetRepeatedFloat(message, field, index);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return one ? r.GetDouble(message, field) : r.GetRepeatedDouble(message, field, index);
    default:
      return nullptr;
  }
}

// A timestamp, duration or field mask as JSON has it.
std::string WellKnownText(const Message& message) {
  if (const auto* time = DynamicCastToGenerated<google::protobuf::Timestamp>(&message)) {
    return TimeUtil::ToString(*time);
  }
  if (const auto* duration = DynamicCastToGenerated<google::protobuf::Duration>(&message)) {
    return TimeUtil::ToString(*duration);
  }
  if (const auto* mask = DynamicCastToGenerated<FieldMask>(&message)) {
    return absl::StrJoin(mask->paths(), ",", [](std::string* out, const std::string& path) {
      out->append(LowerCamelCase(path));
    });
  }
  return "";
}

class Checker {
 public:
  explicit Checker(const Inventory& inventory) : inventory_(inventory) {}

  void CheckWhole(const Value& value, const Message& message, const std::string& where) {
    const Descriptor& type = *message.GetDescriptor();
    switch (value.kind) {
      case Value::Kind::kObject:
        CheckObject(value, message, where);
        break;
      case Value::Kind::kUnion:
        CheckUnion(value, message, where);
        break;
      case Value::Kind::kList:
      case Value::Kind::kMap:
        CheckParts(value, message, *type.field(0), where);
        break;
      case Value::Kind::kScalar:
        Expect(where, value.scalar, WellKnownText(message));
        break;
      case Value::Kind::kRaw:
      case Value::Kind::kNull:
        Problem(where, absl::StrCat(type.name(), " cannot hold free-form JSON"));
    }
  }

  std::vector<std::string> Take() { return std::move(problems_); }

 private:
  void Problem(const std::string& where, const std::string& what) {
    problems_.push_back(absl::StrCat(where.empty() ? "answer" : where, ": ", what));
  }

  void Expect(const std::string& where, const Json& expected, const Json& actual) {
    if (expected == actual) return;
    Problem(where, absl::StrCat("expected ", expected.dump(), ", received ", actual.dump()));
  }

  void CheckObject(const Value& value, const Message& message, const std::string& where) {
    std::set<const FieldDescriptor*> answered;
    const bool in_arm = std::exchange(in_arm_, false);
    for (const Value& part : value.parts) {
      const std::string inner = absl::StrCat(where, where.empty() ? "" : ".", part.key);
      const FieldDescriptor* field = FieldOfKey(*message.GetDescriptor(), part.key);
      if (field != nullptr) {
        if (CheckMember(part, message, *field, inner)) answered.insert(field);
      } else if (!in_arm || !part.node->contains("const")) {
        // The tag of a union is told by the arm itself.
        Problem(inner, absl::StrCat("no field in ", message.GetDescriptor()->full_name()));
      }
    }
    CheckUnknown(value, message, where);
    std::vector<const FieldDescriptor*> set;
    message.GetReflection()->ListFields(message, &set);
    for (const FieldDescriptor* field : set) {
      if (field == ExtraField(*message.GetDescriptor()) || answered.count(field) > 0) continue;
      Problem(where, absl::StrCat("received ", field->name(), ", which was not answered"));
    }
  }

  // Whether the field should be set.
  bool CheckMember(const Value& part, const Message& message, const FieldDescriptor& field,
                   const std::string& where) {
    if (part.kind == Value::Kind::kNull) return false;
    const bool many = part.kind == Value::Kind::kList || part.kind == Value::Kind::kMap;
    if (many && !Is(*part.fact, "wrapped")) {
      CheckParts(part, message, field, where);
      return !part.parts.empty();
    }
    if (field.is_repeated()) {
      Problem(where, "is repeated");
    } else if (field.has_presence() && !message.GetReflection()->HasField(message, &field)) {
      Problem(where, "is missing");
    } else {
      CheckSingle(part, message, field, -1, where);
    }
    return true;
  }

  void CheckUnknown(const Value& value, const Message& message, const std::string& where) {
    std::map<std::string, std::string> received;
    if (const FieldDescriptor* extra = ExtraField(*message.GetDescriptor())) {
      for (int i = 0; i < message.GetReflection()->FieldSize(message, extra); ++i) {
        const Message& entry = message.GetReflection()->GetRepeatedMessage(message, extra, i);
        received[ScalarOf(entry, extra->message_type()->map_key(), -1)] =
            ScalarOf(entry, extra->message_type()->map_value(), -1);
      }
    }
    const std::map<std::string, std::string> expected(value.unknown.begin(), value.unknown.end());
    Expect(absl::StrCat(where, " extra_json"), expected, received);
  }

  void CheckUnion(const Value& value, const Message& message, const std::string& where) {
    const Descriptor& type = *message.GetDescriptor();
    const FieldDescriptor* expected = ArmOf(inventory_, value, type);
    if (expected == nullptr) return Problem(where, absl::StrCat("no arm in ", type.full_name()));
    const FieldDescriptor* received =
        message.GetReflection()->GetOneofFieldDescriptor(message, expected->containing_oneof());
    if (received != expected) {
      return Problem(where, absl::StrCat("expected the arm ", expected->name(), ", received ",
                                         received == nullptr ? "none" : received->name()));
    }
    in_arm_ = value.parts[0].kind == Value::Kind::kObject;
    CheckSingle(value.parts[0], message, *expected, -1, where);
    in_arm_ = false;
  }

  void CheckParts(const Value& value, const Message& message, const FieldDescriptor& field,
                  const std::string& where) {
    const bool fits = field.is_repeated() && field.is_map() == (value.kind == Value::Kind::kMap);
    if (!fits) return Problem(where, "is another kind of field");
    const Reflection& reflection = *message.GetReflection();
    const auto size = static_cast<std::size_t>(reflection.FieldSize(message, &field));
    Expect(absl::StrCat(where, " size"), value.parts.size(), size);
    if (size != value.parts.size()) return;
    if (value.kind == Value::Kind::kList) {
      for (std::size_t i = 0; i < size; ++i) {
        CheckSingle(value.parts[i], message, field, static_cast<int>(i),
                    absl::StrCat(where, "[", i, "]"));
      }
      return;
    }
    std::map<std::string, const Message*> entries;
    for (std::size_t i = 0; i < size; ++i) {
      const Message& entry = reflection.GetRepeatedMessage(message, &field, static_cast<int>(i));
      entries[ScalarOf(entry, field.message_type()->map_key(), -1)] = &entry;
    }
    for (const Value& part : value.parts) {
      const std::string inner = absl::StrCat(where, "[", part.key, "]");
      const auto entry = entries.find(part.key);
      if (entry == entries.end()) {
        Problem(inner, "is missing");
      } else {
        CheckSingle(part, *entry->second, *field.message_type()->map_value(), -1, inner);
      }
    }
  }

  // One value of `field`: its element `index` if that is not negative.
  void CheckSingle(const Value& value, const Message& message, const FieldDescriptor& field,
                   int index, const std::string& where) {
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      const Reflection& reflection = *message.GetReflection();
      CheckWhole(value,
                 index < 0 ? reflection.GetMessage(message, &field)
                           : reflection.GetRepeatedMessage(message, &field, index),
                 where);
      return;
    }
    const Json received = ScalarOf(message, &field, index);
    if (value.kind == Value::Kind::kRaw) return Expect(where, value.raw, received);
    if (value.kind != Value::Kind::kScalar) return Problem(where, "is a scalar");
    std::int64_t number = 0;
    const bool quoted_number = value.scalar.is_string() && received.is_number_integer() &&
                               absl::SimpleAtoi(value.scalar.get<std::string>(), &number);
    Expect(where, quoted_number ? Json(number) : value.scalar, received);
  }

  const Inventory& inventory_;
  std::vector<std::string> problems_;
  bool in_arm_ = false;  // the next message is the arm of a union
};

}  // namespace

std::vector<std::string> NotReceived(const Inventory& inventory, const Value& answer,
                                     const Message& message) {
  Checker checker(inventory);
  checker.CheckWhole(answer, message, "");
  return checker.Take();
}

}  // namespace fireworks::conformance
