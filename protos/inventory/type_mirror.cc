#include "protos/inventory/type_mirror.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "fireworks/options/v1/options.pb.h"
#include "protos/inventory/facts.h"

namespace fireworks::inventory {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using options::v1::FieldMapping;
using options::v1::MessageMapping;

constexpr int kExtraNumber = 1000;

const FieldMapping& MappingOf(const FieldDescriptor& field) {
  return field.options().GetExtension(options::v1::field);
}

MessageMapping::Shape ShapeOf(const Descriptor& type) {
  return type.options().GetExtension(options::v1::message).shape();
}

bool IsUnion(const Descriptor& type) {
  return ShapeOf(type) == MessageMapping::SHAPE_UNTAGGED_UNION ||
         ShapeOf(type) == MessageMapping::SHAPE_TAGGED_UNION;
}

// Scalars whose empty value means unset: identifiers, and the fields of paging.
bool MayLackPresence(const std::string& name) {
  static const auto* const names = new std::set<std::string>{
      "id",     "model",    "model_id",  "name",       "next_page_token", "parent",
      "filter", "order_by", "page_size", "page_token", "total_size"};
  return names->count(name) > 0;
}

const FieldDescriptor* FieldOfKey(const Descriptor& type, const std::string& key) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    if (field->json_name() == key && field->number() != kExtraNumber) return field;
  }
  return nullptr;
}

int LastNumber(const Descriptor& type) {
  int last = 0;
  for (int i = 0; i < type.field_count(); ++i) {
    if (type.field(i)->number() < kExtraNumber) last = std::max(last, type.field(i)->number());
  }
  return last;
}

}  // namespace

int TypeMirror::FreeNumber(const Descriptor& type) {
  int& last = proposed_.emplace(&type, LastNumber(type)).first->second;
  do {
    ++last;
  } while (type.IsReservedNumber(last));
  return last;
}

TypeMirror::TypeMirror(const Json& inventory, Report* report)
    : inventory_(inventory), schemas_(inventory.at("schemas")), report_(report) {
  for (const Json& operation : inventory.at("operations")) {
    if (!operation.contains("body") || !operation["body"].contains("schema")) continue;
    NoteSent(Json{{"ref", operation["body"]["schema"]}});
  }
}

void TypeMirror::NoteSent(const Json& node) {
  if (node.is_array()) {
    for (const Json& element : node) NoteSent(element);
  }
  if (!node.is_object() || node.value("read_only", false)) return;
  if (node.contains("ref")) {
    const std::string name = node["ref"];
    if (sent_.insert(name).second && Find(name) != nullptr) NoteSent(*Find(name));
  }
  for (const char* part : {"fields", "items", "values", "arms"}) {
    if (node.contains(part)) NoteSent(node[part]);
  }
}

const Json* TypeMirror::Find(const std::string& schema) const {
  const auto found = schemas_.find(schema);
  return found == schemas_.end() ? nullptr : &*found;
}

void TypeMirror::Add(std::string what, std::string proposal) {
  report_->findings.push_back({std::move(what), std::move(proposal)});
}

bool TypeMirror::IsNamed(const std::string& schema, const Descriptor& type) const {
  const std::string actual = RelativeName(type.full_name());
  const Json& names = inventory_.at("names");
  if (names.contains(schema)) return names[schema] == actual;
  // Nesting is a matter of dots.
  return absl::StrReplaceAll(actual, {{".", ""}}) == absl::StripPrefix(schema, "gateway");
}

std::string TypeMirror::MessageMismatch(const Json& node, const std::string& schema,
                                        const Descriptor& type) const {
  const std::string kind = node.value("type", "");
  if (kind == "union") return IsUnion(type) ? "" : "is no union";
  if (kind == "array" || kind == "map") {
    if (ShapeOf(type) != MessageMapping::SHAPE_UNWRAP || type.field_count() != 1) {
      return "is no UNWRAP message";
    }
    return FieldMismatch(node, *type.field(0));
  }
  if (ShapeOf(type) != MessageMapping::SHAPE_UNSPECIFIED) return "is no plain message";
  if (!schema.empty() && !IsNamed(schema, type)) {
    return absl::StrCat("is ", RelativeName(type.full_name()), ", not ", schema);
  }
  return "";
}

