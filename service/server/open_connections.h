// How many of the connections that were handed to gRPC are still open. gRPC does not
// tell when it closes one, but the kernel does: behind its descriptor there is nothing
// then, or another file.
#ifndef FIREWORKS_SERVICE_SERVER_OPEN_CONNECTIONS_H_
#define FIREWORKS_SERVICE_SERVER_OPEN_CONNECTIONS_H_

#include <sys/types.h>

#include <cstddef>

#include "absl/container/flat_hash_map.h"

namespace fireworks::server {

// Thread-compatible.
class OpenConnections {
 public:
  // A connection that is open now.
  void Add(int descriptor);

  // At least as many as are open; exactly as many, but for those that have been closed
  // since the last Sweep.
  std::size_t count() const { return inodes_.size(); }

  // Forgets those that are closed; a system call for each.
  void Sweep();

 private:
  // By descriptor; a socket's inode is its own for as long as it lives.
  absl::flat_hash_map<int, ino_t> inodes_;
};

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_OPEN_CONNECTIONS_H_
