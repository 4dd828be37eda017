// The part of MessageWriter that knows of masks, and where writing begins.
#include "absl/strings/str_cat.h"
#include "service/json/message_writer.h"
#include "service/json/quote.h"
#include "service/json/well_known.h"

namespace fireworks::json {
namespace {

using google::protobuf::Message;
using google::protobuf::Reflection;

const FieldTable* FindByName(const MessageTable& table, absl::string_view name) {
  for (const FieldTable& field : table.fields) {
    if (field.field->name() == name) return &field;
  }
  return nullptr;
}

}  // namespace

absl::Status MessageWriter::Write(const MessageTable& table, const Message& message) {
  root_ = &message;
  const Path path;
  if (table.shape != Shape::kObject) {
    if (!options_.members.empty() || options_.mask != nullptr) {
      return absl::InternalError(absl::StrCat(
          table.type->full_name(), ": members and masks need a message that is a plain object"));
    }
    MessageValue(message, table, path, /*nulls=*/false);
    return violations_.ToStatus();
  }
  MaskNode mask;
  mask.whole = true;
  if (options_.mask != nullptr) mask = ParseMask(*options_.mask, &violations_);
  const Part part{&message, &table, &path};
  Object object;
  out_->push_back('{');
  if (mask.whole) {
    PlainObject(part, /*nulls=*/options_.mask != nullptr, &object);
  } else {
    Masked(part, mask, &object);
  }
  Members(&object);
  out_->push_back('}');
  return violations_.ToStatus();
}

void MessageWriter::Members(Object* object) {
  for (const auto& [key, text] : options_.members) {
    Member("", object);
    Quoted(key, Path());
    out_->push_back(':');
    out_->append(text);
  }
}

void MessageWriter::Masked(const Part& part, const MaskNode& node, Object* object) {
  for (const auto& [name, child] : node.children) {
    if (const FieldTable* field = FindByName(*part.table, name)) {
      if (!IsSkipped(part, *field)) MaskedField(part, *field, child, object);
    } else if (part.table->extra != nullptr && name == part.table->extra->name()) {
      // extra_json itself, or keys of it.
      MaskedExtras(part, child, object);
    } else {
      MaskedExtra(part, name, child, object);
    }
  }
}

void MessageWriter::MaskedExtras(const Part& part, const MaskNode& node, Object* object) {
  for (const auto& [key, unused] : SortedExtras(part)) {
    if (!node.whole && node.children.count(*key) == 0) continue;
    const auto found = part.table->by_key.find(*key);
    if (found != part.table->by_key.end() && IsSet(*part.message, *found->second)) {
      Violate({part.path, part.table->extra->name(), -1, key}, kRepeatedKey);
    } else {
      WriteExtra(part, *key, object);
    }
  }
}

void MessageWriter::MaskedField(const Part& part, const FieldTable& field, const MaskNode& node,
                                Object* object) {
  const Path path{part.path, field.field->name()};
  const Reflection* reflection = part.message->GetReflection();
  const bool singular = field.cardinality == Cardinality::kSingular;
  if (node.whole) {
    const bool set = IsSet(*part.message, field);
    if (!set && WriteExtra(part, field.key, object)) return;
    Member(field.quoted_key, object);
    if (set) {
      Value(*part.message, field, path, /*nulls=*/true);
    } else {
      out_->append("null");
    }
    return;
  }
  if (!singular || field.kind != Kind::kMessage || field.message->shape != Shape::kObject) {
    violations_.Add("update_mask", absl::StrCat("`", FormatPath(path, ""),
                                                "` has no parts that can be named alone"));
    return;
  }
  // An unset message reads as its default instance: its leaves are null, which
  // clears them and leaves alone what the mask does not name.
  const std::size_t before = out_->size();
  const bool was_empty = object->empty;
  Object inner;
  Member(field.quoted_key, object);
  out_->push_back('{');
  const Part below{&reflection->GetMessage(*part.message, field.field), field.message, &path};
  Masked(below, node, &inner);
  out_->push_back('}');
  // An empty object would replace the whole message upstream.
  if (inner.empty) {
    out_->resize(before);
    object->empty = was_empty;
  }
}

// A path that is no field: perhaps a key of `extra_json`, as it is there or in
// snake_case.
void MessageWriter::MaskedExtra(const Part& part, const std::string& name, const MaskNode& node,
                                Object* object) {
  if (node.whole && (WriteExtra(part, name, object) ||
                     WriteExtra(part, LowerCamelCase(name), object))) {
    return;
  }
  const Path path{part.path, name};
  violations_.Add("update_mask", absl::StrCat("`", FormatPath(path, ""), "` is no field of ",
                                              part.table->type->full_name()));
}

}  // namespace fireworks::json
