// The real service in this process, in front of an upstream that records.
#ifndef FIREWORKS_TESTS_CONFORMANCE_SERVICE_UNDER_TEST_H_
#define FIREWORKS_TESTS_CONFORMANCE_SERVICE_UNDER_TEST_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "service/server/server.h"
#include "tests/conformance/caller.h"
#include "tests/conformance/exchange.h"
#include "tests/conformance/recording_upstream.h"

namespace fireworks::conformance {

// Thread-compatible.
class ServiceUnderTest {
 public:
  static absl::StatusOr<std::unique_ptr<ServiceUnderTest>> Start();

  struct Result {
    Outcome outcome;
    // How what the upstream was sent differs from what was expected.
    std::vector<std::string> differences;
  };

  // Makes the call, which the upstream answers with `response`. Checks the
  // headers too that every request carries.
  Result Run(const google::protobuf::MethodDescriptor& method, Exchange exchange,
             const simulator::HttpResponse& response);

 private:
  ServiceUnderTest() = default;

  std::unique_ptr<RecordingUpstream> upstream_;
  std::unique_ptr<server::Server> service_;
  std::unique_ptr<Caller> caller_;
  int calls_ = 0;
};

// A 200 with that JSON.
simulator::HttpResponse JsonAnswer(const std::string& json);

// A 200 with a stream of these events, each with its name; empty: without.
struct Event {
  std::string name;
  std::string data;
};
simulator::HttpResponse EventAnswer(const std::vector<Event>& events);

}  // namespace fireworks::conformance

#endif  // FIREWORKS_TESTS_CONFORMANCE_SERVICE_UNDER_TEST_H_
