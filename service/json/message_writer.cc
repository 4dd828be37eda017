#include "service/json/message_writer.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "service/json/number.h"
#include "service/json/quote.h"
#include "service/json/raw_json.h"
#include "service/json/well_known.h"

namespace fireworks::json {
namespace {

using google::protobuf::Duration;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FieldMask;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::Timestamp;

const std::string& GetText(const Message& message, const FieldDescriptor* field, int index,
                           std::string* scratch) {
  const Reflection* reflection = message.GetReflection();
  return index < 0 ? reflection->GetStringReference(message, field, scratch)
                   : reflection->GetRepeatedStringReference(message, field, index, scratch);
}

// `message` as the generated class of its well-known type.
template <typename T>
T As(const Message& message) {
  if (const T* same = google::protobuf::DynamicCastToGenerated<T>(&message)) return *same;
  T copy;
  copy.ParseFromString(message.SerializeAsString());
  return copy;
}

absl::StatusOr<std::string> FormatWellKnown(const Message& message, Shape shape) {
  switch (shape) {
    case Shape::kTimestamp:
      return FormatTimestamp(As<Timestamp>(message));
    case Shape::kDuration:
      return FormatDuration(As<Duration>(message));
    default:
      return FormatFieldMask(As<FieldMask>(message));
  }
}

}  // namespace

bool MessageWriter::IsSet(const Message& message, const FieldTable& field) {
  const Reflection* reflection = message.GetReflection();
  return field.cardinality == Cardinality::kSingular
             ? reflection->HasField(message, field.field)
             : reflection->FieldSize(message, field.field) > 0;
}

// --- Paths and violations ---------------------------------------------------

std::string MessageWriter::FormatPath(const Path& path, absl::string_view prefix) {
  std::string text = path.parent == nullptr ? std::string(prefix)
                                            : FormatPath(*path.parent, prefix);
  if (!path.name.empty()) absl::StrAppend(&text, text.empty() ? "" : ".", path.name);
  if (path.index >= 0) absl::StrAppend(&text, "[", path.index, "]");
  if (path.key != nullptr) absl::StrAppend(&text, "[", absl::Utf8SafeCEscape(*path.key), "]");
  return text;
}

void MessageWriter::Violate(const Path& path, absl::string_view description) {
  violations_.Add(FormatPath(path, options_.path_prefix), description);
}

// --- Values -----------------------------------------------------------------

void MessageWriter::Value(const Message& message, const FieldTable& field, const Path& path,
                          bool nulls) {
  if (field.cardinality == Cardinality::kSingular) {
    Single(message, field, -1, path, nulls);
    return;
  }
  if (field.cardinality == Cardinality::kMap) {
    Map(message, field, path);
    return;
  }
  const int size = message.GetReflection()->FieldSize(message, field.field);
  out_->push_back('[');
  for (int i = 0; i < size; ++i) {
    if (i > 0) out_->push_back(',');
    Path element = path;
    element.index = i;
    Single(message, field, i, element, /*nulls=*/false);
  }
  out_->push_back(']');
}

// In the order of the keys, so that equal messages give equal bodies.
void MessageWriter::Map(const Message& message, const FieldTable& field, const Path& path) {
  const Reflection* reflection = message.GetReflection();
  const int size = reflection->FieldSize(message, field.field);
  std::vector<std::pair<std::string, const Message*>> entries;
  entries.reserve(static_cast<std::size_t>(size));
  for (int i = 0; i < size; ++i) {
    const Message& entry = reflection->GetRepeatedMessage(message, field.field, i);
    entries.emplace_back(entry.GetReflection()->GetString(entry, field.key_field), &entry);
  }
  std::sort(entries.begin(), entries.end());
  out_->push_back('{');
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (i > 0) out_->push_back(',');
    Path element = path;
    element.key = &entries[i].first;
    Quoted(entries[i].first, element);
    out_->push_back(':');
    Single(*entries[i].second, field, -1, element, /*nulls=*/false);
  }
  out_->push_back('}');
}

void MessageWriter::Quoted(const std::string& text, const Path& path) {
  if (!AppendQuoted(text, out_)) Violate(path, "is not UTF-8");
}

void MessageWriter::Raw(const std::string& text, const Path& path) {
  const absl::Status status = CheckRawJson(text, options_.max_raw_depth);
  if (status.ok()) {
    out_->append(text);
  } else {
    Violate(path, status.message());
  }
}

template <typename T>
void MessageWriter::Float(T value, const FieldTable& field, const Path& path) {
  if (std::isfinite(value)) {
    AppendNumber(value, out_);
  } else if (field.proto_json) {
    out_->append(std::isnan(value) ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"");
  } else {
    Violate(path, "NaN and infinity have no JSON form");
  }
}

