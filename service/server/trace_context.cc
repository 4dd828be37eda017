#include "service/server/trace_context.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace fireworks::server {
namespace {

absl::string_view View(const grpc::string_ref& text) { return {text.data(), text.size()}; }

}  // namespace

absl::optional<telemetry::TraceContext> CallersTraceContext(
    const grpc::CallbackServerContext& context) {
  const auto& metadata = context.client_metadata();
  const auto parent = metadata.find("traceparent");
  if (parent == metadata.end() || metadata.count("traceparent") != 1) return absl::nullopt;
  std::string state;
  const auto states = metadata.equal_range("tracestate");
  for (auto entry = states.first; entry != states.second; ++entry) {
    absl::StrAppend(&state, state.empty() ? "" : ",", View(entry->second));
  }
  return telemetry::ParseTraceContext(View(parent->second), state);
}

}  // namespace fireworks::server
