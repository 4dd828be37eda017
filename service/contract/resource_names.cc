#include "service/contract/resource_names.h"

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
  result.fields_ = MarkedFields::Find(type, [](const FieldDescriptor& field) {
    return field.options().GetExtension(options::v1::field).resource_reference();
  });
  for (const FieldDescriptor* field : result.fields_.all()) {
    if (field->type() != FieldDescriptor::TYPE_STRING) {
      return absl::FailedPreconditionError(absl::StrCat(
          "field ", field->full_name(), " has the option resource_reference but is no string"));
    }
  }
  return result;
}

absl::Status ResourceReferences::Resolve(absl::string_view account_id, Message* message) const {
  return fields_.Visit(message, [account_id](Message* holder, const FieldDescriptor* field) {
    return ResolveField(account_id, field, holder);
  });
}

}  // namespace fireworks::contract
