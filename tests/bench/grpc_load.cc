// Load: opens streams of one method and counts messages, without parsing them.
//
//   grpc_load --target HOST:PORT --streams N --events N [--channels N]
//             [--repeat N] [--mode service|bare] [--pid PID]
//
// Each stream asks for `events` messages, `repeat` times over. With --pid the
// CPU time of that process over the run is reported too. Prints one JSON
// object.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <fstream>
#include <iostream>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <unistd.h>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "fireworks/inference/v1/chat_completion.pb.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"

ABSL_FLAG(std::string, target, "", "Server to load.");
ABSL_FLAG(int, streams, 64, "Streams that are open at a time.");
ABSL_FLAG(int, events, 1000, "Messages per stream.");
ABSL_FLAG(int, repeat, 1, "Streams one after the other in each place.");
ABSL_FLAG(int, channels, 4, "Connections that the streams share.");
ABSL_FLAG(std::string, mode, "service", "service: asks for simulated events; bare: bare_server.");
ABSL_FLAG(int, pid, 0, "Process whose CPU time is reported.");

namespace {

using grpc::ByteBuffer;

constexpr char kMethod[] = "/fireworks.inference.v1.ChatCompletionService/StreamChatCompletion";

ByteBuffer Request() {
  fireworks::inference::v1::ChatCompletionRequest request;
  request.set_model("accounts/fireworks/models/benchmark");
  auto* message = request.add_messages();
  message->set_role("user");
  message->mutable_content()->set_text("Count.");
  const grpc::Slice slice(request.SerializeAsString());
  return ByteBuffer(&slice, 1);
}

// What all streams add up to.
struct Totals {
  std::mutex mutex;
  std::condition_variable done;
  int running = 0;
  long messages = 0;
  long bytes = 0;
  int failures = 0;
  std::string first_error;
};

// Runs `repeat` streams, one after the other.
class Place {
 public:
  Place(std::shared_ptr<grpc::Channel> channel, const ByteBuffer& request, int repeat,
        Totals* totals)
      : stub_(std::move(channel)), request_(request), left_(repeat), totals_(totals) {}

  void Next() {
    if (left_-- == 0) {
      std::lock_guard<std::mutex> lock(totals_->mutex);
      if (--totals_->running == 0) totals_->done.notify_one();
      return;
    }
    stream_ = std::make_unique<Stream>(this);
  }

 private:
  class Stream final : public grpc::ClientBidiReactor<ByteBuffer, ByteBuffer> {
   public:
    explicit Stream(Place* place) : place_(place) {
      const std::string events = absl::StrCat(absl::GetFlag(FLAGS_events));
      if (absl::GetFlag(FLAGS_mode) == "bare") {
        context_.AddMetadata("x-bench-events", events);
      } else {
        context_.AddMetadata("x-session-affinity", absl::StrCat("sim:blast=1;events=", events));
      }
      place->stub_.PrepareBidiStreamingCall(&context_, kMethod, grpc::StubOptions(), this);
      StartWriteLast(&place->request_, grpc::WriteOptions());
      StartRead(&message_);
      StartCall();
    }

    void OnReadDone(bool ok) override {
      if (!ok) return;
      ++messages_;
      bytes_ += static_cast<long>(message_.Length());
      StartRead(&message_);
    }

    void OnDone(const grpc::Status& status) override {
      {
        std::lock_guard<std::mutex> lock(place_->totals_->mutex);
        place_->totals_->messages += messages_;
        place_->totals_->bytes += bytes_;
        if (!status.ok() && place_->totals_->failures++ == 0) {
          place_->totals_->first_error = status.error_message();
        }
      }
      Place* place = place_;
      place->Next();  // Replaces, and so destroys, this stream.
    }

   private:
    Place* const place_;
    grpc::ClientContext context_;
    ByteBuffer message_;
    long messages_ = 0;
    long bytes_ = 0;
  };

  grpc::GenericStub stub_;
  const ByteBuffer& request_;
  int left_;
  Totals* const totals_;
  std::unique_ptr<Stream> stream_;
};

// User and system time of a process, in seconds; 0 when it is gone.
double CpuSeconds(int pid) {
  std::ifstream file(absl::StrCat("/proc/", pid, "/stat"));
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream fields(text.substr(name_end + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace

int main(int argc, char** argv) {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  absl::ParseCommandLine(argc, argv);
  const ByteBuffer request = Request();
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  for (int i = 0; i < absl::GetFlag(FLAGS_channels); ++i) {
    grpc::ChannelArguments arguments;
    arguments.SetInt("bench.channel", i);  // Else gRPC shares one connection.
    channels.push_back(grpc::CreateCustomChannel(absl::GetFlag(FLAGS_target),
                                                 grpc::InsecureChannelCredentials(), arguments));
  }

  Totals totals;
  totals.running = absl::GetFlag(FLAGS_streams);
  std::vector<std::unique_ptr<Place>> places;
  for (int i = 0; i < absl::GetFlag(FLAGS_streams); ++i) {
    places.push_back(std::make_unique<Place>(channels[static_cast<std::size_t>(i) % channels.size()],
                                             request, absl::GetFlag(FLAGS_repeat), &totals));
  }
  const int pid = absl::GetFlag(FLAGS_pid);
  const double cpu_before = pid != 0 ? CpuSeconds(pid) : 0;
  const auto began = std::chrono::steady_clock::now();
  for (const auto& place : places) place->Next();
  {
    std::unique_lock<std::mutex> lock(totals.mutex);
    totals.done.wait(lock, [&totals] { return totals.running == 0; });
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  const double cpu = pid != 0 ? CpuSeconds(pid) - cpu_before : 0;
  std::cout << "{\"messages\":" << totals.messages << ",\"bytes\":" << totals.bytes
            << ",\"seconds\":" << seconds << ",\"cpu_seconds\":" << cpu
            << ",\"failures\":" << totals.failures << "}" << std::endl;
  if (totals.failures > 0) std::cerr << "first error: " << totals.first_error << std::endl;
  return totals.failures > 0 ? 1 : 0;
}
