#include "service/json/random_message.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "absl/strings/str_cat.h"
#include "google/protobuf/field_mask.pb.h"
#include "service/json/variant.h"

namespace fireworks::json::testing {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

class Filler {
 public:
  Filler(const RandomMessageOptions& options, Random* random)
      : options_(options), random_(random) {}

  void Fill(const MessageTable& table, int depth, Message* message) {
    switch (table.shape) {
      case Shape::kObject:
        FillObject(table, depth, message);
        break;
      case Shape::kUnwrap:
        FillField(table.fields[0], depth, message);
        break;
      case Shape::kUntaggedUnion:
        FillUntagged(table, depth, message);
        break;
      case Shape::kTaggedUnion:
        FillTagged(table, depth, message);
        break;
      case Shape::kTimestamp:
        SetTime(message, static_cast<std::int64_t>(random_->Below(4102444800)), 1);
        break;
      case Shape::kDuration:
        SetTime(message, static_cast<std::int64_t>(random_->Below(100000)),
                random_->OneIn(2) ? 1 : -1);
        break;
      case Shape::kFieldMask: {
        google::protobuf::FieldMask mask;
        mask.add_paths("display_name");
        if (random_->OneIn(2)) mask.add_paths("a.b_c");
        message->ParseFromString(mask.SerializeAsString());
        break;
      }
    }
  }

 private:
  void SetTime(Message* message, std::int64_t seconds, int sign) {
    const auto* type = message->GetDescriptor();
    const Reflection* reflection = message->GetReflection();
    reflection->SetInt64(message, type->FindFieldByName("seconds"), sign * seconds);
    constexpr int kUnits[] = {1000000000, 1000000, 1000, 1};
    const int unit = kUnits[random_->Below(4)];
    reflection->SetInt32(message, type->FindFieldByName("nanos"),
                         sign * unit * static_cast<int>(random_->Below(1000000000 / unit)));
  }

  bool Fits(const FieldTable& field, int depth) const {
    if (field.kind != Kind::kMessage) return true;
    if (depth <= 0) return false;
    return !options_.only_with_extra || field.message->shape != Shape::kObject ||
           field.message->extra != nullptr;
  }

  void FillObject(const MessageTable& table, int depth, Message* message) {
    const Reflection* reflection = message->GetReflection();
    for (const FieldTable& field : table.fields) {
      if (!random_->OneIn(depth > 2 ? 2 : 4) || !Fits(field, depth)) continue;
      if (field.oneof != nullptr && reflection->HasOneof(*message, field.oneof)) continue;
      FillField(field, depth, message);
    }
    FillExtra(table, message);
  }

  void FillExtra(const MessageTable& table, Message* message) {
    if (table.extra == nullptr) return;
    for (std::uint64_t i = random_->Below(3); i > 0; --i) {
      Message* entry = message->GetReflection()->AddMessage(message, table.extra);
      entry->GetReflection()->SetString(entry, table.extra_key,
                                        absl::StrCat("new-", i, random_->Text()));
      entry->GetReflection()->SetString(entry, table.extra_value, random_->Json(3).dump(1));
    }
  }

  void FillField(const FieldTable& field, int depth, Message* message) {
    if (field.cardinality == Cardinality::kSingular) {
      FillValue(field, field.field, false, depth, message);
      return;
    }
    for (std::uint64_t i = 0, n = random_->Below(4); i < n; ++i) {
      if (!Fits(field, depth)) return;
      if (field.cardinality == Cardinality::kRepeated) {
        FillValue(field, field.field, true, depth, message);
        continue;
      }
      Message* entry = message->GetReflection()->AddMessage(message, field.field);
      entry->GetReflection()->SetString(entry, field.key_field, absl::StrCat(i, random_->Text()));
      FillValue(field, field.value_field, false, depth, entry);
    }
  }

