#include "tests/conformance/fill.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/text_format.h"
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
using google::protobuf::TextFormat;
using google::protobuf::util::TimeUtil;

// Text format's spelling of a scalar for `field`.
std::string TextFormatOf(const std::string& text, const FieldDescriptor& field) {
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_STRING) return text;
  return absl::StrCat("\"", absl::CEscape(text), "\"");
}

class Filler {
 public:
  Filler(const Inventory& inventory, std::vector<std::string>* problems)
      : inventory_(inventory), problems_(*problems) {}

  void FillWhole(const Value& value, Message* message) {
    const Descriptor& type = *message->GetDescriptor();
    switch (value.kind) {
      case Value::Kind::kObject:
        for (const Value& part : value.parts) FillMember(part, message);
        FillUnknown(value, message);
        break;
      case Value::Kind::kUnion:
        if (const FieldDescriptor* arm = ArmOf(inventory_, value, type)) {
          FillSingle(value.parts[0], message, *arm);
        } else {
          Problem(type, absl::StrCat("no arm for ", value.node->at("arms")[value.arm].dump()));
        }
        break;
      case Value::Kind::kList:
      case Value::Kind::kMap:
        FillParts(value, message, *type.field(0));
        break;
      case Value::Kind::kScalar:
        FillWellKnown(value.scalar, message);
        break;
      case Value::Kind::kRaw:
      case Value::Kind::kNull:
        Problem(type, "cannot hold free-form JSON");
    }
  }

  void FillMember(const Value& part, Message* message) {
    // Required constants are the contract's to write.
    const bool written = part.node->contains("const") && Is(*part.fact, "required");
    if (part.kind == Value::Kind::kNull || written) return;
    const Descriptor& type = *message->GetDescriptor();
    const FieldDescriptor* field = FieldOfKey(type, part.key);
    if (field == nullptr) return Problem(type, absl::StrCat("no field for ", part.key));
    const bool many = part.kind == Value::Kind::kList || part.kind == Value::Kind::kMap;
    if (many && !Is(*part.fact, "wrapped")) {
      FillParts(part, message, *field);
    } else {
      FillSingle(part, message, *field);
    }
  }

 private:
  void Problem(const Descriptor& type, const std::string& what) {
    problems_.push_back(absl::StrCat(type.full_name(), ": ", what));
  }

  void FillUnknown(const Value& value, Message* message) {
    if (value.unknown.empty()) return;
    const FieldDescriptor* extra = ExtraField(*message->GetDescriptor());
    if (extra == nullptr) return Problem(*message->GetDescriptor(), "has no extra_json");
    for (const auto& [key, raw] : value.unknown) {
      Message* entry = message->GetReflection()->AddMessage(message, extra);
      entry->GetReflection()->SetString(entry, extra->message_type()->map_key(), key);
      entry->GetReflection()->SetString(entry, extra->message_type()->map_value(), raw);
    }
  }

  // A list or map into the repeated field or map `field`.
  void FillParts(const Value& value, Message* message, const FieldDescriptor& field) {
    const bool fits = field.is_repeated() && field.is_map() == (value.kind == Value::Kind::kMap);
    if (!fits) {
      return Problem(*message->GetDescriptor(), absl::StrCat("wrong form: ", field.name()));
    }
    for (const Value& part : value.parts) {
      if (value.kind == Value::Kind::kList) {
        FillSingle(part, message, field);
        continue;
      }
      Message* entry = message->GetReflection()->AddMessage(message, &field);
      entry->GetReflection()->SetString(entry, field.message_type()->map_key(), part.key);
      FillSingle(part, entry, *field.message_type()->map_value());
    }
  }

  // One value into `field`, or one more into a repeated one.
  void FillSingle(const Value& value, Message* message, const FieldDescriptor& field) {
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      FillWhole(value, field.is_repeated()
                           ? message->GetReflection()->AddMessage(message, &field)
                           : message->GetReflection()->MutableMessage(message, &field));
      return;
    }
    std::string text = value.raw;
    if (value.kind == Value::Kind::kScalar) {
      text = value.scalar.is_string() ? value.scalar.get<std::string>() : value.scalar.dump();
    }
    if (!TextFormat::ParseFieldValueFromString(TextFormatOf(text, field), &field, message)) {
      Problem(*message->GetDescriptor(), absl::StrCat(field.name(), " cannot hold ", text));
    }
  }

  void FillWellKnown(const std::string& text, Message* message) {
    bool fits = false;
    if (auto* time = DynamicCastToGenerated<google::protobuf::Timestamp>(message)) {
      fits = TimeUtil::FromString(text, time);
    } else if (auto* duration = DynamicCastToGenerated<google::protobuf::Duration>(message)) {
      fits = TimeUtil::FromString(text, duration);
    } else if (auto* mask = DynamicCastToGenerated<FieldMask>(message)) {
      for (const std::string& path : std::vector<std::string>(absl::StrSplit(text, ','))) {
        mask->add_paths(SnakeCase(path));
      }
      fits = true;
    }
    if (!fits) Problem(*message->GetDescriptor(), absl::StrCat("cannot hold ", text));
  }

  const Inventory& inventory_;
  std::vector<std::string>& problems_;
};

}  // namespace

void FillMessage(const Inventory& inventory, const Value& value, Message* message,
                 std::vector<std::string>* problems) {
  Filler(inventory, problems).FillWhole(value, message);
}

void FillField(const Inventory& inventory, const Value& value, Message* message,
               std::vector<std::string>* problems) {
  Filler(inventory, problems).FillMember(value, message);
}

void FillPath(const std::string& path, const std::string& text, Message* message,
              std::vector<std::string>* problems) {
  const std::vector<std::string> names = absl::StrSplit(path, '.');
  for (std::size_t i = 0; i < names.size(); ++i) {
    const FieldDescriptor* field = message->GetDescriptor()->FindFieldByName(names[i]);
    if (field == nullptr) {
      problems->push_back(
          absl::StrCat(message->GetDescriptor()->full_name(), ": no field ", names[i]));
      return;
    }
    if (i + 1 < names.size()) {
      message = message->GetReflection()->MutableMessage(message, field);
    } else {
      message->GetReflection()->SetString(message, field, text);
    }
  }
}

}  // namespace fireworks::conformance
