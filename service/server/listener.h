// Accepts callers' connections and hands them to a gRPC server.
//
// gRPC 1.51 could accept by itself, but abandons its socket for good when that fails
// once, as it does when the process is out of file descriptors (CVE-2023-4785), and
// knows no limit of connections. Here a failure is waited out, and what is too much is
// closed at once, so that the caller tries another instance instead of waiting.
#ifndef FIREWORKS_SERVICE_SERVER_LISTENER_H_
#define FIREWORKS_SERVICE_SERVER_LISTENER_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_builder.h"
#include "service/server/connection_limits.h"
#include "service/server/listen_address.h"
#include "service/server/open_connections.h"
#include "service/upstream/file_descriptor.h"

namespace fireworks::server {

struct ListenerOptions {
  std::string address;  // as of ListenOn
  std::size_t max_connections = 0;
  // Connections whose descriptor has this number or a higher one are refused; see
  // DescriptorBudget.
  int descriptor_ceiling = 0;
  // A connection on which the peer has not acknowledged what was sent for so long is
  // closed.
  std::chrono::milliseconds acknowledge_timeout = kAcknowledgeTimeout;
};

// Open, Attach, Start once the gRPC server stands, and Close before it shuts down: on
// one thread. count() and such may be called on any.
class Listener {
 public:
  struct Counts {
    std::size_t open = 0;             // connections
    std::uint64_t over_limit = 0;     // refused because of max_connections
    std::uint64_t over_ceiling = 0;   // refused because of descriptor_ceiling
    std::uint64_t failures = 0;       // to accept: out of descriptors or memory
  };

  // Listens, so that callers can connect, but accepts nothing yet. UNAVAILABLE with the
  // address and why.
  static absl::StatusOr<std::unique_ptr<Listener>> Open(const ListenerOptions& options);
  ~Listener();

  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // The TCP port; 0 for other addresses.
  int port() const { return sockets_.port; }
  // One of the sockets that listen.
  int socket() const { return sockets_.sockets.front().get(); }

  // Makes the server that `builder` builds take connections from here.
  void Attach(grpc::ServerBuilder* builder, std::shared_ptr<grpc::ServerCredentials> credentials);

  // Accepts from now on, on a thread of its own.
  void Start();

  // Stops listening: who connects is refused by the system. Those that are connected stay
  // so. Idempotent.
  void Close();

  // Looks which connections are still open first.
  Counts Count();

 private:
  Listener(const ListenerOptions& options, ListenSockets sockets, upstream::FileDescriptor stop);

  void Run();
  // Accepts what waits on `socket`. False when that failed for want of something.
  bool AcceptAll(int socket);
  // Takes `connection` over, or closes it.
  void Take(int socket, upstream::FileDescriptor connection);
  bool MayStay(int connection);

  const ListenerOptions options_;
  ListenSockets sockets_;
  const upstream::FileDescriptor stop_;  // an eventfd
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor_;

  std::mutex mutex_;
  OpenConnections connections_;  // guarded by mutex_
  Counts counts_;                // guarded by mutex_; without `open`
  std::chrono::steady_clock::time_point swept_;  // guarded by mutex_
  std::thread thread_;           // last: it uses all of the above
};

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_LISTENER_H_
