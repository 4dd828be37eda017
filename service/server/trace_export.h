// Tracing as the configuration asks for it.
#ifndef FIREWORKS_SERVICE_SERVER_TRACE_EXPORT_H_
#define FIREWORKS_SERVICE_SERVER_TRACE_EXPORT_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "service/server/environment.h"
#include "service/telemetry/log.h"
#include "service/telemetry/tracing.h"

namespace fireworks::server {

struct TraceExportOptions {
  telemetry::TracingOptions spans;  // without headers
  std::string headers_file;         // empty: none
  bool send_context_upstream = false;
};

// What keeps OpenTracing from working: bad settings, unreadable files, headers that would
// travel in plaintext. No message holds a header's value. Calls nobody.
absl::Status CheckTraceExport(const TraceExportOptions& options);

// Fails as CheckTraceExport does. `log` outlives the result.
absl::StatusOr<std::unique_ptr<telemetry::Tracing>> OpenTracing(const TraceExportOptions& options,
                                                                telemetry::Log* log);

// `base_url` is the upstream's, valid.
CallTracing TraceCalls(telemetry::Tracing* tracing, const TraceExportOptions& options,
                       const std::string& base_url);

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_TRACE_EXPORT_H_
