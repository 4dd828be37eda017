// What the tests of faults share: a service that repeats at once, and what is left
// of a call when it has ended.
#ifndef FIREWORKS_TESTS_FAULTS_FAULT_FIXTURE_H_
#define FIREWORKS_TESTS_FAULTS_FAULT_FIXTURE_H_

#include <chrono>
#include <string>

#include "tests/e2e/service_fixture.h"

namespace fireworks::faults {

class FaultTest : public e2e::ServiceTest {
 protected:
  // Repeats as a service does by default, but without waiting, and without end.
  static void RepeatAtOnce(server::Options* options) {
    upstream::RetryPolicy& retry = options->upstream.retry.emplace();
    retry.initial_backoff = retry.max_backoff = std::chrono::milliseconds(1);
    retry.budget_floor = 1 << 20;
  }

  // How many requests of that id the simulator has seen.
  int RequestsSeen(const std::string& request_id) {
    int count = 0;
    for (const simulator::SeenRequest& request : simulator().Requests()) {
      if (request.request_id == request_id) ++count;
    }
    return count;
  }
};

}  // namespace fireworks::faults

#endif  // FIREWORKS_TESTS_FAULTS_FAULT_FIXTURE_H_
