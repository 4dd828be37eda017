#include "service/server/trace_export.h"

#include <fstream>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "service/server/listen_credentials.h"

namespace fireworks::server {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

absl::StatusOr<Headers> ReadHeaders(const std::string& path) {
  Headers headers;
  if (path.empty()) return headers;
  std::ifstream file(path);
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    const absl::string_view text = absl::StripAsciiWhitespace(line);
    if (text.empty()) continue;
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(text, absl::MaxSplits(':', 1));
    const absl::string_view value = absl::StripAsciiWhitespace(parts.second);
    if (value.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("headers_file: ", path, ":", number, ": must be `name: value`"));
    }
    headers.emplace_back(absl::AsciiStrToLower(absl::StripAsciiWhitespace(parts.first)), value);
  }
  if (number == 0) {
    return absl::NotFoundError(absl::StrCat("headers_file: ", path, " is empty or not readable"));
  }
  return headers;
}

bool IsPrivate(absl::string_view endpoint) {
  if (absl::StartsWith(endpoint, "https://")) return true;
  absl::ConsumePrefix(&endpoint, "http://");
  const absl::string_view host = endpoint.substr(0, endpoint.find_first_of(":/"));
  return IsLoopback(absl::StrCat(host, ":0"));
}

absl::Status InTracing(const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat("configuration: tracing.", status.message()));
}

// The options with all that their files say.
absl::StatusOr<telemetry::TracingOptions> Complete(const TraceExportOptions& options) {
  telemetry::TracingOptions spans = options.spans;
  if (!options.headers_file.empty() && !IsPrivate(spans.endpoint)) {
    return InTracing(absl::InvalidArgumentError(
        "headers_file: needs an `https` endpoint, or one on loopback"));
  }
  absl::StatusOr<Headers> headers = ReadHeaders(options.headers_file);
  if (!headers.ok()) return InTracing(headers.status());
  spans.headers = *std::move(headers);
  const absl::Status checked = telemetry::CheckTracingOptions(spans);
  if (!checked.ok()) return InTracing(checked);
  return spans;
}

}  // namespace

absl::Status CheckTraceExport(const TraceExportOptions& options) {
  return Complete(options).status();
}

absl::StatusOr<std::unique_ptr<telemetry::Tracing>> OpenTracing(const TraceExportOptions& options,
                                                                telemetry::Log* log) {
  absl::StatusOr<telemetry::TracingOptions> spans = Complete(options);
  if (!spans.ok()) return spans.status();
  return telemetry::Tracing::Create(*spans, log);
}

CallTracing TraceCalls(telemetry::Tracing* tracing, const TraceExportOptions& options,
                       const std::string& base_url) {
  CallTracing calls;
  calls.tracing = tracing;
  calls.send_context = options.send_context_upstream;
  absl::string_view rest = base_url;
  const bool tls = absl::ConsumePrefix(&rest, "https://");
  if (!tls) absl::ConsumePrefix(&rest, "http://");
  rest = rest.substr(0, rest.find('/'));
  // The last colon, unless it stands inside the brackets of an IPv6 address.
  const std::size_t colon = rest.rfind(':');
  const bool has_port = colon != absl::string_view::npos && !absl::EndsWith(rest, "]");
  if (!has_port || !absl::SimpleAtoi(rest.substr(colon + 1), &calls.upstream_port)) {
    calls.upstream_port = tls ? 443 : 80;
  }
  calls.upstream_address = std::string(has_port ? rest.substr(0, colon) : rest);
  return calls;
}

}  // namespace fireworks::server
