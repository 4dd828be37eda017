// The real service in front of the simulator, both in this process, talking
// over loopback sockets.
//
// Each test has a simulator and a service of its own. Single-threaded, but for
// what the classes it hands out say of themselves.
#ifndef FIREWORKS_TESTS_E2E_SERVICE_FIXTURE_H_
#define FIREWORKS_TESTS_E2E_SERVICE_FIXTURE_H_

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "fireworks/gateway/v1/model_service.grpc.pb.h"
#include "grpcpp/channel.h"
#include "gtest/gtest.h"
#include "service/server/server.h"
#include "tests/e2e/call_context.h"
#include "tests/e2e/chat.h"
#include "tests/simulator/simulator.h"

namespace fireworks::e2e {

using ModelService = fireworks::gateway::v1::ModelService;

// Polls `condition` until it holds; false when kPatience passed first. For what
// has no event to wait for, such as metrics.
bool Eventually(const std::function<bool()>& condition);

class ServiceTest : public testing::Test {
 protected:
  using Adjust = std::function<void(server::Options*)>;
  using Labels = std::map<std::string, std::string>;

  // The key that the service sends upstream.
  static constexpr char kApiKey[] = "fw_e2e-canary-5f1c9a";

  // Starts the simulator.
  void SetUp() override;

  // Starts the service, in place of one that runs; the defaults are loopback,
  // port 0, the simulator as upstream. Called with no `adjust` by whatever needs
  // a service first.
  void StartService(const Adjust& adjust = {});
  // Ends the service.
  void StopService();
  // A service beside it, with the same defaults; null, and a failure, if it cannot be.
  std::unique_ptr<server::Server> BuildService(const Adjust& adjust);

  simulator::Simulator& simulator() { return *simulator_; }
  // Ends the simulator and starts one with these options, for the next service.
  void RestartSimulator(const simulator::SimulatorOptions& options);

  server::Server& service();
  // "127.0.0.1:port"
  std::string address();

  // A connection of its own.
  std::shared_ptr<grpc::Channel> NewChannel();
  static std::shared_ptr<grpc::Channel> NewChannel(const std::string& address);
  // On a channel that the test's calls share.
  ChatService::Stub& chat();
  ModelService::Stub& models();

  // A metric of the service; 0 when it has no such time series. Of a histogram,
  // the number of observations.
  double Metric(absl::string_view name, const Labels& labels = {});

  // Waits until no call runs, neither here nor in the simulator.
  void ExpectAllQuiet();

 private:
  void ConnectStubs();

  std::unique_ptr<simulator::Simulator> simulator_;
  std::unique_ptr<server::Server> service_;
  std::unique_ptr<ChatService::Stub> chat_;
  std::unique_ptr<ModelService::Stub> models_;
};

}  // namespace fireworks::e2e

#endif  // FIREWORKS_TESTS_E2E_SERVICE_FIXTURE_H_
