// Whether callers can still connect: asked by connecting, as they do.
#ifndef FIREWORKS_SERVICE_SERVER_SELF_PROBE_H_
#define FIREWORKS_SERVICE_SERVER_SELF_PROBE_H_

#include <sys/socket.h>

#include <chrono>

#include "absl/status/status.h"

namespace fireworks::server {

// Thread-compatible.
class SelfProbe {
 public:
  struct Options {
    // Until a connection must have been answered.
    std::chrono::milliseconds timeout{5'000};
    // Probes in a row that must fail until callers are taken to fail too.
    int max_failures = 3;
  };

  // `listening_socket` is looked at here only.
  SelfProbe(int listening_socket, const Options& options);

  // Connects, says something that is no protocol, and waits until it is hung up on. gRPC's
  // threads do that, so that it proves them alive too. Blocks for `timeout` at most. What
  // is wrong, if anything.
  absl::Status Probe();

  // Whether not all of the last `max_failures` have failed.
  bool alive() const { return failures_ < options_.max_failures; }

 private:
  absl::Status Try() const;

  const Options options_;
  sockaddr_storage address_{};
  socklen_t address_size_ = sizeof(address_);
  int failures_ = 0;
};

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_SELF_PROBE_H_
