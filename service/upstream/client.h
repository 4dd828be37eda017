// The HTTP client: a number of loops, each one thread with its own curl multi
// handle over epoll, sharing nothing.
#ifndef FIREWORKS_SERVICE_UPSTREAM_CLIENT_H_
#define FIREWORKS_SERVICE_UPSTREAM_CLIENT_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "service/upstream/circuit_breaker.h"
#include "service/upstream/exchange.h"
#include "service/upstream/retry_policy.h"
#include "service/upstream/secret.h"

namespace fireworks::upstream {

class Loop;
class Population;
struct Resilience;
struct WireSettings;

struct ClientOptions {
  // Scheme, host, optional port and path prefix: "https://api.fireworks.ai".
  std::string base_url;
  // Sent as `authorization: Bearer …` with requests that have neither a key nor an
  // `authorization` header of their own; empty: no such header.
  Secret api_key;
  int loops = 1;
  // HTTP/2 over TLS (ALPN). Default HTTP/1.1; docs/upstream.md says why.
  bool http2 = false;
  // PEM bundle of the authorities that the upstream's certificate may be
  // signed by; empty: the system's.
  std::string ca_file;
  // Connections of a loop, idle ones included, and so exchanges, which take one
  // each with HTTP/1.1; with HTTP/2 the same number bounds the exchanges. One
  // beyond it fails with kConnectFailed rather than queue unseen.
  int max_connections_per_loop = 4096;
  // An idle connection older than this is not reused: must stay below the
  // upstream's own idle limit, so that a POST never meets a dying connection.
  std::chrono::seconds max_idle_connection_age{50};
  // A connection older than this is not reused, so that traffic follows a change
  // of the upstream's addresses, and no connection grows old enough to be dropped
  // under a request. What runs on it is not disturbed. 0: no limit.
  std::chrono::seconds max_connection_age{600};
  // Whether requests are repeated that failed; unset: never.
  std::optional<RetryPolicy> retry;
  // Unset: none.
  std::optional<CircuitBreakerOptions> circuit_breaker;
  // The clock of the retry budget and the circuit breaker, not of deadlines and
  // waits. Thread-safe; null: Clock::now.
  NowFunction now;
  std::string user_agent = "fireworks-grpc";
};

// The version of libcurl that runs, such as "8.14.1".
std::string LibcurlVersion();

// Thread-safe. The destructor cancels what runs, waits for every OnEnd, and
// joins the threads; it must not be called from an observer.
class Client {
 public:
  // INVALID_ARGUMENT when an option is unusable; RESOURCE_EXHAUSTED and the like
  // when file descriptors or memory are out.
  static absl::StatusOr<std::unique_ptr<Client>> Create(const ClientOptions& options);
  ~Client();

  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Starts an exchange. `observer` is kept until its OnEnd has returned.
  // Never blocks; never calls the observer from inside.
  std::shared_ptr<Exchange> Start(Request request, std::shared_ptr<Observer> observer);

  // Of one loop: connections that are open, transfers that use them, connections begun
  // so far, and exchanges that run or wait for their next attempt.
  struct LoopCounts {
    std::size_t open_connections = 0;
    std::size_t transfers = 0;
    std::uint64_t begun_connections = 0;
    std::size_t exchanges = 0;
  };
  std::vector<LoopCounts> loops() const;

  // Of the circuit breaker; closed, and never opened, when there is none.
  CircuitBreaker::Snapshot circuit_breaker() const;

 private:
  Client(const ClientOptions& options, const std::string& base_url);

  // The loop with the fewest exchanges; of equals, the next in turn.
  Loop& PickLoop();

  // What the loops, which are destroyed first, look at.
  const std::unique_ptr<WireSettings> settings_;
  const std::unique_ptr<Population> population_;
  const std::unique_ptr<Resilience> resilience_;
  std::vector<std::unique_ptr<Loop>> loops_;
  std::atomic<std::size_t> next_loop_{0};
};

}  // namespace fireworks::upstream

#endif  // FIREWORKS_SERVICE_UPSTREAM_CLIENT_H_
