#include "service/server/call_record.h"

namespace fireworks::server {
namespace {

std::int64_t Microseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time).count();
}

}  // namespace

void CallRecord::AppendTo(telemetry::LogLine* line) const {
  line->Text("request_id", request_id)
      .TextIfAny("upstream_request_id", upstream_request_id)
      .TextIfAny("trace_id", trace_id)
      .TextIfAny("caller", caller)
      .Text("peer", peer)
      .TextIfAny("model", model)
      .Number("attempts", attempts);
  if (http_status != 0) line->Number("http_status", http_status);
  if (events != 0) line->Number("events", static_cast<std::int64_t>(events));
  if (time_to_first_event) {
    line->Number("time_to_first_event_us", Microseconds(*time_to_first_event));
  }
  line->Number("overhead_us", Microseconds(overhead))
      .Number("received_bytes", static_cast<std::int64_t>(received_bytes))
      .Number("sent_bytes", static_cast<std::int64_t>(sent_bytes))
      .Number("upstream_sent_bytes", static_cast<std::int64_t>(upstream_sent_bytes))
      .Number("upstream_received_bytes", static_cast<std::int64_t>(upstream_received_bytes));
  if (prompt_tokens) line->Number("prompt_tokens", *prompt_tokens);
  if (completion_tokens) line->Number("completion_tokens", *completion_tokens);
  if (cached_tokens) line->Number("cached_tokens", *cached_tokens);
}

}  // namespace fireworks::server
