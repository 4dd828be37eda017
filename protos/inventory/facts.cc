#include "protos/inventory/facts.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace fireworks::inventory {

using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;

std::string RelativeName(absl::string_view full_name) {
  for (absl::string_view prefix : {"fireworks.gateway.v1.", "fireworks.inference.v1."}) {
    if (absl::ConsumePrefix(&full_name, prefix)) break;
  }
  return std::string(full_name);
}

std::string TypeName(const FieldDescriptor& field) {
  if (field.type() == FieldDescriptor::TYPE_MESSAGE) {
    return RelativeName(field.message_type()->full_name());
  }
  if (field.type() == FieldDescriptor::TYPE_ENUM) {
    return RelativeName(field.enum_type()->full_name());
  }
  return FieldDescriptor::TypeName(field.type());
}

std::string ScalarType(const Json& node) {
  const std::string type = node.value("type", "");
  const std::string format = node.value("format", "");
  if (type == "boolean") return "bool";
  if (type == "number") return format == "float" ? "float" : "double";
  if (type == "integer") return format == "int64" ? "int64" : "int32";
  if (type != "string") return "";
  if (format == "int64") return "int64";
  if (format == "date-time") return "google.protobuf.Timestamp";
  if (format == "duration") return "google.protobuf.Duration";
  if (format == "field-mask") return "google.protobuf.FieldMask";
  return "string";
}

std::string ProposedType(const Json& fact) {
  if (fact.contains("ref")) return fact["ref"];
  const std::string kind = fact.value("type", "");
  if (kind == "array") return absl::StrCat("repeated ", ProposedType(fact["items"]));
  if (kind == "map") return absl::StrCat("map<string, ", ProposedType(fact["values"]), ">");
  const std::string scalar = ScalarType(fact);
  return scalar.empty() ? kind : scalar;
}

std::string Snake(const std::string& key) {
  std::string name;
  for (const char c : key) {
    if (absl::ascii_isupper(c) && !name.empty()) name += '_';
    name += absl::ascii_tolower(c);
  }
  return name;
}

bool IsJsonText(const Json& node) {
  return node.value("type", "") == "json" || node.value("open", false);
}

std::string EnumMismatch(const Json& values, const EnumDescriptor& type) {
  for (const auto& value : values) {
    if (type.FindValueByName(value.get<std::string>()) == nullptr) {
      return absl::StrCat("lacks the value ", value.get<std::string>());
    }
  }
  for (int i = 0; i < type.value_count(); ++i) {
    const std::string& name = type.value(i)->name();
    if (std::find(values.begin(), values.end(), name) == values.end()) {
      return absl::StrCat("has the value ", name, ", which the upstream has not");
    }
  }
  return "";
}

}  // namespace fireworks::inventory
