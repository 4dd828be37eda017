#include "tests/e2e/service_fixture.h"

#include <chrono>
#include <cstdlib>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "prometheus/metric_family.h"
#include "prometheus/registry.h"
#include "service/upstream/secret.h"

namespace fireworks::e2e {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

bool HasLabels(const prometheus::ClientMetric& metric,
               const std::map<std::string, std::string>& labels) {
  std::size_t found = 0;
  for (const auto& label : metric.label) {
    const auto wanted = labels.find(label.name);
    if (wanted != labels.end() && wanted->second == label.value) ++found;
  }
  return found == labels.size();
}

double ValueOf(const prometheus::ClientMetric& metric, prometheus::MetricType type) {
  switch (type) {
    case prometheus::MetricType::Counter: return metric.counter.value;
    case prometheus::MetricType::Gauge: return metric.gauge.value;
    case prometheus::MetricType::Histogram:
      return static_cast<double>(metric.histogram.sample_count);
    default: return 0;
  }
}

server::Options LoopbackOptions(const std::string& upstream) {
  server::Options options;
  options.listen = "127.0.0.1:0";
  options.upstream.base_url = upstream;
  options.drain_grace = std::chrono::seconds(10);
  options.access.policy = *access::Policy::Parse(
      R"(rules { name: "all" callers: "*" methods: "*" })", "test", {});
  return options;
}

}  // namespace

bool Eventually(const std::function<bool()>& condition) {
  const auto give_up = steady_clock::now() + kPatience;
  while (!condition()) {
    if (steady_clock::now() > give_up) return false;
    std::this_thread::sleep_for(milliseconds(5));
  }
  return true;
}

void ServiceTest::SetUp() { RestartSimulator({}); }

void ServiceTest::RestartSimulator(const simulator::SimulatorOptions& options) {
  simulator_.reset();
  auto started = simulator::Simulator::Start(options);
  ASSERT_TRUE(started.ok()) << started.status();
  simulator_ = *std::move(started);
}

void ServiceTest::StartService(const Adjust& adjust) {
  StopService();
  service_ = BuildService(adjust);
}

std::unique_ptr<server::Server> ServiceTest::BuildService(const Adjust& adjust) {
  server::Options options = LoopbackOptions(simulator_->base_url());
  if (adjust) adjust(&options);
  auto built = server::Server::Build(options, upstream::Secret(kApiKey));
  EXPECT_TRUE(built.ok()) << built.status();
  return built.ok() ? *std::move(built) : nullptr;
}

void ServiceTest::StopService() {
  chat_.reset();
  models_.reset();
  service_.reset();
}

server::Server& ServiceTest::service() {
  if (service_ == nullptr) StartService();
  if (service_ == nullptr) std::abort();  // StartService has said why.
  return *service_;
}

std::string ServiceTest::address() { return absl::StrCat("127.0.0.1:", service().port()); }

std::shared_ptr<grpc::Channel> ServiceTest::NewChannel(const std::string& address) {
  grpc::ChannelArguments arguments;
  // Channels with equal arguments would share a connection.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(-1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

std::shared_ptr<grpc::Channel> ServiceTest::NewChannel() { return NewChannel(address()); }

void ServiceTest::ConnectStubs() {
  if (chat_ != nullptr) return;
  const std::shared_ptr<grpc::Channel> channel = NewChannel();
  chat_ = ChatService::NewStub(channel);
  models_ = ModelService::NewStub(channel);
}

ChatService::Stub& ServiceTest::chat() {
  ConnectStubs();
  return *chat_;
}

ModelService::Stub& ServiceTest::models() {
  ConnectStubs();
  return *models_;
}

double ServiceTest::Metric(absl::string_view name, const Labels& labels) {
  double sum = 0;
  for (const prometheus::MetricFamily& family : service().metrics().registry()->Collect()) {
    if (family.name != name) continue;
    for (const prometheus::ClientMetric& metric : family.metric) {
      if (HasLabels(metric, labels)) sum += ValueOf(metric, family.type);
    }
  }
  return sum;
}

void ServiceTest::ExpectAllQuiet() {
  EXPECT_TRUE(Eventually([this] { return Metric("fireworks_active_calls") == 0; }));
  EXPECT_TRUE(
      Eventually([this] { return simulator().stats().journal.open_requests == 0; }));
}

}  // namespace fireworks::e2e
