#include "service/server/connection_limits.h"

#include <algorithm>
#include <climits>
#include <cstdint>

namespace fireworks::server {
namespace {

using std::chrono::milliseconds;

// Silence after which a caller is pinged.
constexpr int kKeepaliveMs = 30'000;
// Callers may ping this often; who pings more often, three times, has to go.
constexpr int kMinCallerPingMs = 10'000;
constexpr int kMaxPingStrikes = 2;

int ToInt(milliseconds time) {
  return static_cast<int>(std::min<std::int64_t>(time.count(), INT_MAX));
}

}  // namespace

void SetConnectionLimits(const ConnectionLimits& limits, milliseconds longest_call,
                         grpc::ServerBuilder* builder) {
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, ToInt(kAcknowledgeTimeout));
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                              kMinCallerPingMs);
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, kMaxPingStrikes);
  builder->AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, limits.max_streams);
  builder->AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, limits.max_metadata_bytes);
  // Also until the caller has sent its first HTTP/2 settings.
  builder->AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS,
                              ToInt(limits.handshake_timeout));
  builder->AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, ToInt(limits.max_idle));
  if (limits.max_age.count() == 0) return;
  builder->AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, ToInt(limits.max_age));
  builder->AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, ToInt(longest_call));
}

}  // namespace fireworks::server