std::string TypeMirror::ValueMismatch(const Json& node, const FieldDescriptor& value,
                                      bool raw_json) const {
  std::string schema;
  const Json* fact = &node;
  if (node.contains("ref")) {
    schema = node["ref"];
    fact = Find(schema);
    if (fact == nullptr) return absl::StrCat("is of the unknown schema ", schema);
  }
  const std::string actual = TypeName(value);
  if (IsJsonText(*fact)) {
    return actual == "string" && raw_json ? "" : absl::StrCat("is ", actual, ", not raw JSON");
  }
  if (raw_json) return "is raw JSON";
  const std::string kind = fact->value("type", "");
  if (kind == "union" || kind == "object" || kind == "array" || kind == "map") {
    if (value.type() != FieldDescriptor::TYPE_MESSAGE) {
      return absl::StrCat("is ", actual, ", not ", schema.empty() ? kind : schema);
    }
    return MessageMismatch(*fact, schema, *value.message_type());
  }
  const bool vocabulary = fact->contains("enum") && absl::StartsWith(value.file()->package(),
                                                                     "fireworks.inference");
  if (fact->contains("enum") && !vocabulary) {
    if (value.type() != FieldDescriptor::TYPE_ENUM) return absl::StrCat("is ", actual, ", no enum");
    return EnumMismatch((*fact)["enum"], *value.enum_type());
  }
  const std::string expected = ScalarType(*fact);
  return expected == actual ? "" : absl::StrCat("is ", actual, ", not ", expected);
}

std::string TypeMirror::FieldMismatch(const Json& node, const FieldDescriptor& field) const {
  const bool raw_json = MappingOf(field).raw_json();
  const std::string kind = node.value("type", "");
  if (kind == "array") {
    if (!field.is_repeated() || field.is_map()) return "is not repeated";
    return ValueMismatch(node["items"], field, raw_json);
  }
  if (kind == "map") {
    if (!field.is_map()) return "is no map";
    return ValueMismatch(node["values"], *field.message_type()->map_value(), raw_json);
  }
  if (field.is_repeated()) return "is repeated";
  return ValueMismatch(node, field, raw_json);
}

void TypeMirror::CheckOptions(const std::string& where, const Json& fact,
                              const FieldDescriptor& field, bool sent) {
  const FieldMapping& mapping = MappingOf(field);
  const auto check = [&](const char* option, bool is, bool should) {
    if (is != should) Add(absl::StrCat(should ? "lacks " : "has ", option, " ", where));
  };
  check("output_only", mapping.output_only(), fact.value("read_only", false));
  const bool required = fact.value("required", false);
  if (!sent) check("required", mapping.required(), false);
  if (sent && !fact.value("read_only", false)) {
    const std::string& constant = mapping.const_value();
    const bool nullable = fact.value("nullable", false);
    // Constants and nulls are written by themselves.
    check("required", mapping.required(), required && !nullable && constant.empty());
    check("emit_null", mapping.emit_null(), required && nullable);
    const bool written = required || !constant.empty();
    if (written && fact.contains("const") && fact["const"] != constant) {
      Add(absl::StrCat("wrong const_value ", where, ": upstream has ", fact["const"].dump()));
    }
  }
  if (fact.value("deprecated", false)) check("deprecated", field.options().deprecated(), true);
  if (!field.is_repeated() && !field.has_presence() && !MayLackPresence(field.name())) {
    Add(absl::StrCat("lacks presence ", where));
  }
}

const FieldDescriptor* TypeMirror::CompareKey(const Json& fact, const Descriptor& type,
                                              bool sent) {
  const std::string key = fact.at("key");
  const std::string where = absl::StrCat(RelativeName(type.full_name()), ".", key);
  ++report_->fields;
  const FieldDescriptor* field = FieldOfKey(type, key);
  if (field == nullptr) {
    Add(absl::StrCat("missing field ", where),
        absl::StrCat(Snake(key), " = ", FreeNumber(type), " in ", RelativeName(type.full_name()),
                     ": ", ProposedType(fact)));
    return nullptr;
  }
  ++report_->fields_mirrored;
  CheckOptions(where, fact, *field, sent);
  const std::string mismatch = FieldMismatch(fact, *field);
  if (!mismatch.empty()) {
    Add(absl::StrCat("wrong type ", where, ": ", mismatch));
    return field;
  }
  Descend(fact, *field, sent);
  return field;
}

void TypeMirror::CompareKeys(const Json& facts, const Descriptor& type, bool sent,
                             const std::set<const FieldDescriptor*>& bound) {
  Visit(type);
  // Nested messages have tags of their own.
  const std::string covered = std::exchange(covered_key_, "");
  std::set<const FieldDescriptor*> known = bound;
  for (const Json& fact : facts) {
    if (fact.at("key") == covered) continue;
    known.insert(CompareKey(fact, type, sent));
  }
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    if (known.count(field) > 0 || MappingOf(*field).extra()) continue;
    Add(absl::StrCat("invented field ", RelativeName(field->full_name())));
  }
}

