// The trace that a call belongs to, as its caller says.
#ifndef FIREWORKS_SERVICE_SERVER_TRACE_CONTEXT_H_
#define FIREWORKS_SERVICE_SERVER_TRACE_CONTEXT_H_

#include "absl/types/optional.h"
#include "grpcpp/server_context.h"
#include "service/telemetry/trace_context.h"

namespace fireworks::server {

// From the metadata `traceparent` and `tracestate`. Nothing when there is no valid
// `traceparent`, or more than one; several `tracestate` count as one list.
absl::optional<telemetry::TraceContext> CallersTraceContext(
    const grpc::CallbackServerContext& context);

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_TRACE_CONTEXT_H_
