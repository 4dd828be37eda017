#include "service/telemetry/tracing.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <mutex>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "opentelemetry/exporters/otlp/otlp_grpc_exporter_factory.h"
#include "opentelemetry/exporters/otlp/otlp_grpc_exporter_options.h"
#include "opentelemetry/sdk/common/global_log_handler.h"
#include "opentelemetry/sdk/resource/resource.h"
#include "opentelemetry/sdk/resource/resource_detector.h"
#include "opentelemetry/sdk/trace/samplers/parent_factory.h"
#include "opentelemetry/sdk/trace/samplers/trace_id_ratio_factory.h"
#include "opentelemetry/sdk/trace/tracer_provider.h"
#include "opentelemetry/trace/span.h"
#include "opentelemetry/trace/span_startoptions.h"
#include "opentelemetry/trace/tracer.h"
#include "service/telemetry/span_queue.h"

namespace fireworks::telemetry {
namespace {

namespace otlp = opentelemetry::exporter::otlp;
namespace nostd = opentelemetry::nostd;
namespace resource = opentelemetry::sdk::resource;
namespace sdk = opentelemetry::sdk::trace;
namespace trace = opentelemetry::trace;
using opentelemetry::sdk::common::internal_log::GlobalLogHandler;
using opentelemetry::sdk::common::internal_log::LogHandler;
using opentelemetry::sdk::common::internal_log::LogLevel;

constexpr char kDefaultPort[] = "4317";
// gRPC's own idea of it is no file of Debian's.
constexpr char kSystemBundle[] = "/etc/ssl/certs/ca-certificates.crt";
constexpr char kDefaultServiceName[] = "fireworks-grpc";
constexpr char kServiceName[] = "service.name";
constexpr std::size_t kMaxComplaint = 300;

nostd::string_view View(absl::string_view text) { return {text.data(), text.size()}; }

// What the library complains of, which it would else print to the standard output. It
// has one place for that in the whole process.
class Complaints final : public LogHandler {
 public:
  void Handle(LogLevel, const char*, int, const char* message,
              const opentelemetry::sdk::common::AttributeMap&) noexcept override {
    std::lock_guard<std::mutex> lock(mutex_);
    last_ = message == nullptr ? "" : std::string(message).substr(0, kMaxComplaint);
  }

  std::string last() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return last_;
  }

 private:
  mutable std::mutex mutex_;
  std::string last_;  // guarded by mutex_
};

// Never destroyed: threads of the library may outlast main.
const Complaints& TakeComplaints() {
  static const Complaints& complaints = *[] {
    auto* handler = new Complaints;
    static const auto& kept = *new nostd::shared_ptr<LogHandler>(handler);
    GlobalLogHandler::SetLogHandler(kept);
    GlobalLogHandler::SetLogLevel(LogLevel::Warning);
    return handler;
  }();
  return complaints;
}

// Tells the log when exports begin to fail, and when they work again. On one thread.
class ExportReporter {
 public:
  ExportReporter(std::string endpoint, Log* log) : endpoint_(std::move(endpoint)), log_(log) {}

  void operator()(bool delivered) {
    if (std::exchange(delivers_, delivered) == delivered) return;
    LogLine line("trace_export",
                 delivered ? telemetry::LogLevel::kInfo : telemetry::LogLevel::kWarning);
    line.Text("endpoint", endpoint_);
    if (delivered) {
      line.Text("message", "spans are delivered again");
    } else {
      line.Text("message", "spans can't be delivered and are dropped")
          .TextIfAny("cause", TakeComplaints().last());
    }
    log_->Write(std::move(line));
  }

 private:
  const std::string endpoint_;
  Log* const log_;
  bool delivers_ = true;
};

struct Endpoint {
  bool tls = false;
  std::string host;
  std::string port;
};

// Nothing for what is none.
absl::optional<Endpoint> ParseEndpoint(absl::string_view text) {
  Endpoint endpoint;
  endpoint.tls = absl::ConsumePrefix(&text, "https://");
  if (!endpoint.tls && !absl::ConsumePrefix(&text, "http://")) return absl::nullopt;
  absl::ConsumeSuffix(&text, "/");
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits(':', 1));
  const bool has_port = absl::StrContains(text, ':');
  endpoint.host = std::string(parts.first);
  endpoint.port = has_port ? std::string(parts.second) : kDefaultPort;
  const bool is_host = !endpoint.host.empty() &&
                       std::all_of(endpoint.host.begin(), endpoint.host.end(), [](char c) {
                         return absl::ascii_isalnum(c) || c == '.' || c == '-' || c == '_';
                       });
  int port = 0;
  const bool is_port = absl::SimpleAtoi(endpoint.port, &port) && port > 0 && port < 65'536;
  if (!is_host || !is_port) return absl::nullopt;
  return endpoint;
}

