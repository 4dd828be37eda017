#include "service/contract/marked_fields.h"

#include <algorithm>
#include <utility>

#include "google/protobuf/descriptor.h"

namespace fireworks::contract {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

bool IsMessage(const FieldDescriptor* field) {
  return field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
}

// Adds `type` and all message types below it to `types`, each once.
void CollectTypes(const Descriptor* type, std::vector<const Descriptor*>* types) {
  if (std::find(types->begin(), types->end(), type) != types->end()) return;
  types->push_back(type);
  for (int i = 0; i < type->field_count(); ++i) {
    if (IsMessage(type->field(i))) CollectTypes(type->field(i)->message_type(), types);
  }
}

// The messages that `message` holds in `field`; none when it is unset.
std::vector<Message*> Inner(Message* message, const FieldDescriptor* field) {
  const Reflection* reflection = message->GetReflection();
  std::vector<Message*> inner;
  if (field->is_repeated()) {
    const int size = reflection->FieldSize(*message, field);
    for (int i = 0; i < size; ++i) {
      inner.push_back(reflection->MutableRepeatedMessage(message, field, i));
    }
  } else if (reflection->HasField(*message, field)) {
    inner.push_back(reflection->MutableMessage(message, field));
  }
  return inner;
}

}  // namespace

MarkedFields MarkedFields::Find(const Descriptor* type,
                                absl::FunctionRef<bool(const FieldDescriptor&)> is_marked) {
  MarkedFields result;
  std::vector<const Descriptor*> types;
  CollectTypes(type, &types);
  for (const Descriptor* each : types) {
    for (int i = 0; i < each->field_count(); ++i) {
      if (is_marked(*each->field(i))) result.fields_[each].marked.push_back(each->field(i));
    }
  }
  // Types lead to marked fields if a field's type does; each round goes one field
  // further from them, until a round finds nothing new.
  size_t known = 0;
  while (known != result.fields_.size()) {
    known = result.fields_.size();
    for (const Descriptor* each : types) {
      std::vector<const FieldDescriptor*> messages;
      for (int i = 0; i < each->field_count(); ++i) {
        const FieldDescriptor* field = each->field(i);
        if (IsMessage(field) && result.fields_.contains(field->message_type())) {
          messages.push_back(field);
        }
      }
      if (!messages.empty()) result.fields_[each].messages = std::move(messages);
    }
  }
  if (!result.fields_.contains(type)) result.fields_.clear();
  return result;
}

std::vector<const FieldDescriptor*> MarkedFields::all() const {
  std::vector<const FieldDescriptor*> result;
  for (const auto& entry : fields_) {
    result.insert(result.end(), entry.second.marked.begin(), entry.second.marked.end());
  }
  return result;
}

absl::Status MarkedFields::Visit(
    Message* message,
    absl::FunctionRef<absl::Status(Message* holder, const FieldDescriptor* field)> visit) const {
  const auto found = fields_.find(message->GetDescriptor());
  if (found == fields_.end()) return absl::OkStatus();
  for (const FieldDescriptor* field : found->second.marked) {
    absl::Status status = visit(message, field);
    if (!status.ok()) return status;
  }
  for (const FieldDescriptor* field : found->second.messages) {
    for (Message* inner : Inner(message, field)) {
      absl::Status status = Visit(inner, visit);
      if (!status.ok()) return status;
    }
  }
  return absl::OkStatus();
}

void MarkedFields::VisitWays(
    Message* message,
    absl::FunctionRef<void(Message* holder, const FieldDescriptor* field)> visit) const {
  const auto found = fields_.find(message->GetDescriptor());
  if (found == fields_.end()) return;
  for (const FieldDescriptor* field : found->second.messages) {
    visit(message, field);
    for (Message* inner : Inner(message, field)) VisitWays(inner, visit);
  }
}

}  // namespace fireworks::contract