  void FillValue(const FieldTable& table, const FieldDescriptor* field, bool add, int depth,
                 Message* message) {
    const Reflection* r = message->GetReflection();
    const std::uint64_t bits = random_->Bits() >> random_->Below(64);
    switch (table.kind) {
      case Kind::kBool:
        add ? r->AddBool(message, field, bits & 1) : r->SetBool(message, field, bits & 1);
        break;
      case Kind::kInt32: {
        const auto value = static_cast<std::int32_t>(random_->OneIn(2) ? bits : ~bits);
        add ? r->AddInt32(message, field, value) : r->SetInt32(message, field, value);
        break;
      }
      case Kind::kUint32: {
        const auto value = static_cast<std::uint32_t>(bits);
        add ? r->AddUInt32(message, field, value) : r->SetUInt32(message, field, value);
        break;
      }
      case Kind::kInt64: {
        const auto value = static_cast<std::int64_t>(random_->OneIn(2) ? bits : ~bits);
        add ? r->AddInt64(message, field, value) : r->SetInt64(message, field, value);
        break;
      }
      case Kind::kUint64:
        add ? r->AddUInt64(message, field, bits) : r->SetUInt64(message, field, bits);
        break;
      case Kind::kFloat: {
        // Exact in few digits: Protobuf does not always write the shortest.
        float value = static_cast<float>(bits % 16000) / 16;
        if (table.proto_json && random_->OneIn(8)) value = std::numeric_limits<float>::infinity();
        add ? r->AddFloat(message, field, value) : r->SetFloat(message, field, value);
        break;
      }
      case Kind::kDouble: {
        double value = random_->Real();
        if (table.proto_json && random_->OneIn(8)) value = -std::numeric_limits<double>::infinity();
        add ? r->AddDouble(message, field, value) : r->SetDouble(message, field, value);
        break;
      }
      case Kind::kString:
      case Kind::kBytes: {
        const std::string value = random_->Text();
        add ? r->AddString(message, field, value) : r->SetString(message, field, value);
        break;
      }
      case Kind::kRawJson: {
        const std::string value = random_->Json(3).dump(random_->OneIn(2) ? 1 : -1);
        add ? r->AddString(message, field, value) : r->SetString(message, field, value);
        break;
      }
      case Kind::kEnum: {
        const auto* type = field->enum_type();
        const int value = type->value(static_cast<int>(bits % type->value_count()))->number();
        add ? r->AddEnumValue(message, field, value) : r->SetEnumValue(message, field, value);
        break;
      }
      case Kind::kMessage:
        Fill(*table.message, depth - 1,
             add ? r->AddMessage(message, field) : r->MutableMessage(message, field));
        break;
    }
  }

  // A JSON value that no typed arm takes.
  std::string Stranger(const MessageTable& table) {
    TypeSet taken;
    for (const FieldTable* arm : table.arms) {
      if (arm->kind != Kind::kRawJson) taken.Add(AcceptedTypes(*arm));
    }
    if (!taken.Has(JsonType::kObject)) return R"({ "strange":[1, 2]})";
    if (!taken.Has(JsonType::kArray)) return "[ 1,{}]";
    if (!taken.Has(JsonType::kNumber)) return "17.50";
    if (!taken.Has(JsonType::kBool)) return "true";
    return "";
  }

  void FillUntagged(const MessageTable& table, int depth, Message* message) {
    const Reflection* reflection = message->GetReflection();
    if (table.unknown_variant != nullptr && random_->OneIn(4)) {
      const std::string stranger = Stranger(table);
      if (!stranger.empty()) {
        reflection->SetString(message, table.unknown_variant->field, stranger);
        return;
      }
    }
    const FieldTable& arm = *table.arms[random_->Below(table.arms.size())];
    if (arm.kind == Kind::kRawJson) {
      reflection->SetString(message, arm.field, Stranger(table));
      return;
    }
    FillValue(arm, arm.field, false, depth, message);
    // A list whose elements cannot tell reads as the first list.
    if (IsArrayArm(arm)) {
      Message* list = reflection->MutableMessage(message, arm.field);
      const FieldTable& element = arm.message->fields[0];
      if (list->ByteSizeLong() == 0) FillValue(element, element.field, true, depth, list);
    }
    if (arm.kind == Kind::kDouble) {
      // Next to an integer arm, integers are not ours.
      reflection->SetDouble(message, arm.field, static_cast<double>(random_->Below(99)) + 0.5);
    }
    if (arm.kind == Kind::kMessage && arm.message->shape == Shape::kObject) {
      MakeTellable(table, arm, reflection->MutableMessage(message, arm.field));
    }
  }

