// Debian's Redis server, for tests: without files, on a Unix socket and, with TLS, on a
// loopback port.
//
// One owner; thread-compatible. To be started and destroyed on one thread.
#ifndef FIREWORKS_TESTS_REDIS_REDIS_SERVER_H_
#define FIREWORKS_TESTS_REDIS_REDIS_SERVER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "service/redis/connection.h"
#include "tests/simulator/child_process.h"
#include "tests/simulator/test_authority.h"

namespace fireworks::redis {

class RedisServer {
 public:
  RedisServer();
  // Kills it and removes its folder.
  ~RedisServer();

  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  // Starts it, empty, with more options of its command line. It accepts connections when
  // this returns. Where it was before, if it was started before.
  absl::Status Start(const std::vector<std::string>& options = {});
  // Serves TLS too, and demands certificates of clients.
  absl::Status StartWithTls();
  void Kill() { process_.reset(); }
  // Stops and continues it, as a machine does that swaps.
  void Freeze();
  void Thaw();

  // "unix:..."
  std::string address() const;
  // "localhost:port" of StartWithTls.
  std::string tls_address() const;
  const simulator::TestAuthority& authority() const { return *authority_; }
  // A path in its folder.
  std::string Path(const std::string& name) const { return folder_ + "/" + name; }

  // Asks it something, by a connection of its own; aborts when that fails.
  Reply Ask(const std::vector<absl::string_view>& command) const;

 private:
  bool Answers() const;
  absl::Status StartAt(int tls_port, const std::vector<std::string>& options);

  const std::string folder_;
  int tls_port_ = 0;
  absl::optional<simulator::TestAuthority> authority_;
  absl::optional<simulator::ChildProcess> process_;
};

}  // namespace fireworks::redis

#endif  // FIREWORKS_TESTS_REDIS_REDIS_SERVER_H_
