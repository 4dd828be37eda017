// An upstream that answers with bytes that are fixed beforehand: for answers that
// no Fireworks gives on purpose.
#ifndef FIREWORKS_TESTS_E2E_SCRIPTED_UPSTREAM_H_
#define FIREWORKS_TESTS_E2E_SCRIPTED_UPSTREAM_H_

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "tests/simulator/http_message.h"
#include "tests/simulator/http_server.h"

namespace fireworks::e2e {

// Thread-safe.
class ScriptedUpstream {
 public:
  // Answers each request with `response` and closes the connection, so that
  // what has no content-length ends there.
  explicit ScriptedUpstream(simulator::HttpResponse response);
  // The same, with one answer per request in their order, and the last one for all
  // that follow.
  explicit ScriptedUpstream(std::vector<simulator::HttpResponse> responses);

  // "http://127.0.0.1:PORT"
  std::string base_url() const;
  // What was asked, oldest first.
  std::vector<simulator::HttpRequest> requests() const;

 private:
  mutable std::mutex mutex_;
  std::vector<simulator::HttpRequest> requests_;  // guarded by mutex_
  std::unique_ptr<simulator::HttpServer> server_;
};

// A 200 with an event stream: one event per element of `data`.
simulator::HttpResponse EventStream(const std::vector<std::string>& data);

// A chunk's data: one choice with this content, or with this finish reason.
std::string ContentChunk(absl::string_view content);
std::string FinishChunk(absl::string_view finish_reason);

}  // namespace fireworks::e2e

#endif  // FIREWORKS_TESTS_E2E_SCRIPTED_UPSTREAM_H_
