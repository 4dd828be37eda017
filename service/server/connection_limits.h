// What callers' connections may do, and for how long.
#ifndef FIREWORKS_SERVICE_SERVER_CONNECTION_LIMITS_H_
#define FIREWORKS_SERVICE_SERVER_CONNECTION_LIMITS_H_

#include <chrono>

#include "grpcpp/server_builder.h"

namespace fireworks::server {

// How long a caller may leave unacknowledged what it was sent, a ping too.
inline constexpr std::chrono::milliseconds kAcknowledgeTimeout{10'000};

// Defaults as in fireworks.service.v1.Server and Limits.
struct ConnectionLimits {
  int max_connections = 8192;
  int max_streams = 1000;                             // of one connection
  std::chrono::milliseconds handshake_timeout{10'000};
  std::chrono::milliseconds max_idle{900'000};
  std::chrono::milliseconds max_age{0};               // 0: any
  int max_metadata_bytes = 16 << 10;                  // of one call
};

// Sets all of them that gRPC enforces. `longest_call` is what none of our calls
// outlasts: on a connection that is past its age, what does has never become one.
void SetConnectionLimits(const ConnectionLimits& limits, std::chrono::milliseconds longest_call,
                         grpc::ServerBuilder* builder);

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_CONNECTION_LIMITS_H_
