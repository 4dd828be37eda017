// A simulator in-process and clients for it, for the tests over sockets.
//
// One test's; thread-compatible.
#ifndef FIREWORKS_TESTS_SIMULATOR_TESTING_SIMULATOR_FIXTURE_H_
#define FIREWORKS_TESTS_SIMULATOR_TESTING_SIMULATOR_FIXTURE_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/simulator/simulator.h"
#include "tests/simulator/testing/raw_client.h"

namespace fireworks::simulator {

inline constexpr char kChat[] = "/inference/v1/chat/completions";
inline constexpr char kStreamBody[] =
    R"({"model":"m","stream":true,"messages":[{"role":"user","content":"say: one two three"}]})";
inline constexpr char kUnaryBody[] =
    R"({"model":"m","messages":[{"role":"user","content":"say: one two three"}]})";

class SimulatorTest : public testing::Test {
 protected:
  SimulatorTest() {
    SimulatorOptions options;
    options.server.threads = 2;
    auto started = Simulator::Start(options);
    EXPECT_TRUE(started.ok()) << started.status();
    simulator_ = *std::move(started);
  }

  std::unique_ptr<RawClient> Connect(int receive_buffer_bytes = 0) {
    return std::make_unique<RawClient>(simulator_->port(), receive_buffer_bytes);
  }

  // Sends a request called `id` with directives.
  std::unique_ptr<RawClient> Send(const std::string& id, const std::string& directives,
                                  const std::string& body = kStreamBody) {
    auto client = Connect();
    client->Send(
        RawRequest("POST", kChat, body,
                   absl::StrCat("X-Request-Id: ", id, "\r\nX-Simulator: ", directives, "\r\n")));
    return client;
  }

  // Has the journal seen `id` end as `state`?
  SeenRequest Await(const std::string& id, RequestState state) {
    const auto seen = simulator_->WaitForState(id, state);
    EXPECT_TRUE(seen.ok()) << seen.status();
    return seen.ok() ? *seen : SeenRequest();
  }

  RawResponse Control(const std::string& method, const std::string& target) {
    auto client = Connect();
    client->Send(RawRequest(method, target, ""));
    return client->ReadResponse();
  }

  std::unique_ptr<Simulator> simulator_;
};

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_TESTING_SIMULATOR_FIXTURE_H_
