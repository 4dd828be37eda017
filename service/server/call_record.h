// What is known of a call for its trailers, its access-log line and metrics.
#ifndef FIREWORKS_SERVICE_SERVER_CALL_RECORD_H_
#define FIREWORKS_SERVICE_SERVER_CALL_RECORD_H_

#include <chrono>
#include <cstdint>
#include <string>

#include "absl/types/optional.h"
#include "service/json/decode.h"
#include "service/telemetry/local_histogram.h"
#include "service/telemetry/log.h"

namespace fireworks::server {

struct CallRecord {
  std::string request_id;
  std::string upstream_request_id;
  std::string caller;
  std::string peer;
  std::string model;
  std::string resource;  // what the path names; of audited calls
  std::string trace_id;  // empty: the caller named none
  int http_status = 0;  // 0: upstream gave no answer
  int attempts = 0;     // exchanges that were started
  std::uint64_t events = 0;
  // Messages of and to the caller, as gRPC hands them over.
  std::uint64_t received_bytes = 0;
  std::uint64_t sent_bytes = 0;
  // Of and to upstream, heads included, over all attempts.
  std::uint64_t upstream_received_bytes = 0;
  std::uint64_t upstream_sent_bytes = 0;
  // Time that the service itself took: encoding, decoding, handing on.
  std::chrono::nanoseconds overhead{0};
  absl::optional<std::chrono::nanoseconds> time_to_first_event;
  std::chrono::nanoseconds time_to_last_event{0};
  // From the start of the upstream's request to the status; unset without one.
  absl::optional<std::chrono::nanoseconds> upstream_time;
  telemetry::LocalHistogram event_overhead;
  // What did not fit the contract.
  json::Drift drift;
  // Token counts as upstream told them.
  absl::optional<std::int64_t> prompt_tokens;
  absl::optional<std::int64_t> completion_tokens;
  absl::optional<std::int64_t> cached_tokens;

  // The access-log line of the call, without its method and status.
  void AppendTo(telemetry::LogLine* line) const;
};

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_CALL_RECORD_H_
