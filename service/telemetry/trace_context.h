// W3C Trace Context (www.w3.org/TR/trace-context): what callers say of the trace that
// their call belongs to, and what is said to the next one. Plain text and values; knows
// nothing of how traces are recorded.
#ifndef FIREWORKS_SERVICE_TELEMETRY_TRACE_CONTEXT_H_
#define FIREWORKS_SERVICE_TELEMETRY_TRACE_CONTEXT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace fireworks::telemetry {

// A span as others know it.
struct TraceContext {
  std::string trace_id;  // 32 lower-case hexadecimal digits, not all zero
  std::string span_id;   // 16 of them, likewise
  bool sampled = false;
  // Other systems' notes on the trace, for passing on; empty or valid.
  std::string tracestate;
};

// What the values of `traceparent` and `tracestate` say; nothing when `traceparent` is
// not valid (§2.2, later versions included, as §4 of it tells). A `tracestate` that is
// not valid (§3.3), or longer than the 512 bytes that everyone must be able to pass on,
// is left out; the rest stands.
absl::optional<TraceContext> ParseTraceContext(absl::string_view traceparent,
                                               absl::string_view tracestate);

// The value of `traceparent`, version 00.
std::string Traceparent(const TraceContext& context);

}  // namespace fireworks::telemetry

#endif  // FIREWORKS_SERVICE_TELEMETRY_TRACE_CONTEXT_H_
