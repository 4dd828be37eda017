// An upstream that answers each request with what was laid down for its
// x-request-id, and keeps what it was asked.
#ifndef FIREWORKS_TESTS_CONFORMANCE_RECORDING_UPSTREAM_H_
#define FIREWORKS_TESTS_CONFORMANCE_RECORDING_UPSTREAM_H_

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/simulator/http_message.h"
#include "tests/simulator/http_server.h"

namespace fireworks::conformance {

// Thread-safe.
class RecordingUpstream {
 public:
  static absl::StatusOr<std::unique_ptr<RecordingUpstream>> Start();

  // "http://127.0.0.1:PORT"
  std::string base_url() const;

  // Answers requests of that id; without an answer they get a 500.
  void Answer(const std::string& request_id, simulator::HttpResponse response);

  // The requests of that id, oldest first; they are forgotten with it.
  std::vector<simulator::HttpRequest> Take(const std::string& request_id);

 private:
  RecordingUpstream() = default;

  std::unique_ptr<simulator::Reply> Handle(simulator::HttpRequest request);

  std::mutex mutex_;
  std::map<std::string, simulator::HttpResponse> answers_;                // guarded by mutex_
  std::map<std::string, std::vector<simulator::HttpRequest>> requests_;  // guarded by mutex_
  std::unique_ptr<simulator::HttpServer> server_;  // last: its threads use the rest
};

}  // namespace fireworks::conformance

#endif  // FIREWORKS_TESTS_CONFORMANCE_RECORDING_UPSTREAM_H_
