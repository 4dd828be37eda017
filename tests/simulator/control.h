// The control API: HTTP under /simulator/ for tests in another process.
//
//   GET  /simulator/requests
//   GET  /simulator/requests/{x-request-id}[?wait_state=S&wait_events=N&timeout_ms=T]
//   POST /simulator/release?request={x-request-id}&events=N
//   POST /simulator/reset
//   GET  /simulator/stats
//
// Control requests are not journaled. Thread-safe.
#ifndef FIREWORKS_TESTS_SIMULATOR_CONTROL_H_
#define FIREWORKS_TESTS_SIMULATOR_CONTROL_H_

#include <functional>
#include <memory>

#include "tests/simulator/http_server.h"
#include "tests/simulator/journal.h"
#include "tests/simulator/reply.h"

namespace fireworks::simulator {

class Control {
 public:
  // `journal` must outlive the control and its replies. `reset` puts the rest
  // of the simulator back to its beginning.
  Control(Journal* journal, std::function<ConnectionStats()> connections,
          std::function<void()> reset);

  // Answers a request whose path begins with /simulator/.
  std::unique_ptr<Reply> Handle(const HttpRequest& request, Waker waker);

 private:
  HttpResponse Stats() const;

  Journal* const journal_;
  const std::function<ConnectionStats()> connections_;
  const std::function<void()> reset_;
};

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_CONTROL_H_