// What gRPC would end the process for is refused here.
bool IsHeader(absl::string_view name, absl::string_view value) {
  const bool legal_name = std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-' || c == '_' || c == '.';
  });
  const bool legal_value = std::all_of(value.begin(), value.end(),
                                       [](char c) { return c >= 0x20 && c < 0x7f; });
  return legal_name && legal_value && !name.empty() && !absl::StartsWith(name, "grpc-") &&
         !absl::EndsWith(name, "-bin");
}

const std::string& CaFile(const TracingOptions& options) {
  static const auto& system = *new std::string(kSystemBundle);
  return options.ca_file.empty() ? system : options.ca_file;
}

// Nothing of the environment: the configuration says all, and is checked.
otlp::OtlpGrpcExporterOptions ExporterOptions(const TracingOptions& options) {
  const Endpoint endpoint = *ParseEndpoint(options.endpoint);
  otlp::OtlpGrpcExporterOptions exporter;
  exporter.endpoint = absl::StrCat(endpoint.tls ? "https://" : "http://", endpoint.host, ":",
                                   endpoint.port);
  exporter.use_ssl_credentials = endpoint.tls;
  exporter.ssl_credentials_cacert_path = endpoint.tls ? CaFile(options) : "";
  exporter.ssl_credentials_cacert_as_string.clear();
  exporter.timeout = options.export_timeout;
  exporter.metadata.clear();
  for (const auto& [name, value] : options.headers) {
    // The library decodes percent signs, as in the environment variable for headers.
    exporter.metadata.emplace(name, absl::StrReplaceAll(value, {{"%", "%25"}}));
  }
  exporter.max_threads = 0;
  exporter.compression = "none";
  // What can't be delivered in one go is dropped, so that an export has a bound.
  exporter.retry_policy_max_attempts = 0;
  return exporter;
}

resource::Resource MakeResource(const TracingOptions& options) {
  resource::ResourceAttributes attributes;
  attributes[kServiceName] = std::string(kDefaultServiceName);
  const resource::Resource environment = resource::OTELResourceDetector().Detect();
  for (const auto& [name, value] : environment.GetAttributes()) attributes[name] = value;
  for (const auto& [name, value] : options.resource_attributes) attributes[name] = value;
  if (!options.service_name.empty()) attributes[kServiceName] = options.service_name;
  return resource::Resource::Create(attributes);
}

std::unique_ptr<sdk::Sampler> MakeSampler(const TracingOptions& options) {
  std::unique_ptr<sdk::Sampler> ratio =
      sdk::TraceIdRatioBasedSamplerFactory::Create(options.sampling_ratio);
  if (options.ignore_callers_sampling) return ratio;
  return sdk::ParentBasedSamplerFactory::Create(std::shared_ptr<sdk::Sampler>(std::move(ratio)));
}

template <typename Id>
std::string Hex(const Id& id) {
  char text[2 * Id::kSize];
  id.ToLowerBase16(nostd::span<char, 2 * Id::kSize>(text));
  return std::string(text, sizeof(text));
}

// `hex` is of the id's size.
template <typename Id>
Id FromHex(const std::string& hex) {
  std::uint8_t id[Id::kSize] = {};
  for (std::size_t i = 0; i < Id::kSize; ++i) {
    const char* const digits = hex.data() + 2 * i;
    std::from_chars(digits, digits + 2, id[i], 16);
  }
  return Id(nostd::span<const std::uint8_t, Id::kSize>(id));
}

trace::SpanContext ToSpanContext(const TraceContext& context, bool remote) {
  return {FromHex<trace::TraceId>(context.trace_id), FromHex<trace::SpanId>(context.span_id),
          trace::TraceFlags(context.sampled ? trace::TraceFlags::kIsSampled : 0), remote,
          trace::TraceState::FromHeader(View(context.tracestate))};
}

}  // namespace

// ---------------------------------------------------------------- spans

struct Span::State {
  nostd::shared_ptr<trace::Span> span;
  bool recording;
  std::string tracestate;
};

