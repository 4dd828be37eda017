// How long a caller's cancel takes to close the upstream's connection.
//
//   cancel_latency --service PATH [--streams N] [--cancels N]
//
// Runs the simulator in this process, so that both ends of the way are seen by one
// clock, and the service in its own. Opens `streams` streams that have begun and are
// silent, cancels `cancels` of them one after the other, and takes the time from
// each cancel until the simulator sees its connection closed. Prints one JSON
// object; times are in milliseconds.
#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "fireworks/inference/v1/chat_completion_service.grpc.pb.h"
#include "grpcpp/create_channel.h"
#include "tests/bench/service_process.h"
#include "tests/simulator/simulator.h"

ABSL_FLAG(std::string, service, "", "The service's program.");
ABSL_FLAG(int, streams, 1000, "Streams that are open at a time.");
ABSL_FLAG(int, cancels, 100, "How many of them are cancelled.");

namespace {

namespace inference = fireworks::inference::v1;
using inference::ChatCompletionService;
using inference::ChatCompletionStreamResponse;
using std::chrono::steady_clock;

// A stream that has brought its first message.
struct Stream {
  Stream(ChatCompletionService::Stub* stub, int number) : id(absl::StrCat("cancel-", number)) {
    context.AddMetadata("x-request-id", id);
    context.AddMetadata("x-session-affinity", "sim:hang_after=1");
    inference::ChatCompletionRequest request;
    request.set_model("accounts/fireworks/models/benchmark");
    auto* message = request.add_messages();
    message->set_role("user");
    message->mutable_content()->set_text("Count.");
    reader = stub->StreamChatCompletion(&context, request);
    ChatCompletionStreamResponse chunk;
    begun = reader->Read(&chunk);
  }
  ~Stream() {
    context.TryCancel();
    ChatCompletionStreamResponse chunk;
    while (reader->Read(&chunk)) {
    }
    reader->Finish();
  }

  const std::string id;
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReader<ChatCompletionStreamResponse>> reader;
  bool begun = false;
};

double Percentile(const std::vector<double>& sorted, double share) {
  return sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(share * sorted.size()))];
}

int Fail(absl::string_view why) {
  std::cerr << "cancel_latency: " << why << std::endl;
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  absl::ParseCommandLine(argc, argv);
  auto simulator = fireworks::simulator::Simulator::Start();
  if (!simulator.ok()) return Fail(simulator.status().ToString());
  const auto service = fireworks::bench::ServiceProcess::Start(absl::GetFlag(FLAGS_service),
                                                               (*simulator)->base_url());
  if (service == nullptr) return Fail("the service does not start");
  const auto stub = ChatCompletionService::NewStub(
      grpc::CreateChannel(service->address(), grpc::InsecureChannelCredentials()));

  std::vector<std::unique_ptr<Stream>> streams;
  for (int i = 0; i < absl::GetFlag(FLAGS_streams); ++i) {
    streams.push_back(std::make_unique<Stream>(stub.get(), i));
    if (!streams.back()->begun) return Fail("a stream did not begin");
  }
  std::vector<double> milliseconds;
  for (int i = 0; i < absl::GetFlag(FLAGS_cancels); ++i) {
    const auto began = steady_clock::now();
    streams[i]->context.TryCancel();
    const auto seen = (*simulator)->WaitForState(
        streams[i]->id, fireworks::simulator::RequestState::kClientClosed);
    if (!seen.ok()) return Fail(seen.status().ToString());
    milliseconds.push_back(
        std::chrono::duration<double, std::milli>(steady_clock::now() - began).count());
  }
  std::sort(milliseconds.begin(), milliseconds.end());
  std::cout << "{\"cancels\":" << milliseconds.size() << ",\"streams\":" << streams.size()
            << ",\"p50_ms\":" << Percentile(milliseconds, 0.5)
            << ",\"p99_ms\":" << Percentile(milliseconds, 0.99)
            << ",\"max_ms\":" << milliseconds.back() << "}" << std::endl;
  return 0;
}
