#include "service/json/schema.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "fireworks/options/v1/options.pb.h"
#include "service/json/quote.h"
#include "service/json/table.h"
#include "service/json/union_check.h"

namespace fireworks::json {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using options::v1::FieldMapping;
using options::v1::MessageMapping;

absl::Status Refuse(const FieldDescriptor& field, absl::string_view why) {
  return absl::FailedPreconditionError(absl::StrCat(field.full_name(), ": ", why));
}

absl::Status Refuse(const Descriptor& type, absl::string_view why) {
  return absl::FailedPreconditionError(absl::StrCat(type.full_name(), ": ", why));
}

bool IsMapOfStringToString(const FieldDescriptor& field) {
  return field.is_map() &&
         field.message_type()->map_key()->type() == FieldDescriptor::TYPE_STRING &&
         field.message_type()->map_value()->type() == FieldDescriptor::TYPE_STRING;
}

absl::StatusOr<Kind> KindOf(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return Kind::kBool;
    case FieldDescriptor::CPPTYPE_INT32:
      return Kind::kInt32;
    case FieldDescriptor::CPPTYPE_INT64:
      return Kind::kInt64;
    case FieldDescriptor::CPPTYPE_UINT32:
      return Kind::kUint32;
    case FieldDescriptor::CPPTYPE_UINT64:
      return Kind::kUint64;
    case FieldDescriptor::CPPTYPE_FLOAT:
      return Kind::kFloat;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return Kind::kDouble;
    case FieldDescriptor::CPPTYPE_ENUM:
      return Kind::kEnum;
    case FieldDescriptor::CPPTYPE_STRING:
      return field.type() == FieldDescriptor::TYPE_BYTES ? Kind::kBytes : Kind::kString;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (field.type() == FieldDescriptor::TYPE_GROUP) return Refuse(field, "groups have no JSON");
      return Kind::kMessage;
  }
  return Refuse(field, "unknown type");
}

// Whether `type` is one that Protobuf gives a JSON form of its own.
absl::StatusOr<bool> IsWellKnown(const Descriptor& type, Shape* shape) {
  const std::string& name = type.full_name();
  if (!absl::StartsWith(name, "google.protobuf.")) return false;
  if (name == "google.protobuf.Timestamp") {
    *shape = Shape::kTimestamp;
  } else if (name == "google.protobuf.Duration") {
    *shape = Shape::kDuration;
  } else if (name == "google.protobuf.FieldMask") {
    *shape = Shape::kFieldMask;
  } else {
    return Refuse(type, "has no JSON mapping here; use a message of the contract or raw_json");
  }
  return true;
}

// How a value begins on the wire. Of integers, only the plain varints: all that
// the contract uses.
WireTag TagOf(const FieldDescriptor& field) {
  std::uint32_t wire_type = 0;
  switch (field.type()) {
    case FieldDescriptor::TYPE_BOOL:
    case FieldDescriptor::TYPE_INT32:
    case FieldDescriptor::TYPE_INT64:
    case FieldDescriptor::TYPE_UINT32:
    case FieldDescriptor::TYPE_UINT64:
    case FieldDescriptor::TYPE_ENUM:
      break;
    case FieldDescriptor::TYPE_DOUBLE:
      wire_type = 1;
      break;
    case FieldDescriptor::TYPE_FLOAT:
      wire_type = 5;
      break;
    case FieldDescriptor::TYPE_STRING:
    case FieldDescriptor::TYPE_BYTES:
    case FieldDescriptor::TYPE_MESSAGE:
      wire_type = 2;
      break;
    default:
      return WireTag{};
  }
  // Every parser takes lists of numbers packed, whatever the field says.
  if (field.is_packable()) wire_type = 2;
  WireTag tag = {};
  std::uint32_t left = static_cast<std::uint32_t>(field.number()) << 3 | wire_type;
  for (; left >= 0x80; left >>= 7) tag.bytes[tag.size++] = static_cast<char>(left | 0x80);
  tag.bytes[tag.size++] = static_cast<char>(left);
  return tag;
}

absl::Status CheckField(const FieldMapping& mapping, const FieldTable& field) {
  const bool text = field.kind == Kind::kString || field.kind == Kind::kRawJson;
  if ((mapping.raw_json() || mapping.unknown_variant()) && !text) {
    return Refuse(*field.field, "raw_json needs a string");
  }
  if (!mapping.const_value().empty() &&
      (field.kind != Kind::kString || field.cardinality != Cardinality::kSingular)) {
    return Refuse(*field.field, "const_value needs a singular string");
  }
  if (mapping.emit_null() && !field.field->has_presence()) {
    return Refuse(*field.field, "emit_null needs a field that knows whether it is set");
  }
  return absl::OkStatus();
}

