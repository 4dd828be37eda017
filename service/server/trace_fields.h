// What traces tell of a method's calls, found once at start-up.
#ifndef FIREWORKS_SERVICE_SERVER_TRACE_FIELDS_H_
#define FIREWORKS_SERVICE_SERVER_TRACE_FIELDS_H_

#include <string>
#include <vector>

#include "service/contract/field_path.h"
#include "service/contract/route.h"

namespace fireworks::server {

// Paths start at the response message, which sets none, one or several of those of a
// kind. Nothing here leads to content.
struct TraceFields {
  // gen_ai.operation.name; empty for methods that ask no model, which have no paths
  // either.
  std::string operation;
  // The name of an attempt's span; that of its model follows an operation.
  std::string attempt_name;
  std::vector<contract::FieldPath> response_id;
  std::vector<contract::FieldPath> response_model;
  std::vector<contract::FieldPath> finish_reason;
  std::vector<contract::FieldPath> reasoning_tokens;
};

TraceFields FindTraceFields(const contract::Route& route);

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_TRACE_FIELDS_H_
