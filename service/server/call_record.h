// What is known of a call for its trailers, its access-log line and metrics.
#ifndef FIREWORKS_SERVICE_SERVER_CALL_RECORD_H_
#define FIREWORKS_SERVICE_SERVER_CALL_RECORD_H_

#include <chrono>
#include <cstdint>
#include <string>

#include "absl/types/optional.h"
#include "service/telemetry/log.h"

namespace fireworks::server {

struct CallRecord {
  std::string request_id;
  std::string upstream_request_id;
  std::string caller;
  std::string peer;
  std::string trace_id;
  std::string model;
  std::string resource;  // what the path names; of audited calls
  int http_status = 0;  // 0: upstream gave no answer
  int attempts = 0;     // exchanges that were started
  std::uint64_t events = 0;
  // Time that the service itself took: encoding, decoding, handing on.
  std::chrono::nanoseconds overhead{0};
  absl::optional<std::chrono::nanoseconds> time_to_first_event;
  // Token counts as upstream told them.
  absl::optional<std::int64_t> prompt_tokens;
  absl::optional<std::int64_t> completion_tokens;
  absl::optional<std::int64_t> cached_tokens;

  // The access-log line of the call, without its method and status.
  void AppendTo(telemetry::LogLine* line) const;
};

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_CALL_RECORD_H_
