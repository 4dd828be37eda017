// Load: makes calls of one method and measures what they bring and cost.
//
//   grpc_load --target HOST:PORT [--rpc stream|chat|model] [--mode service|bare] ...
//
// `streams` places make `repeat` calls each, one after the other, `rounds` times over. A
// stream asks for `events` content messages. With --pid, CPU time and memory of that
// process are reported too. Prints one JSON object; times are in microseconds.
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "fireworks/gateway/v1/model_service.pb.h"
#include "fireworks/inference/v1/chat_completion.pb.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "tests/bench/call_load.h"
#include "tests/bench/process_stats.h"

ABSL_FLAG(std::string, target, "", "Server to load.");
ABSL_FLAG(std::string, rpc, "stream", "stream, chat (unary) or model (GetModel).");
ABSL_FLAG(std::string, mode, "service", "service: asks for simulated events; bare: bare_server.");
ABSL_FLAG(int, streams, 64, "Calls that run at a time.");
ABSL_FLAG(int, events, 1000, "Content messages per stream.");
ABSL_FLAG(int, repeat, 1, "Calls one after the other in each place.");
ABSL_FLAG(int, rounds, 1, "How often all that is done.");
ABSL_FLAG(int, pause_ms, 0, "Silence before each round.");
ABSL_FLAG(int, channels, 4, "Connections that the calls share.");
ABSL_FLAG(int, spread_ms, 0, "The first calls start within so long, evenly.");
ABSL_FLAG(std::string, directives, "blast=1", "What the simulator is asked, beside events.");
ABSL_FLAG(int, pace_ms, 0, "Time between the messages of a stream.");
ABSL_FLAG(bool, stamped, false, "Messages carry times: the simulator is asked for them.");
ABSL_FLAG(int, stopped, 0, "More streams, whose readers stop after the first message.");
ABSL_FLAG(int, request_bytes, 0, "Size of an image in the request; 0 for none.");
ABSL_FLAG(int, pid, 0, "Process whose CPU time is reported.");
ABSL_FLAG(bool, memory, false, "Its memory too: while all calls are open, and the peak.");
ABSL_FLAG(std::string, ca, "", "PEM file of the server's authority: TLS.");
ABSL_FLAG(std::string, certificate, "", "PEM file of a client certificate.");
ABSL_FLAG(std::string, key, "", "PEM file of its key.");