absl::StatusOr<FieldTable> CompileField(const FieldDescriptor& field, bool proto_json) {
  const FieldMapping& mapping = field.options().GetExtension(options::v1::field);
  FieldTable table;
  table.field = &field;
  table.value_field = &field;
  table.oneof = field.real_containing_oneof();
  table.key = field.json_name();
  if (!AppendQuoted(table.key, &table.quoted_key)) return Refuse(field, "json_name is not UTF-8");
  table.quoted_key.push_back(':');
  table.proto_json = proto_json;
  if (field.is_map()) {
    table.cardinality = Cardinality::kMap;
    table.key_field = field.message_type()->map_key();
    table.value_field = field.message_type()->map_value();
    if (table.key_field->type() != FieldDescriptor::TYPE_STRING) {
      return Refuse(field, "a map's key must be a string");
    }
  } else if (field.is_repeated()) {
    table.cardinality = Cardinality::kRepeated;
  }
  absl::StatusOr<Kind> kind = KindOf(*table.value_field);
  if (!kind.ok()) return kind.status();
  table.kind = *kind;
  if (absl::Status status = CheckField(mapping, table); !status.ok()) return status;
  if (mapping.raw_json() || mapping.unknown_variant()) table.kind = Kind::kRawJson;
  table.tag = TagOf(field);
  table.value_tag = TagOf(*table.value_field);
  table.emit_null = mapping.emit_null();
  table.required = mapping.required();
  table.output_only = mapping.output_only();
  table.unknown_variant = mapping.unknown_variant();
  table.fallback = mapping.fallback();
  table.const_value = mapping.const_value();
  table.discriminator_values.assign(mapping.discriminator_value().begin(),
                                    mapping.discriminator_value().end());
  table.probe_keys.assign(mapping.probe_key().begin(), mapping.probe_key().end());
  return table;
}

Shape ShapeOf(const MessageMapping& mapping) {
  switch (mapping.shape()) {
    case MessageMapping::SHAPE_UNWRAP:
      return Shape::kUnwrap;
    case MessageMapping::SHAPE_UNTAGGED_UNION:
      return Shape::kUntaggedUnion;
    case MessageMapping::SHAPE_TAGGED_UNION:
      return Shape::kTaggedUnion;
    default:
      return Shape::kObject;
  }
}

absl::Status SetExtra(const FieldDescriptor& field, MessageTable* table) {
  if (!IsMapOfStringToString(field)) return Refuse(field, "extra needs a map<string, string>");
  if (table->extra != nullptr) return Refuse(field, "a second field with the option extra");
  table->extra = &field;
  table->extra_key = field.message_type()->map_key();
  table->extra_value = field.message_type()->map_value();
  table->extra_tag = TagOf(field);
  return absl::OkStatus();
}

// Fills `table` but for the tables that its fields point to.
absl::Status CompileMessage(const Descriptor& type, MessageTable* table) {
  table->type = &type;
  absl::StatusOr<bool> well_known = IsWellKnown(type, &table->shape);
  if (!well_known.ok()) return well_known.status();
  if (*well_known) return absl::OkStatus();

  const MessageMapping& mapping = type.options().GetExtension(options::v1::message);
  const options::v1::Dialect& dialect = type.file()->options().GetExtension(options::v1::dialect);
  const bool proto_json = dialect.int64_form() != options::v1::Dialect::INT64_FORM_NUMBER;
  table->sends_extra = dialect.request_extra() == options::v1::Dialect::EXTRA_POLICY_SEND;
  table->shape = ShapeOf(mapping);
  table->discriminator = mapping.discriminator();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (field.options().GetExtension(options::v1::field).extra()) {
      if (absl::Status status = SetExtra(field, table); !status.ok()) return status;
      continue;
    }
    absl::StatusOr<FieldTable> compiled = CompileField(field, proto_json);
    if (!compiled.ok()) return compiled.status();
    compiled->index = static_cast<int>(table->fields.size());
    compiled->owner = table;
    table->fields.push_back(*std::move(compiled));
  }
  return absl::OkStatus();
}

// Points `by_key` and the union's parts into `fields`, which moves no more.
absl::Status Index(MessageTable* table) {
  const bool is_union =
      table->shape == Shape::kUntaggedUnion || table->shape == Shape::kTaggedUnion;
  if (is_union) {
    table->oneof = table->type->FindOneofByName("kind");
    if (table->oneof == nullptr) return Refuse(*table->type, "a union needs a oneof `kind`");
  }
  for (const FieldTable& field : table->fields) {
    if (is_union && field.oneof == table->oneof) {
      if (field.unknown_variant) {
        table->unknown_variant = &field;
      } else {
        table->arms.push_back(&field);
      }
    } else if (!table->by_key.emplace(field.key, &field).second) {
      return Refuse(*field.field, absl::StrCat("a second field with the JSON key ", field.key));
    }
  }
  return absl::OkStatus();
}

}  // namespace

Schema::Schema() = default;
Schema::~Schema() = default;

absl::StatusOr<std::unique_ptr<const Schema>> Schema::Compile(
    absl::Span<const Descriptor* const> roots) {
  std::unique_ptr<Schema> schema(new Schema());
  std::vector<MessageTable*> tables;
  const auto table_of = [&](const Descriptor* type) {
    std::unique_ptr<MessageTable>& table = schema->tables_[type];
    if (table == nullptr) {
      table = std::make_unique<MessageTable>();
      table->type = type;
      tables.push_back(table.get());
    }
    return table.get();
  };
  for (const Descriptor* root : roots) table_of(root);
  // `tables` grows while types are found.
  for (std::size_t i = 0; i < tables.size(); ++i) {
    MessageTable* table = tables[i];
    if (absl::Status status = CompileMessage(*table->type, table); !status.ok()) return status;
    for (FieldTable& field : table->fields) {
      if (field.kind == Kind::kMessage) field.message = table_of(field.value_field->message_type());
    }
    if (absl::Status status = Index(table); !status.ok()) return status;
  }
  const std::vector<const MessageTable*> compiled(tables.begin(), tables.end());
  if (absl::Status status = CheckShapes(compiled); !status.ok()) return status;
  return std::unique_ptr<const Schema>(std::move(schema));
}

const MessageTable* Schema::Find(const Descriptor* type) const {
  const auto found = tables_.find(type);
  return found == tables_.end() ? nullptr : found->second.get();
}

}  // namespace fireworks::json
