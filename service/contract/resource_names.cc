#include "service/contract/resource_names.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "fireworks/options/v1/options.pb.h"
#include "google/protobuf/descriptor.h"

namespace fireworks::contract {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr absl::string_view kAccounts = "accounts/";
constexpr absl::string_view kServiceAccount = "accounts/-";

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

absl::Status ResolveField(absl::string_view account_id, const FieldDescriptor* field,
                          Message* message) {
  const Reflection* reflection = message->GetReflection();
  const bool repeated = field->is_repeated();
  const int size = repeated ? reflection->FieldSize(*message, field) : 1;
  for (int i = 0; i < size; ++i) {
    std::string name = repeated ? reflection->GetRepeatedString(*message, field, i)
                                : reflection->GetString(*message, field);
    if (!absl::StartsWith(name, kServiceAccount)) continue;
    absl::Status status = ResolveAccount(account_id, &name);
    if (!status.ok()) return status;
    if (repeated) {
      reflection->SetRepeatedString(message, field, i, std::move(name));
    } else {
      reflection->SetString(message, field, std::move(name));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ResolveAccount(absl::string_view account_id, std::string* name) {
  if (*name != kServiceAccount && !absl::StartsWith(*name, absl::StrCat(kServiceAccount, "/"))) {
    return absl::OkStatus();
  }
  if (account_id.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("\"", *name, "\" leaves the account to the service, whose configuration has ",
                     "no `account_id`; name the account, or configure it"));
  }
  name->replace(kAccounts.size(), 1, account_id.data(), account_id.size());
  return absl::OkStatus();
}

absl::StatusOr<ResourceReferences> ResourceReferences::Compile(const Descriptor* type) {
  ResourceReferences result;
  std::vector<const Descriptor*> types;
  CollectTypes(type, &types);
  for (const Descriptor* each : types) {
    for (int i = 0; i < each->field_count(); ++i) {
      const FieldDescriptor* field = each->field(i);
      if (!field->options().GetExtension(options::v1::field).resource_reference()) continue;
      if (field->type() != FieldDescriptor::TYPE_STRING) {
        return absl::FailedPreconditionError(absl::StrCat(
            "field ", field->full_name(), " has the option resource_reference but is no string"));
      }
      result.fields_[each].references.push_back(field);
    }
  }
  // Types lead to references if a field's type does; each round goes one field
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

absl::Status ResourceReferences::Resolve(absl::string_view account_id, Message* message) const {
  const auto found = fields_.find(message->GetDescriptor());
  if (found == fields_.end()) return absl::OkStatus();
  for (const FieldDescriptor* field : found->second.references) {
    absl::Status status = ResolveField(account_id, field, message);
    if (!status.ok()) return status;
  }
  const Reflection* reflection = message->GetReflection();
  for (const FieldDescriptor* field : found->second.messages) {
    const bool repeated = field->is_repeated();
    const int size = repeated ? reflection->FieldSize(*message, field)
                              : static_cast<int>(reflection->HasField(*message, field));
    for (int i = 0; i < size; ++i) {
      Message* inner = repeated ? reflection->MutableRepeatedMessage(message, field, i)
                                : reflection->MutableMessage(message, field);
      absl::Status status = Resolve(account_id, inner);
      if (!status.ok()) return status;
    }
  }
  return absl::OkStatus();
}

}  // namespace fireworks::contract
