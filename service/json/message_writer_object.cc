// The part of MessageWriter that writes objects: fields, extras, tagged unions.
#include <algorithm>

#include "service/json/message_writer.h"
#include "service/json/quote.h"

namespace fireworks::json {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

}  // namespace

// --- Objects ----------------------------------------------------------------

void MessageWriter::Member(absl::string_view quoted_key, Object* object) {
  if (!object->empty) out_->push_back(',');
  object->empty = false;
  out_->append(quoted_key.data(), quoted_key.size());
}

void MessageWriter::PlainObject(const Part& part, bool nulls, Object* object) {
  Fields(part, nulls, object);
  Extras(part, part, object);
}

void MessageWriter::TaggedObject(const Part& part, Object* object) {
  const FieldDescriptor* set =
      part.message->GetReflection()->GetOneofFieldDescriptor(*part.message, part.table->oneof);
  const FieldTable& arm = **std::find_if(part.table->arms.begin(), part.table->arms.end(),
                                         [set](const FieldTable* f) { return f->field == set; });
  const Path inner{part.path, set->name()};
  const Part body{&part.message->GetReflection()->GetMessage(*part.message, set), arm.message,
                  &inner};
  // An answer may have used another of the arm's names; `extra_json` has it then.
  const std::string& discriminator = part.table->discriminator;
  if (is_request() ||
      (!WriteExtra(body, discriminator, object) && !WriteExtra(part, discriminator, object))) {
    std::string member;
    AppendQuoted(discriminator, &member);
    member.push_back(':');
    AppendQuoted(arm.discriminator_values[0], &member);
    Member(member, object);
  }
  object->extra_keys.insert(discriminator);
  Fields(part, /*nulls=*/false, object);
  Fields(body, /*nulls=*/false, object);
  Extras(part, body, object);
  Extras(body, part, object);
}

bool MessageWriter::IsSkipped(const Part& part, const FieldTable& field) const {
  if (field.output_only && is_request()) return true;
  return part.message == root_ &&
         std::find(options_.skip.begin(), options_.skip.end(), field.field) != options_.skip.end();
}

void MessageWriter::Fields(const Part& part, bool nulls, Object* object) {
  for (const FieldTable& field : part.table->fields) {
    const bool is_arm = part.table->oneof != nullptr && field.oneof == part.table->oneof;
    if (is_arm || IsSkipped(part, field)) continue;
    if (!IsSet(*part.message, field)) {
      UnsetField(part, field, nulls, object);
      continue;
    }
    Member(field.quoted_key, object);
    const Path path{part.path, field.field->name()};
    Value(*part.message, field, path, nulls);
  }
}

void MessageWriter::UnsetField(const Part& part, const FieldTable& field, bool nulls,
                               Object* object) {
  if (!is_request()) return;
  if (!field.const_value.empty()) {
    Member(field.quoted_key, object);
    AppendQuoted(field.const_value, out_);
    return;
  }
  // Where another member of a oneof is set, null would take that away.
  const bool free = field.oneof == nullptr ||
                    !part.message->GetReflection()->HasOneof(*part.message, field.oneof);
  if (field.emit_null || (nulls && free)) {
    Member(field.quoted_key, object);
    out_->append("null");
  } else if (field.required && options_.mask == nullptr) {
    const Path path{part.path, field.field->name()};
    Violate(path, "is required");
  }
}

// --- Extras -----------------------------------------------------------------

std::vector<MessageWriter::Extra> MessageWriter::SortedExtras(const Part& part) {
  std::vector<Extra> extras;
  const FieldDescriptor* field = part.table->extra;
  if (field == nullptr) return extras;
  const Reflection* reflection = part.message->GetReflection();
  const int size = reflection->FieldSize(*part.message, field);
  std::string unused;  // map entries hold real strings
  for (int i = 0; i < size; ++i) {
    const Message& entry = reflection->GetRepeatedMessage(*part.message, field, i);
    const Reflection* of_entry = entry.GetReflection();
    extras.emplace_back(
        &of_entry->GetStringReference(entry, part.table->extra_key, &unused),
        &of_entry->GetStringReference(entry, part.table->extra_value, &unused));
  }
  std::sort(extras.begin(), extras.end(),
            [](const Extra& a, const Extra& b) { return *a.first < *b.first; });
  return extras;
}

// Writes the extras of `part`, which shares its object with `other`.
void MessageWriter::Extras(const Part& part, const Part& other, Object* object) {
  if (is_request() && options_.mask != nullptr) return;
  for (const auto& [key, text] : SortedExtras(part)) {
    const Path path{part.path, part.table->extra->name(), -1, key};
    if (!is_request() && object->extra_keys.contains(*key)) continue;
    if (!MayWriteExtra(*key, part, other, *object, path)) continue;
    object->extra_keys.insert(*key);
    Member("", object);
    Quoted(*key, path);
    out_->push_back(':');
    Raw(*text, path);
  }
}

bool MessageWriter::MayWriteExtra(const std::string& key, const Part& part, const Part& other,
                                  const Object& object, const Path& path) {
  if (is_request() && !part.table->sends_extra) {
    Violate(path, "the upstream takes no keys that the contract does not know");
    return false;
  }
  bool repeated = object.extra_keys.contains(key);
  for (const Part* owner : {&part, &other}) {
    const auto found = owner->table->by_key.find(key);
    if (found == owner->table->by_key.end()) continue;
    repeated |= is_request() || IsSet(*owner->message, *found->second);
  }
  if (part.message == root_ || other.message == root_) {
    for (const auto& member : options_.members) repeated |= member.first == key;
  }
  if (repeated) Violate(path, kRepeatedKey);
  return !repeated;
}

// Writes the entry `key` of `part`'s extras, if there is one, once.
bool MessageWriter::WriteExtra(const Part& part, absl::string_view key, Object* object) {
  for (const auto& [name, text] : SortedExtras(part)) {
    if (*name != key) continue;
    if (!object->extra_keys.insert(*name).second) return true;
    const Path path{part.path, part.table->extra->name(), -1, name};
    Member("", object);
    Quoted(*name, path);
    out_->push_back(':');
    Raw(*text, path);
    return true;
  }
  return false;
}

}  // namespace fireworks::json
