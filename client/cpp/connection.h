// Where the service is, how to get there, and what goes with every call.
//
// Channels are thread-safe and costly to make: make one per target and share
// it. Plaintext by default, because the service listens on loopback or inside a
// cluster; `credentials` is the place for TLS.
#ifndef FIREWORKS_CLIENT_CPP_CONNECTION_H_
#define FIREWORKS_CLIENT_CPP_CONNECTION_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/status.h"

namespace fireworks::client {

inline constexpr char kDefaultTarget[] = "127.0.0.1:50051";

struct ConnectionOptions {
  // A gRPC target: `host:port`, `dns:///host:port`, `unix:/path`.
  std::string target = kDefaultTarget;
  // Null: plaintext.
  std::shared_ptr<grpc::ChannelCredentials> credentials;
  // One attempt to connect may take this long.
  absl::Duration connect_timeout = absl::Seconds(5);
  // A connection that is silent for so long is probed, because a model can think
  // for minutes, and is given up when no answer comes in time. The service
  // accepts a probe every 10 s.
  absl::Duration keepalive_time = absl::Seconds(30);
  absl::Duration keepalive_timeout = absl::Seconds(10);
  // Largest message to receive; the service's own limit.
  int max_receive_bytes = 64 << 20;
  // Put in front of gRPC's user agent. Empty: gRPC's alone.
  std::string user_agent;
};

// A channel to the service. Connects when the first call is made; failures show
// there. gRPC's HTTP proxy settings (`http_proxy`, `no_proxy`) hold, except that
// a loopback target is always reached directly.
std::shared_ptr<grpc::Channel> Connect(const ConnectionOptions& options);

// Whether a call that ended with `status`, and to which nothing was answered,
// failed because no connection came about. Ask right after the call.
bool NeverConnected(const grpc::Status& status, grpc::Channel& channel);

// What goes with one call.
struct CallOptions {
  // From the start of the call to its end. Unset: no limit of our own.
  absl::optional<absl::Duration> timeout;
  // Request metadata in order. Each must satisfy CheckMetadata.
  std::vector<std::pair<std::string, std::string>> metadata;
};

// Prepares `context`, which must be new. The timeout starts here.
void ApplyTo(const CallOptions& options, grpc::ClientContext* context);

// INVALID_ARGUMENT unless gRPC can send the pair: a key of `a-z 0-9 - _ .` that
// neither starts with `grpc-` nor ends with `-bin`, and a value of printable
// ASCII. gRPC aborts the process on some others.
absl::Status CheckMetadata(absl::string_view key, absl::string_view value);

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_CONNECTION_H_
