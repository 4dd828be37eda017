// A running call as the status page shows it.
#ifndef FIREWORKS_SERVICE_SERVER_CALL_STATUS_H_
#define FIREWORKS_SERVICE_SERVER_CALL_STATUS_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace fireworks::server {

// A value.
struct CallStatus {
  std::string method;
  std::string caller;  // empty until it is known, as is the model
  std::string model;
  std::string request_id;
  std::string peer;
  absl::string_view phase;  // one of a few fixed words
  std::chrono::steady_clock::duration age{0};
  std::uint64_t events = 0;       // that came from upstream
  std::size_t queued_events = 0;  // that wait for the caller
  std::size_t queued_bytes = 0;
};

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_CALL_STATUS_H_
