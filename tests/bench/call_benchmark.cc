// The path of a call in one process: caller, service and simulator, over loopback. Its CPU
// time is that of all three, so that it tells whether a change of the service shows at all;
// bench.py measures the service by itself.
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "fireworks/gateway/v1/model_service.grpc.pb.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "service/server/server.h"
#include "service/upstream/secret.h"
#include "tests/e2e/call_context.h"
#include "tests/e2e/chat.h"
#include "tests/simulator/simulator.h"

namespace fireworks::bench {
namespace {

using e2e::CallContext;

template <typename T>
T Must(absl::StatusOr<T> made) {
  if (!made.ok()) {
    std::cerr << made.status() << std::endl;
    std::abort();
  }
  return *std::move(made);
}

// The simulator, the service before it, and a connection to that. Of each benchmark its own.
class Setup {
 public:
  Setup() : simulator_(Must(simulator::Simulator::Start({}))) {
    server::Options options;
    options.listen = "127.0.0.1:0";
    options.upstream.base_url = simulator_->base_url();
    service_ = Must(server::Server::Build(options, upstream::Secret("fw_benchmark")));
    channel_ = grpc::CreateChannel(absl::StrCat("127.0.0.1:", service_->port()),
                                   grpc::InsecureChannelCredentials());
  }

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

 private:
  const std::unique_ptr<simulator::Simulator> simulator_;
  std::unique_ptr<server::Server> service_;
  std::shared_ptr<grpc::Channel> channel_;
};

void BM_GetModel(benchmark::State& state) {
  const Setup setup;
  const auto models = gateway::v1::ModelService::NewStub(setup.channel());
  gateway::v1::GetModelRequest request;
  request.set_name("accounts/fireworks/models/chat-small");
  for (auto _ : state) {
    CallContext context;
    gateway::v1::Model model;
    const grpc::Status status = models->GetModel(&context, request, &model);
    if (!status.ok()) return state.SkipWithError(status.error_message().c_str());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_GetModel)->MeasureProcessCPUTime()->UseRealTime();

void BM_ChatCompletion(benchmark::State& state) {
  const Setup setup;
  const auto chat = e2e::ChatService::NewStub(setup.channel());
  const auto request = e2e::MakeChatRequest("hello");
  for (auto _ : state) {
    CallContext context("events=1");
    e2e::ChatResponse completion;
    const grpc::Status status = chat->CreateChatCompletion(&context, request, &completion);
    if (!status.ok()) return state.SkipWithError(status.error_message().c_str());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_ChatCompletion)->MeasureProcessCPUTime()->UseRealTime();

// A stream of so many chunks, as fast as it can; an item is a chunk.
void BM_StreamChatCompletion(benchmark::State& state) {
  const Setup setup;
  const auto chat = e2e::ChatService::NewStub(setup.channel());
  const auto request = e2e::MakeChatRequest("hello");
  const std::string directives = absl::StrCat("blast=1;events=", state.range(0));
  std::int64_t chunks = 0;
  for (auto _ : state) {
    CallContext context(directives);
    const auto reader = chat->StreamChatCompletion(&context, request);
    for (e2e::ChatChunk chunk; reader->Read(&chunk);) ++chunks;
    const grpc::Status status = reader->Finish();
    if (!status.ok()) return state.SkipWithError(status.error_message().c_str());
  }
  state.SetItemsProcessed(chunks);
}
BENCHMARK(BM_StreamChatCompletion)
    ->Arg(1)
    ->Arg(100)
    ->Arg(10'000)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

}  // namespace
}  // namespace fireworks::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
