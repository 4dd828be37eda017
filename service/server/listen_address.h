// Addresses to listen on, as sockets.
#ifndef FIREWORKS_SERVICE_SERVER_LISTEN_ADDRESS_H_
#define FIREWORKS_SERVICE_SERVER_LISTEN_ADDRESS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "service/upstream/file_descriptor.h"

namespace fireworks::server {

struct ListenSockets {
  std::vector<upstream::FileDescriptor> sockets;  // listening, non-blocking
  int port = 0;                                   // of all of them; 0: of no TCP address
};

// Listens on `address`, in the forms that gRPC knows: "host:port" (a name or an
// address; "[::1]:port"; "0.0.0.0" and "[::]" are all addresses of both families),
// "unix:path", "unix-abstract:name". A name with several addresses gets a socket on
// each. Port 0 is a free one. UNAVAILABLE, with the address and why, when that fails.
absl::StatusOr<ListenSockets> ListenOn(const std::string& address);

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_LISTEN_ADDRESS_H_