template <typename T>
void MessageWriter::Wide(T value, const FieldTable& field) {
  if (field.proto_json) out_->push_back('"');
  AppendNumber(value, out_);
  if (field.proto_json) out_->push_back('"');
}

// One value: the field's, its element `index`, or that of the entry `message`.
void MessageWriter::Single(const Message& message, const FieldTable& field, int index,
                           const Path& path, bool nulls) {
  const Reflection* r = message.GetReflection();
  const FieldDescriptor* f = field.value_field;
  const bool one = index < 0;
  switch (field.kind) {
    case Kind::kBool:
      out_->append((one ? r->GetBool(message, f) : r->GetRepeatedBool(message, f, index))
                       ? "true"
                       : "false");
      break;
    case Kind::kInt32:
      AppendNumber(std::int64_t{one ? r->GetInt32(message, f)
                                    : r->GetRepeatedInt32(message, f, index)},
                   out_);
      break;
    case Kind::kUint32:
      AppendNumber(std::uint64_t{one ? r->GetUInt32(message, f)
                                     : r->GetRepeatedUInt32(message, f, index)},
                   out_);
      break;
    case Kind::kInt64:
      Wide<std::int64_t>(
          one ? r->GetInt64(message, f) : r->GetRepeatedInt64(message, f, index), field);
      break;
    case Kind::kUint64:
      Wide<std::uint64_t>(
          one ? r->GetUInt64(message, f) : r->GetRepeatedUInt64(message, f, index), field);
      break;
    case Kind::kFloat:
      Float(one ? r->GetFloat(message, f) : r->GetRepeatedFloat(message, f, index), field, path);
      break;
    case Kind::kDouble:
      Float(one ? r->GetDouble(message, f) : r->GetRepeatedDouble(message, f, index), field, path);
      break;
    case Kind::kString: {
      std::string scratch;
      Quoted(GetText(message, f, index, &scratch), path);
      break;
    }
    case Kind::kRawJson: {
      std::string scratch;
      Raw(GetText(message, f, index, &scratch), path);
      break;
    }
    case Kind::kBytes: {
      std::string scratch;
      absl::StrAppend(out_, "\"", absl::Base64Escape(GetText(message, f, index, &scratch)), "\"");
      break;
    }
    case Kind::kEnum: {
      const int number =
          one ? r->GetEnumValue(message, f) : r->GetRepeatedEnumValue(message, f, index);
      const EnumValueDescriptor* value = f->enum_type()->FindValueByNumber(number);
      if (value == nullptr) {
        Violate(path, absl::StrCat(number, " is no value of ", f->enum_type()->full_name()));
      } else {
        absl::StrAppend(out_, "\"", value->name(), "\"");
      }
      break;
    }
    case Kind::kMessage:
      MessageValue(one ? r->GetMessage(message, f) : r->GetRepeatedMessage(message, f, index),
                   *field.message, path, nulls);
      break;
  }
}

void MessageWriter::WellKnown(const Message& message, const MessageTable& table,
                              const Path& path) {
  const absl::StatusOr<std::string> text = FormatWellKnown(message, table.shape);
  if (text.ok()) {
    Quoted(*text, path);
  } else {
    Violate(path, text.status().message());
  }
}

void MessageWriter::MessageValue(const Message& message, const MessageTable& table,
                                 const Path& path, bool nulls) {
  switch (table.shape) {
    case Shape::kObject: {
      Object object;
      out_->push_back('{');
      PlainObject({&message, &table, &path}, nulls, &object);
      out_->push_back('}');
      return;
    }
    case Shape::kUnwrap: {
      const Path inner{&path, table.fields[0].field->name()};
      Value(message, table.fields[0], inner, /*nulls=*/false);
      return;
    }
    case Shape::kTimestamp:
    case Shape::kDuration:
    case Shape::kFieldMask:
      WellKnown(message, table, path);
      return;
    case Shape::kUntaggedUnion:
    case Shape::kTaggedUnion:
      break;
  }
  const FieldDescriptor* set =
      message.GetReflection()->GetOneofFieldDescriptor(message, table.oneof);
  if (set == nullptr) {
    Violate(path, "needs one of its variants");
    return;
  }
  if (table.shape == Shape::kTaggedUnion &&
      (table.unknown_variant == nullptr || set != table.unknown_variant->field)) {
    Object object;
    out_->push_back('{');
    TaggedObject({&message, &table, &path}, &object);
    out_->push_back('}');
    return;
  }
  const FieldTable& arm = *std::find_if(table.fields.begin(), table.fields.end(),
                                        [set](const FieldTable& f) { return f.field == set; });
  const Path inner{&path, set->name()};
  Single(message, arm, -1, inner, /*nulls=*/false);
}

}  // namespace fireworks::json
