// An asynchronous HTTP/1.1 server: one listener, any number of keep-alive
// connections, a few kilobytes each, on a fixed number of threads.
//
// A connection reads all the time, also while it answers, so that a client's
// close is noticed at once whatever the reply is doing; pipelined requests that
// arrive meanwhile wait in the (bounded) read buffer.
//
// Listen, Serve, Stop and the accessors are for one owner thread; the handler runs on
// the server's threads. The handler must outlive the server's threads: it lives
// until the destructor returns.
#ifndef FIREWORKS_TESTS_SIMULATOR_HTTP_SERVER_H_
#define FIREWORKS_TESTS_SIMULATOR_HTTP_SERVER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "tests/simulator/reply.h"

namespace fireworks::simulator {

struct HttpServerOptions {
  std::string host = "127.0.0.1";
  // 0 takes any free port.
  int port = 0;
  int threads = 1;
  // The kernel's send buffer per connection. Small enough that a client that
  // stops reading is felt soon; large enough for full speed on loopback.
  int send_buffer_bytes = 128 << 10;
};

struct ConnectionStats {
  std::uint64_t open_connections = 0;
  std::uint64_t accepted_connections = 0;
};

class HttpServer {
 public:
  // Binds and listens. Connections wait until Serve.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Listen(const HttpServerOptions& options,
                                                            Handler handler);
  struct Core;
  // For Listen.
  explicit HttpServer(std::unique_ptr<Core> core);
  // Stops.
  ~HttpServer();

  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Starts the threads. Once.
  void Serve();

  // Closes the listener and every connection and joins the threads. Replies in
  // progress end as kAborted. Idempotent.
  void Stop();

  int port() const;
  ConnectionStats stats() const;

 private:
  std::unique_ptr<Core> core_;
};

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_HTTP_SERVER_H_
