// What the tests of the inference protocols share: a stub of any service, whole
// streams, and upstreams that say what a test wants.
#ifndef FIREWORKS_TESTS_E2E_INFERENCE_FIXTURE_H_
#define FIREWORKS_TESTS_E2E_INFERENCE_FIXTURE_H_

#include <memory>
#include <string>
#include <vector>

#include "grpcpp/support/sync_stream.h"
#include "gtest/gtest.h"
#include "tests/e2e/error_details.h"
#include "tests/e2e/scripted_upstream.h"
#include "tests/e2e/service_fixture.h"

namespace fireworks::e2e {

template <typename Message>
struct Received {
  std::vector<Message> messages;
  grpc::Status status;
};

template <typename Message>
Received<Message> ReadStream(grpc::ClientReader<Message>* reader) {
  Received<Message> received;
  Message message;
  while (reader->Read(&message)) received.messages.push_back(message);
  received.status = reader->Finish();
  return received;
}

inline void ExpectError(const grpc::Status& status, grpc::StatusCode code,
                        absl::string_view reason) {
  EXPECT_EQ(status.error_code(), code) << status.error_message();
  EXPECT_EQ(ReasonOf(status), reason) << status.error_message();
}

class InferenceTest : public ServiceTest {
 protected:
  void TearDown() override {
    StopService();
    upstream_.reset();
  }

  template <typename Service>
  std::unique_ptr<typename Service::Stub> Stub() {
    return Service::NewStub(NewChannel());
  }

  // From now on the service's upstream answers every request with `response`.
  void Script(const simulator::HttpResponse& response) {
    StopService();
    upstream_ = std::make_unique<ScriptedUpstream>(response);
    StartService([this](server::Options* options) {
      options->upstream.base_url = upstream_->base_url();
    });
  }

  // The JSON of the request called like the call, as the simulator saw it.
  std::string SentBody(const CallContext& context) {
    const auto seen = simulator().Find(context.request_id());
    EXPECT_TRUE(seen.ok()) << seen.status();
    return seen.ok() ? seen->body : std::string();
  }

  ScriptedUpstream& upstream() { return *upstream_; }

 private:
  std::unique_ptr<ScriptedUpstream> upstream_;
};

}  // namespace fireworks::e2e

#endif  // FIREWORKS_TESTS_E2E_INFERENCE_FIXTURE_H_
