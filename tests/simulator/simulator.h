// A local Fireworks: chat completions and models over HTTP/1.1 on a loopback
// port, with a journal of what it saw and a hand on what it does.
//
// It shares no code with the service, so that both cannot be wrong alike.
// README.md lists the endpoints, the directives and the control API.
//
// All methods but Stop and the destructor may be called from any thread; the
// blocking ones not from the simulator's own.
#ifndef FIREWORKS_TESTS_SIMULATOR_SIMULATOR_H_
#define FIREWORKS_TESTS_SIMULATOR_SIMULATOR_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/simulator/http_server.h"
#include "tests/simulator/journal.h"

namespace fireworks::simulator {

struct SimulatorOptions {
  HttpServerOptions server;
  // Accept unknown keys in inference requests, which the real engine refuses.
  bool lax = false;
};

struct SimulatorStats {
  ConnectionStats connections;
  JournalStats journal;
};

class Simulator {
 public:
  // Listens and serves when it returns.
  static absl::StatusOr<std::unique_ptr<Simulator>> Start(const SimulatorOptions& options = {});
  ~Simulator();

  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  // Cuts every connection and joins the threads. Idempotent. The journal stays
  // readable.
  void Stop();

  int port() const;
  // "http://127.0.0.1:PORT"
  std::string base_url() const;

  // What it has seen, oldest first.
  std::vector<SeenRequest> Requests() const;
  // The newest request with that x-request-id; NOT_FOUND when there is none.
  absl::StatusOr<SeenRequest> Find(absl::string_view request_id) const;

  // Block until the newest request with that x-request-id is in `state`, or has
  // had `events` events written; the request need not have come yet.
  // DEADLINE_EXCEEDED after `timeout`.
  absl::StatusOr<SeenRequest> WaitForState(absl::string_view request_id, RequestState state,
                                           absl::Duration timeout = absl::Seconds(30)) const;
  absl::StatusOr<SeenRequest> WaitForEvents(absl::string_view request_id, std::size_t events,
                                            absl::Duration timeout = absl::Seconds(30)) const;

  // Step mode: lets the request send `events` more. NOT_FOUND when there is no
  // such request (yet).
  absl::Status Release(absl::string_view request_id, std::size_t events);

  // Forgets all requests and restores the models. Connections stay.
  void Reset();

  SimulatorStats stats() const;

  struct Core;
  // For Start.
  explicit Simulator(std::unique_ptr<Core> core);

 private:
  std::unique_ptr<Core> core_;
};

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_SIMULATOR_H_
