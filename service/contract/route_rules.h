// What the options of a method add to its HTTP rule: how its stream ends, how its
// upload travels, where tokens are counted, which field names the model.
#ifndef FIREWORKS_SERVICE_CONTRACT_ROUTE_RULES_H_
#define FIREWORKS_SERVICE_CONTRACT_ROUTE_RULES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "service/contract/field_path.h"
#include "service/contract/route.h"

namespace fireworks::contract {

// Fills `stream`, `upload`, `usage` and `model` of `route`, whose `body` must be
// known. FAILED_PRECONDITION names the method and what is wrong with an option.
absl::Status CompileRules(const google::protobuf::MethodDescriptor* method, Route* route);

// Resolves `path`, if there is one, from `type` into `result`; its leaf must satisfy
// `accepts`, which `kind` describes. FAILED_PRECONDITION names the method and the
// option that the path is of.
absl::Status ResolvePath(const google::protobuf::MethodDescriptor& method,
                         absl::string_view option, const google::protobuf::Descriptor* type,
                         const std::string& path,
                         bool (*accepts)(const google::protobuf::FieldDescriptor*),
                         absl::string_view kind, FieldPath* result);

}  // namespace fireworks::contract

#endif  // FIREWORKS_SERVICE_CONTRACT_ROUTE_RULES_H_
