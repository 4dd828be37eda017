// Where the service is, how to get there, and what goes with every call.
#ifndef FIREWORKS_CLIENT_CPP_CONNECTION_H_
#define FIREWORKS_CLIENT_CPP_CONNECTION_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "client/cpp/rpc.h"
#include "grpcpp/channel.h"
#include "grpcpp/security/credentials.h"

namespace fireworks::client {

inline constexpr char kDefaultTarget[] = "127.0.0.1:50051";

// PEM files of a TLS connection.
struct TlsFiles {
  // The authorities of the service's certificate. Empty: those that gRPC brings.
  std::string ca_file;
  // The caller's own certificate and key, both or none.
  std::string certificate_file;
  std::string key_file;
};

struct ConnectionOptions {
  // A gRPC target: `host:port`, `dns:///host:port` (calls go to all its addresses in
  // turn), `unix:/path`.
  std::string target = kDefaultTarget;
  // Unset: plaintext, for loopback or a service mesh.
  absl::optional<TlsFiles> tls;
  // Instead of `tls`, for whatever else gRPC knows.
  std::shared_ptr<grpc::ChannelCredentials> credentials;
  // Bearer token that goes with every call. Over TLS or on loopback only; whoever passes
  // `credentials` answers for that.
  std::string token;
  // Put in front of gRPC's user agent. Empty: gRPC's alone.
  std::string user_agent;
  // One attempt to connect may take this long.
  absl::Duration connect_timeout = absl::Seconds(5);
  // A connection that is silent for so long is probed, because a model can think
  // for minutes, and is given up when no answer comes in time. The service
  // accepts a probe every 10 s.
  absl::Duration keepalive_time = absl::Seconds(30);
  absl::Duration keepalive_timeout = absl::Seconds(10);
  // Largest message to receive; the service's own limit.
  int max_receive_bytes = 64 << 20;
  // gRPC's service config as JSON: retries, health checking, load balancing. Empty: the
  // one that all clients of this project share, client/service_config.json.
  std::string service_config;
};

// A connection to the service, which is costly to make: make one per target and share
// it. It connects when the first call is made; failures show there. gRPC's HTTP proxy
// settings (`http_proxy`, `no_proxy`) hold, except that a loopback target is always
// reached directly. INVALID_ARGUMENT: options that contradict each other, a file that
// can't be read, a token that would travel in plaintext.
absl::StatusOr<std::shared_ptr<Connection>> Connect(const ConnectionOptions& options);

// The target of several instances, each `IP:port` of the same family, that take calls in
// turn; for names use `dns:///`. INVALID_ARGUMENT: none, or one that is no IP address.
absl::StatusOr<std::string> TargetOf(const std::vector<std::string>& addresses);

// The same on a channel that the caller made; the token, if any, goes with every call.
std::shared_ptr<Connection> ConnectOver(std::shared_ptr<grpc::Channel> channel,
                                        std::string token = "");

// INVALID_ARGUMENT unless gRPC can send the pair: a key of `a-z 0-9 - _ .` that
// neither starts with `grpc-` nor ends with `-bin`, and a value of printable
// ASCII. gRPC aborts the process on some others.
absl::Status CheckMetadata(absl::string_view key, absl::string_view value);

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_CONNECTION_H_
