// Traces, exported by OTLP over gRPC. This is all that the service sees of
// opentelemetry-cpp, whose headers nothing outside of this folder includes.
//
// Whoever does not trace has no Tracing: a null pointer is all that it costs, no thread
// and no allocation.
#ifndef FIREWORKS_SERVICE_TELEMETRY_TRACING_H_
#define FIREWORKS_SERVICE_TELEMETRY_TRACING_H_

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "service/telemetry/log.h"
#include "service/telemetry/trace_context.h"

namespace fireworks::telemetry {

struct TracingOptions {
  // "http://host:port", or https; without a port, 4317.
  std::string endpoint;
  std::string ca_file;  // empty: the system's
  // Sent with each export: legal as gRPC metadata, and not `-bin`.
  std::vector<std::pair<std::string, std::string>> headers;
  double sampling_ratio = 1;
  bool ignore_callers_sampling = false;
  std::string service_name;  // empty: of the environment, else "fireworks-grpc"
  std::map<std::string, std::string> resource_attributes;
  std::size_t max_queued_spans = 2048;
  // Spans wait at most so long for others to be exported with.
  std::chrono::milliseconds export_interval{1'000};
  // What an export may take; then its spans are dropped.
  std::chrono::milliseconds export_timeout{3'000};
  // How long Close goes on to export what waits; the last export may take its own time.
  std::chrono::milliseconds flush_time{3'000};
};

// What a span says that it is part of, by the conventions of OpenTelemetry.
enum class SpanKind { kServer, kClient };

// One span, from Tracing::Start to End. Movable; thread-compatible. One that is not
// recorded, or has been moved from, takes everything and does nothing.
class Span {
 public:
  struct State;

  Span() noexcept;
  explicit Span(std::unique_ptr<State> state) noexcept;
  Span(Span&&) noexcept;
  Span& operator=(Span&&) noexcept;
  // Ends it.
  ~Span();

  // Whether what is set here will be exported; worth asking before costly work.
  bool recording() const;
  // As others are to know it; empty ids when it was never started.
  TraceContext context() const;

  // `key` must outlive the program: name attributes by literals.
  void Set(absl::string_view key, absl::string_view value);
  void Set(absl::string_view key, const char* value) { Set(key, absl::string_view(value)); }
  void Set(absl::string_view key, std::int64_t value);
  void Set(absl::string_view key, int value) { Set(key, std::int64_t{value}); }
  void Set(absl::string_view key, double value);
  void Set(absl::string_view key, bool value);
  void Set(absl::string_view key, const std::vector<std::string>& values);

  // Now.
  void AddEvent(absl::string_view name);
  // The span's operation failed; `error_type` becomes `error.type`.
  void Fail(absl::string_view error_type);
  // Now. What comes later does nothing.
  void End();

 private:
  std::unique_ptr<State> state_;
};

// Thread-safe. Spans may outlive it; what ends after Close is dropped.
class Tracing {
 public:
  struct Parts;

  // Fails as CheckTracingOptions does. Failing and working exports are told to `log`, when one follows the other; it
  // outlives this.
  static absl::StatusOr<std::unique_ptr<Tracing>> Create(const TracingOptions& options, Log* log);
  // Closes.
  ~Tracing();

  Tracing(const Tracing&) = delete;
  Tracing& operator=(const Tracing&) = delete;

  // Starts a span now: below `parent`, which is another process's with kServer; without
  // one it begins a trace.
  Span Start(SpanKind kind, absl::string_view name, const absl::optional<TraceContext>& parent);

  // Spans that were recorded and not delivered, so far: because too many waited, their
  // export failed, or this was closed.
  std::uint64_t dropped() const;

  // Exports what waits, and stops. Takes at most flush_time, and export_timeout.
  // Idempotent.
  void Close();

 private:
  explicit Tracing(std::unique_ptr<Parts> parts);

  const std::unique_ptr<Parts> parts_;
};

// INVALID_ARGUMENT for an endpoint that is no such URL, a header that can't be sent, or a
// ratio beyond 0 to 1; NOT_FOUND for a CA file that can't be read.
absl::Status CheckTracingOptions(const TracingOptions& options);

}  // namespace fireworks::telemetry

#endif  // FIREWORKS_SERVICE_TELEMETRY_TRACING_H_
