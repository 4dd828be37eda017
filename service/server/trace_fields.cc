#include "service/server/trace_fields.h"

#include <initializer_list>

#include "absl/strings/str_cat.h"
#include "service/server/contract_methods.h"

namespace fireworks::server {
namespace {

using contract::FieldPath;

// Those of `paths` that the response of `route` has, and that `is` of that kind.
std::vector<FieldPath> Resolve(const contract::Route& route, bool (*is)(
                                   const google::protobuf::FieldDescriptor*),
                               std::initializer_list<const char*> paths) {
  std::vector<FieldPath> found;
  for (const char* path : paths) {
    auto compiled = FieldPath::Compile(route.method->output_type(), path);
    if (compiled.ok() && is(compiled->leaf())) found.push_back(*std::move(compiled));
  }
  return found;
}

}  // namespace

TraceFields FindTraceFields(const contract::Route& route) {
  TraceFields fields;
  fields.operation = std::string(GenerativeOperation(route));
  fields.attempt_name = fields.operation;
  if (fields.operation.empty() && !route.local) {
    fields.attempt_name = absl::StrCat(contract::VerbName(route.verb), " ", route.path.text());
  }
  if (fields.operation.empty()) return fields;
  // The protocols, in this order: completions of both kinds; messages; responses.
  // Streams of the latter two have the whole as a part of some events.
  fields.response_id =
      Resolve(route, contract::IsSingularString, {"id", "message_start.message.id", "response.id"});
  fields.response_model = Resolve(route, contract::IsSingularString,
                                  {"model", "message_start.message.model", "response.model"});
  fields.finish_reason = Resolve(
      route, contract::IsSingularString,
      {"choices.finish_reason", "stop_reason", "message_delta.delta.stop_reason"});
  fields.reasoning_tokens = Resolve(
      route, contract::IsSingularInteger,
      {"usage.completion_tokens_details.reasoning_tokens",
       "usage.output_tokens_details.reasoning_tokens",
       "response.usage.output_tokens_details.reasoning_tokens"});
  return fields;
}

}  // namespace fireworks::server