  // Sets what picks `arm` among the objects of `table`, clears what would pick
  // another.
  void MakeTellable(const MessageTable& table, const FieldTable& arm, Message* message) {
    Clear(arm, table.discriminator, message);
    for (const FieldTable* other : table.arms) {
      for (const std::string& key : other->probe_keys) Clear(arm, key, message);
    }
    if (!arm.discriminator_values.empty() && random_->OneIn(2)) {
      const FieldTable& field = *arm.message->by_key.at(table.discriminator);
      message->GetReflection()->SetString(message, field.field, arm.discriminator_values[0]);
    } else if (!arm.probe_keys.empty()) {
      const FieldTable& field = *arm.message->by_key.at(arm.probe_keys[0]);
      FillValue(field, field.field, field.cardinality == Cardinality::kRepeated, 2, message);
    } else if (!arm.discriminator_values.empty()) {
      const FieldTable& field = *arm.message->by_key.at(table.discriminator);
      message->GetReflection()->SetString(message, field.field, arm.discriminator_values[0]);
    }
  }

  void Clear(const FieldTable& arm, const std::string& key, Message* message) {
    const auto found = arm.message->by_key.find(key);
    if (found != arm.message->by_key.end()) {
      message->GetReflection()->ClearField(message, found->second->field);
    }
  }

  void FillTagged(const MessageTable& table, int depth, Message* message) {
    const Reflection* reflection = message->GetReflection();
    if (table.unknown_variant != nullptr && (depth <= 0 || random_->OneIn(4))) {
      reflection->SetString(message, table.unknown_variant->field, R"({"type" : "stranger"})");
      return;
    }
    const FieldTable& arm = *table.arms[random_->Below(table.arms.size())];
    Fill(*arm.message, depth - 1, reflection->MutableMessage(message, arm.field));
    for (const FieldTable& field : table.fields) {
      if (field.oneof != table.oneof && Fits(field, depth)) FillField(field, depth, message);
    }
  }

  const RandomMessageOptions& options_;
  Random* random_;
};

}  // namespace

std::string Random::Text() {
  constexpr const char* kPieces[] = {"a",  "B",    " ",    "\"",         "\\",     "\n",
                                     "é",  "😀",   "\x01", "\u2028",     "{",      "]",
                                     ",",  ":",    "/",    "\uFFFD",     "\x7f",   "zzzzzzzzzzzzzzz"};
  std::string text = "s";
  for (std::uint64_t i = Below(6); i > 0; --i) text += kPieces[Below(std::size(kPieces))];
  if (OneIn(16)) text.push_back('\0');
  return text;
}

double Random::Real() {
  const std::uint64_t bits = Bits();
  double value;
  std::memcpy(&value, &bits, sizeof value);
  return std::isfinite(value) && std::isnormal(value) ? value : 0.5;
}

nlohmann::ordered_json Random::Json(int depth) {
  switch (Below(depth > 0 ? 6 : 4)) {
    case 0:
      return Text();
    case 1:
      return true;
    case 2:
      return static_cast<double>(Below(1000)) + 0.25;
    case 3:
      // A float holds it too.
      return 1000000 + Below(15000000);
    case 4: {
      auto array = nlohmann::ordered_json::array();
      for (std::uint64_t i = Below(3); i > 0; --i) array.push_back(Json(depth - 1));
      return array;
    }
    default: {
      auto object = nlohmann::ordered_json::object();
      for (std::uint64_t i = Below(3); i > 0; --i) {
        object[absl::StrCat("k", i, Text())] = Json(depth - 1);
      }
      return object;
    }
  }
}

void FillMessage(const MessageTable& table, const RandomMessageOptions& options, int depth,
                 Random* random, Message* message) {
  Filler(options, random).Fill(table, depth, message);
}

}  // namespace fireworks::json::testing
