#include "service/contract/field_path.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/types/span.h"
#include "google/protobuf/descriptor.h"

namespace fireworks::contract {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Calls `visit` for the holders below `message` until it returns false; `path`
// ends with the leaf. Returns whether every call returned true.
bool VisitHolders(const Message& message, absl::Span<const FieldDescriptor* const> path,
                  absl::FunctionRef<bool(const Message&)> visit) {
  if (path.size() == 1) return visit(message);
  const FieldDescriptor* field = path[0];
  const Reflection* reflection = message.GetReflection();
  if (!field->is_repeated()) {
    return !reflection->HasField(message, field) ||
           VisitHolders(reflection->GetMessage(message, field), path.subspan(1), visit);
  }
  const int size = reflection->FieldSize(message, field);
  for (int i = 0; i < size; ++i) {
    if (!VisitHolders(reflection->GetRepeatedMessage(message, field, i), path.subspan(1), visit)) {
      return false;
    }
  }
  return true;
}

}  // namespace

absl::StatusOr<FieldPath> FieldPath::Compile(const Descriptor* type, absl::string_view path) {
  FieldPath result;
  result.text_ = std::string(path);
  for (const absl::string_view name : absl::StrSplit(path, '.')) {
    if (!result.empty()) {
      const FieldDescriptor* before = result.leaf();
      if (before->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || before->is_map()) {
        return absl::NotFoundError(absl::StrCat("path \"", path, "\": ", before->full_name(),
                                                " is no message, so \"", name,
                                                "\" cannot follow it"));
      }
      type = before->message_type();
    }
    const FieldDescriptor* field = type->FindFieldByName(std::string(name));
    if (field == nullptr) {
      return absl::NotFoundError(
          absl::StrCat("path \"", path, "\": ", type->full_name(), " has no field \"", name, "\""));
    }
    result.fields_.push_back(field);
  }
  return result;
}

bool FieldPath::single_holder() const {
  return empty() || std::none_of(fields_.begin(), fields_.end() - 1,
                                 [](const FieldDescriptor* field) { return field->is_repeated(); });
}

void FieldPath::Visit(const Message& root,
                      absl::FunctionRef<void(const Message& holder)> visit) const {
  if (empty()) return;
  VisitHolders(root, fields_, [&](const Message& holder) {
    visit(holder);
    return true;
  });
}

const Message* FieldPath::FindHolder(const Message& root) const {
  const Message* first = nullptr;
  if (empty()) return first;
  VisitHolders(root, fields_, [&](const Message& holder) {
    first = &holder;
    return false;
  });
  return first;
}

std::string FieldPath::GetString(const Message& root) const {
  const Message* holder = FindHolder(root);
  return holder == nullptr ? "" : holder->GetReflection()->GetString(*holder, leaf());
}

int64_t FieldPath::GetInt(const Message& root, int64_t otherwise) const {
  const Message* holder = FindHolder(root);
  if (holder == nullptr) return otherwise;
  const Reflection* reflection = holder->GetReflection();
  if (leaf()->has_presence() && !reflection->HasField(*holder, leaf())) return otherwise;
  switch (leaf()->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return reflection->GetInt32(*holder, leaf());
    case FieldDescriptor::CPPTYPE_INT64:
      return reflection->GetInt64(*holder, leaf());
    case FieldDescriptor::CPPTYPE_UINT32:
      return reflection->GetUInt32(*holder, leaf());
    case FieldDescriptor::CPPTYPE_UINT64:
      return static_cast<int64_t>(reflection->GetUInt64(*holder, leaf()));
    default:
      return otherwise;
  }
}

void FieldPath::SetString(Message* root, std::string value) const {
  // The holder is a part of `root`, which may be changed.
  auto* holder = const_cast<Message*>(FindHolder(*root));
  if (holder == nullptr) return;
  holder->GetReflection()->SetString(holder, leaf(), std::move(value));
}

bool IsSingularString(const FieldDescriptor* field) {
  return !field->is_repeated() && field->type() == FieldDescriptor::TYPE_STRING;
}

bool IsSingularInteger(const FieldDescriptor* field) {
  if (field->is_repeated()) return false;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
      return true;
    default:
      return false;
  }
}

}  // namespace fireworks::contract
