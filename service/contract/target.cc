#include <utility>

#include "absl/strings/str_cat.h"
#include "fireworks/options/v1/options.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "service/contract/query.h"
#include "service/contract/resource_names.h"
#include "service/contract/route.h"
#include "service/errors/field_violations.h"

namespace fireworks::contract {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::FieldMask;
using google::protobuf::Message;
using google::protobuf::Reflection;

bool BeginsWithAccount(const PathTemplate::Variable& variable) {
  return variable.pattern.size() >= 2 && variable.pattern[0] == "accounts" &&
         variable.pattern[1] == "*";
}

absl::StatusOr<std::vector<std::string>> PathValues(const Route& route, const Message& request,
                                                    absl::string_view account_id) {
  std::vector<std::string> values;
  for (size_t i = 0; i < route.path_variables.size(); ++i) {
    std::string value = route.path_variables[i].GetString(request);
    if (BeginsWithAccount(route.path.variables()[i])) {
      absl::Status status = ResolveAccount(account_id, &value);
      if (!status.ok()) return status;
    }
    values.push_back(std::move(value));
  }
  return values;
}

bool IsEmptyMask(const Message& request, const FieldDescriptor* field) {
  const Message& mask = request.GetReflection()->GetMessage(request, field);
  const FieldDescriptor* paths =
      mask.GetDescriptor()->FindFieldByNumber(FieldMask::kPathsFieldNumber);
  return mask.GetReflection()->FieldSize(mask, paths) == 0;
}

void CheckBodyField(const Route& route, const Message& request,
                    errors::FieldViolations* violations) {
  if (route.update_mask != nullptr && IsEmptyMask(request, route.update_mask)) {
    violations->Add(route.update_mask->name(),
                    "is required: the fields to change, or \"*\" for a full replacement");
  }
  if (route.body_field != nullptr &&
      route.body_field->options().GetExtension(options::v1::field).required() &&
      !request.GetReflection()->HasField(request, route.body_field)) {
    violations->Add(route.body_field->name(), "is required");
  }
}

}  // namespace

absl::StatusOr<std::string> BuildTarget(const Route& route, const Message& request,
                                        const TargetContext& context) {
  absl::StatusOr<std::vector<std::string>> values =
      PathValues(route, request, context.account_id);
  if (!values.ok()) return values.status();
  absl::StatusOr<std::string> path = route.path.Expand(*values);

  errors::FieldViolations violations;
  if (!path.ok()) {
    const google::rpc::BadRequest refused = errors::GetFieldViolations(path.status());
    if (refused.field_violations().empty()) return path;
    for (const auto& violation : refused.field_violations()) {
      violations.Add(violation.field(), violation.description());
    }
  }
  CheckBodyField(route, request, &violations);
  std::string target = path.ok() ? *std::move(path) : "";
  AppendQuery(route.query, request, &target, &violations);
  if (!violations.empty()) return violations.ToStatus();
  return target;
}

}  // namespace fireworks::contract