void TypeMirror::CompareSchema(const std::string& schema, const Descriptor& type) {
  if (!compared_.emplace(schema, &type, covered_key_).second) {
    covered_key_.clear();
    return;
  }
  Visit(type);
  const Json* node = Find(schema);
  if (node == nullptr) {
    Add(absl::StrCat("unknown schema ", schema));
  } else if (node->value("type", "") == "union") {
    DescendUnion(*node, type, sent_.count(schema) > 0);
  } else {
    CompareKeys(node->at("fields"), type, sent_.count(schema) > 0, {});
  }
}

void TypeMirror::Descend(const Json& node, const FieldDescriptor& field, bool sent) {
  const std::string kind = node.value("type", "");
  if (kind == "array") return DescendValue(node["items"], field, sent);
  if (kind == "map") {
    return DescendValue(node["values"], *field.message_type()->map_value(), sent);
  }
  DescendValue(node, field, sent);
}

void TypeMirror::DescendValue(const Json& node, const FieldDescriptor& value, bool sent) {
  if (value.type() != FieldDescriptor::TYPE_MESSAGE) return;
  const Descriptor& type = *value.message_type();
  if (node.contains("ref")) return CompareSchema(node["ref"], type);
  const std::string kind = node.value("type", "");
  if (kind == "union") return DescendUnion(node, type, sent);
  if (kind == "object") return CompareKeys(node["fields"], type, sent, {});
  if (kind == "array" || kind == "map") {
    Visit(type);
    Descend(node, *type.field(0), sent);
  }
}

void TypeMirror::DescendTaggedArm(const Json& node, const std::string& tag,
                                  const std::string& schema, const Descriptor& type, bool sent) {
  const std::string where = absl::StrCat(RelativeName(type.full_name()), " ", tag);
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* arm = type.field(i);
    const auto& values = MappingOf(*arm).discriminator_value();
    if (std::find(values.begin(), values.end(), tag) == values.end()) continue;
    const Json reference = {{"ref", schema}};
    const std::string mismatch = FieldMismatch(reference, *arm);
    if (!mismatch.empty()) return Add(absl::StrCat("wrong arm ", where, ": ", mismatch));
    covered_key_ = node["discriminator"];
    Descend(reference, *arm, sent);
    covered_key_.clear();
    return;
  }
  Add(absl::StrCat("missing arm ", where));
}

void TypeMirror::DescendTaggedUnion(const Json& node, const Descriptor& type, bool sent) {
  const Json& mapping = node["mapping"];
  for (const auto& [tag, schema] : mapping.items()) {
    DescendTaggedArm(node, tag, schema, type, sent);
  }
  for (int i = 0; i < type.field_count(); ++i) {
    for (const std::string& tag : MappingOf(*type.field(i)).discriminator_value()) {
      if (mapping.contains(tag)) continue;
      Add(absl::StrCat("invented arm ", RelativeName(type.full_name()), " ", tag));
    }
  }
}

void TypeMirror::DescendUnion(const Json& node, const Descriptor& type, bool sent) {
  Visit(type);
  const std::string name = RelativeName(type.full_name());
  const bool tagged = ShapeOf(type) == MessageMapping::SHAPE_TAGGED_UNION;
  if (tagged && node.contains("mapping")) return DescendTaggedUnion(node, type, sent);
  std::set<const FieldDescriptor*> used;
  for (const Json& arm : node.at("arms")) {
    const FieldDescriptor* match = nullptr;
    for (int i = 0; i < type.field_count() && match == nullptr; ++i) {
      const FieldDescriptor* field = type.field(i);
      if (used.count(field) > 0 || MappingOf(*field).unknown_variant()) continue;
      // A oneof holds lists and maps in UNWRAP messages.
      if (ValueMismatch(arm, *field, MappingOf(*field).raw_json()).empty()) match = field;
    }
    if (match == nullptr) {
      Add(absl::StrCat("missing arm ", name, ": ", arm.dump()));
      continue;
    }
    used.insert(match);
    // A tag that the document does not call one: a constant of each arm.
    if (tagged) {
      covered_key_ = type.options().GetExtension(options::v1::message).discriminator();
    }
    DescendValue(arm, *match, sent);
    covered_key_.clear();
  }
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    const FieldMapping& mapping = MappingOf(*field);
    if (used.count(field) > 0 || mapping.unknown_variant() || mapping.extra()) continue;
    Add(absl::StrCat("invented arm ", RelativeName(field->full_name())));
  }
}

}  // namespace fireworks::inventory