namespace {

namespace bench = fireworks::bench;
namespace inference = fireworks::inference::v1;
using std::chrono::steady_clock;

// More than any run takes; a run that takes longer hangs.
constexpr auto kLimit = std::chrono::minutes(2);
constexpr auto kMemorySampling = std::chrono::milliseconds(100);
constexpr char kModel[] = "accounts/fireworks/models/chat-small";

grpc::ByteBuffer Buffer(const google::protobuf::MessageLite& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return grpc::ByteBuffer(&slice, 1);
}

grpc::ByteBuffer ChatRequest() {
  inference::ChatCompletionRequest request;
  request.set_model(kModel);
  auto* message = request.add_messages();
  message->set_role("user");
  const int image_bytes = absl::GetFlag(FLAGS_request_bytes);
  if (image_bytes == 0) {
    message->mutable_content()->set_text("Count.");
  } else {
    auto* part = message->mutable_content()->mutable_parts()->add_values();
    part->set_type("image_url");
    part->mutable_image_url()->set_url(
        absl::StrCat("data:image/png;base64,", std::string(static_cast<size_t>(image_bytes), 'A')));
  }
  return Buffer(request);
}

// The kind of call that the flags describe.
bench::CallKind Kind() {
  bench::CallKind kind;
  const std::string rpc = absl::GetFlag(FLAGS_rpc);
  if (rpc == "model") {
    kind.method = "/fireworks.gateway.v1.ModelService/GetModel";
    fireworks::gateway::v1::GetModelRequest request;
    request.set_name(kModel);
    kind.request = Buffer(request);
    return kind;
  }
  kind.method = absl::StrCat("/fireworks.inference.v1.ChatCompletionService/",
                             rpc == "chat" ? "CreateChatCompletion" : "StreamChatCompletion");
  kind.request = ChatRequest();
  kind.stamped = absl::GetFlag(FLAGS_stamped);
  const std::string events = absl::StrCat(absl::GetFlag(FLAGS_events));
  if (absl::GetFlag(FLAGS_mode) == "bare") {
    kind.metadata.emplace_back("x-bench-events", events);
    kind.metadata.emplace_back("x-bench-pace-ms", absl::StrCat(absl::GetFlag(FLAGS_pace_ms)));
  } else {
    kind.metadata.emplace_back(
        "x-session-affinity",
        absl::StrCat("sim:", absl::GetFlag(FLAGS_directives), kind.stamped ? ";stamp=1" : "",
                     ";pace_ms=", absl::GetFlag(FLAGS_pace_ms), ";events=", events));
  }
  return kind;
}

// A stream that has more to say than anybody's buffers hold.
bench::CallKind StoppedKind() {
  bench::CallKind kind = Kind();
  kind.metadata = {{"x-session-affinity", "sim:blast=1;bytes=1000;events=100000"}};
  kind.stops = true;
  return kind;
}

std::string Contents(const std::string& path) {
  std::ifstream file(path);
  return std::string((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
}

std::shared_ptr<grpc::ChannelCredentials> Credentials() {
  if (absl::GetFlag(FLAGS_ca).empty()) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = Contents(absl::GetFlag(FLAGS_ca));
  options.pem_cert_chain = Contents(absl::GetFlag(FLAGS_certificate));
  options.pem_private_key = Contents(absl::GetFlag(FLAGS_key));
  return grpc::SslCredentials(options);
}

std::vector<std::shared_ptr<grpc::Channel>> Channels() {
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  const auto credentials = Credentials();
  for (int i = 0; i < absl::GetFlag(FLAGS_channels); ++i) {
    grpc::ChannelArguments arguments;
    arguments.SetInt("bench.channel", i);  // Else gRPC shares one connection.
    arguments.SetMaxReceiveMessageSize(-1);
    channels.push_back(
        grpc::CreateCustomChannel(absl::GetFlag(FLAGS_target), credentials, arguments));
  }
  return channels;
}

// The process that is measured.
class Measured {
 public:
  explicit Measured(int pid) : pid_(pid), cpu_before_(bench::CpuSeconds(pid)) {
    if (absl::GetFlag(FLAGS_memory)) bench::ForgetPeak(pid);
    resident_before_ = bench::ResidentBytes(pid);
  }

  void SampleMemory() { resident_open_ = std::max(resident_open_, bench::ResidentBytes(pid_)); }

  std::string Json() const {
    return absl::StrCat("\"cpu_seconds\":", bench::CpuSeconds(pid_) - cpu_before_,
                        ",\"resident_before\":", resident_before_,
                        ",\"resident_open\":", resident_open_,
                        ",\"resident_peak\":", bench::PeakResidentBytes(pid_));
  }

 private:
  const int pid_;
  const double cpu_before_;
  long resident_before_ = 0;
  // The most while all calls were open; 0 when they never were.
  long resident_open_ = 0;
};

// Waits for the load's end; false when it hangs.
bool WaitForEnd(bench::CallLoad* load, Measured* measured) {
  const auto give_up = steady_clock::now() + kLimit;
  while (!load->Wait(kMemorySampling)) {
    if (steady_clock::now() > give_up) return false;
    if (absl::GetFlag(FLAGS_memory) && load->open_calls() == absl::GetFlag(FLAGS_streams)) {
      measured->SampleMemory();
    }
  }
  return true;
}

// One round of the calls that the flags describe; false when it hangs.
bool Round(const std::vector<std::shared_ptr<grpc::Channel>>& channels,
           const bench::CallKind& kind, const bench::CallKind& stopped_kind, Measured* measured,
           bench::CallTotals* totals) {
  auto load = std::make_unique<bench::CallLoad>();
  const auto channel = [&channels](int i) {
    return channels[static_cast<std::size_t>(i) % channels.size()];
  };
  for (int i = 0; i < absl::GetFlag(FLAGS_stopped); ++i) {
    load->AddPlace(channel(i), stopped_kind, 1);
  }
  load->Start(std::chrono::milliseconds(0));
  for (int i = 0; i < absl::GetFlag(FLAGS_streams); ++i) {
    load->AddPlace(channel(i), kind, absl::GetFlag(FLAGS_repeat));
  }
  load->Start(std::chrono::milliseconds(absl::GetFlag(FLAGS_spread_ms)));
  if (!WaitForEnd(load.get(), measured)) {
    // Its calls are not over, so that it cannot be destroyed; the process ends now.
    (void)load.release();
    return false;
  }
  totals->Add(load->Totals());
  return true;
}

void Print(const bench::CallTotals& totals, double seconds, const Measured& measured) {
  std::cout << "{\"messages\":" << totals.messages << ",\"bytes\":" << totals.bytes
            << ",\"seconds\":" << seconds << "," << measured.Json()
            << ",\"latency\":" << totals.latencies.Json()
            << ",\"first\":" << totals.first_messages.Json()
            << ",\"call\":" << totals.calls.Json() << ",\"failures\":" << totals.failures << "}"
            << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  absl::ParseCommandLine(argc, argv);
  const bench::CallKind kind = Kind();
  const bench::CallKind stopped_kind = StoppedKind();
  const auto channels = Channels();
  bench::CallTotals totals;
  Measured measured(absl::GetFlag(FLAGS_pid));
  double seconds = 0;
  for (int round = 0; round < absl::GetFlag(FLAGS_rounds); ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(absl::GetFlag(FLAGS_pause_ms)));
    const auto began = steady_clock::now();
    if (!Round(channels, kind, stopped_kind, &measured, &totals)) {
      std::cerr << "grpc_load: the calls do not end" << std::endl;
      std::_Exit(EXIT_FAILURE);
    }
    seconds += std::chrono::duration<double>(steady_clock::now() - began).count();
  }
  Print(totals, seconds, measured);
  if (totals.failures == 0) return EXIT_SUCCESS;
  std::cerr << "grpc_load: first error: " << totals.first_error << std::endl;
  return EXIT_FAILURE;
}