Span::Span() noexcept = default;
Span::Span(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
Span::Span(Span&&) noexcept = default;
Span& Span::operator=(Span&&) noexcept = default;
Span::~Span() = default;

bool Span::recording() const { return state_ != nullptr && state_->recording; }

TraceContext Span::context() const {
  TraceContext context;
  if (state_ == nullptr) return context;
  const trace::SpanContext own = state_->span->GetContext();
  context.trace_id = Hex(own.trace_id());
  context.span_id = Hex(own.span_id());
  context.sampled = own.IsSampled();
  context.tracestate = state_->tracestate;
  return context;
}

void Span::Set(absl::string_view key, absl::string_view value) {
  if (recording()) state_->span->SetAttribute(View(key), View(value));
}

void Span::Set(absl::string_view key, std::int64_t value) {
  if (recording()) state_->span->SetAttribute(View(key), value);
}

void Span::Set(absl::string_view key, double value) {
  if (recording()) state_->span->SetAttribute(View(key), value);
}

void Span::Set(absl::string_view key, bool value) {
  if (recording()) state_->span->SetAttribute(View(key), value);
}

void Span::Set(absl::string_view key, const std::vector<std::string>& values) {
  if (!recording()) return;
  const std::vector<nostd::string_view> views(values.begin(), values.end());
  state_->span->SetAttribute(View(key),
                             nostd::span<const nostd::string_view>(views.data(), views.size()));
}

void Span::AddEvent(absl::string_view name) {
  if (recording()) state_->span->AddEvent(View(name));
}

void Span::Fail(absl::string_view error_type) {
  if (!recording()) return;
  Set("error.type", error_type);
  state_->span->SetStatus(trace::StatusCode::kError, {});
}

void Span::End() {
  if (!recording()) return;
  state_->span->End();
  state_->recording = false;
}

// ---------------------------------------------------------------- tracing

struct Tracing::Parts {
  SpanQueue* queue;  // the provider's
  sdk::TracerProvider provider;
  nostd::shared_ptr<trace::Tracer> tracer;

  Parts(std::unique_ptr<SpanQueue> spans, const TracingOptions& options)
      : queue(spans.get()),
        provider(std::move(spans), MakeResource(options), MakeSampler(options)),
        tracer(provider.GetTracer("fireworks-grpc")) {}
};

absl::Status CheckTracingOptions(const TracingOptions& options) {
  const absl::optional<Endpoint> endpoint = ParseEndpoint(options.endpoint);
  if (!endpoint) {
    return absl::InvalidArgumentError(
        "endpoint: must be like `http://collector:4317` or `https://collector.example:4317`, "
        "without a path");
  }
  if (endpoint->tls && !std::ifstream(CaFile(options)).good()) {
    return absl::NotFoundError(absl::StrCat("ca_file: cannot read ", CaFile(options)));
  }
  for (const auto& [name, value] : options.headers) {
    if (!IsHeader(name, value)) {
      return absl::InvalidArgumentError(
          "headers_file: names are of lower-case letters, digits and `-_.`, do not begin with "
          "`grpc-` nor end with `-bin`; values are printable ASCII");
    }
  }
  if (!(options.sampling_ratio >= 0 && options.sampling_ratio <= 1)) {
    return absl::InvalidArgumentError("sampling_ratio: must be between 0 and 1");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Tracing>> Tracing::Create(const TracingOptions& options, Log* log) {
  if (absl::Status status = CheckTracingOptions(options); !status.ok()) return status;
  TakeComplaints();
  SpanQueueOptions queue;
  queue.max_spans = options.max_queued_spans;
  queue.interval = options.export_interval;
  queue.flush_time = options.flush_time;
  auto spans =
      std::make_unique<SpanQueue>(otlp::OtlpGrpcExporterFactory::Create(ExporterOptions(options)),
                                  queue, ExportReporter(options.endpoint, log));
  return std::unique_ptr<Tracing>(
      new Tracing(std::make_unique<Parts>(std::move(spans), options)));
}

Tracing::Tracing(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Tracing::~Tracing() { Close(); }

Span Tracing::Start(SpanKind kind, absl::string_view name,
                    const absl::optional<TraceContext>& parent) {
  const bool server = kind == SpanKind::kServer;
  trace::StartSpanOptions options;
  options.kind = server ? trace::SpanKind::kServer : trace::SpanKind::kClient;
  if (parent) options.parent = ToSpanContext(*parent, /*remote=*/server);
  auto state = std::make_unique<Span::State>();
  state->span = parts_->tracer->StartSpan(View(name), options);
  state->recording = state->span->IsRecording();
  if (parent) state->tracestate = parent->tracestate;
  return Span(std::move(state));
}

std::uint64_t Tracing::dropped() const { return parts_->queue->dropped(); }

void Tracing::Close() { parts_->queue->Close(); }

}  // namespace fireworks::telemetry
