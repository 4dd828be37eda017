#include "tests/faults/soak_load.h"

#include <iterator>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/e2e/call_context.h"
#include "tests/e2e/chat.h"
#include "tests/e2e/error_details.h"
#include "tests/faults/wire.h"

namespace fireworks::faults {
namespace {

using e2e::CallContext;
using grpc::StatusCode;
using std::chrono::milliseconds;

// Longer than the service waits for a reader, in the soak test.
constexpr milliseconds kSlowReaderPause{1000};
// More than the way between upstream and caller holds.
constexpr char kLargeStream[] = "events=512;bytes=16384;blast=1";

constexpr Call kCalls[] = {Call::kGet,        Call::kPost,     Call::kChat,
                           Call::kCompletion, Call::kResponse, Call::kMessage,
                           Call::kSmallUpload};

// Whether a call that meets a fault can end well.
enum class Truth { kSucceeds, kFails, kEither };

struct Fault {
  std::string directives;
  Truth truth = Truth::kEither;
};

const std::vector<Fault>& Faults() {
  static const auto* const kFaults = new std::vector<Fault>{
      {"", Truth::kSucceeds},
      {"pace_ms=2", Truth::kSucceeds},
      {"comment_every=1;crlf=1", Truth::kSucceeds},
      {"chunk_tokens=1;done=0"},
      {"bytes=4096", Truth::kSucceeds},
      {"hang=headers", Truth::kFails},
      {"hang_after=1", Truth::kFails},
      {"close_after=0", Truth::kFails},
      {"close_after=1", Truth::kFails},
      {"chunk_tokens=1;close_after=3"},
      {"reset_after=0", Truth::kFails},
      {"reset_after=1", Truth::kFails},
      {"chunk_tokens=1;reset_after=3"},
      {"error_after=1"},
      {"status=404;body=not_found", Truth::kFails},
      {"status=429;body=rate_limit", Truth::kFails},
      {"status=429;body=adaptive;header=retry-after: 120", Truth::kFails},
      {"status=500;body=internal", Truth::kFails},
      {"status=502;body=html", Truth::kFails},
      {"status=503;body=scaling_up", Truth::kFails},
      {"status=200;body=html", Truth::kFails},
      {"status=200;body=garbage", Truth::kFails},
      {Verbatim(""), Truth::kFails},
      {Verbatim("", "reset_after=0"), Truth::kFails},
      {Verbatim("HTTP/1.1 200"), Truth::kFails},
      {Verbatim(StreamAnswer("data: {\"choi")), Truth::kFails},
      // Kept: a close that the service does not know of yet would hit the next call.
      {Verbatim(JsonAnswer("{\"choi"), "keep=1"), Truth::kFails},
      {Verbatim(StreamAnswer("data: hello\n\n")), Truth::kFails},
  };
  return *kFaults;
}

// The simulator has no such file, but can be told what to answer.
std::string DirectivesFor(Call call, const Fault& fault) {
  const bool good_upload = call == Call::kSmallUpload && fault.truth == Truth::kSucceeds;
  return good_upload ? Verbatim(JsonAnswer("{}"), "keep=1") : fault.directives;
}

// Whatever the upstream would do, the service may have had no place for the call, and
// a slow machine no time.
bool IsLie(Truth truth, const grpc::Status& status) {
  if (truth == Truth::kFails) return status.ok();
  return truth == Truth::kSucceeds && !status.ok() && e2e::ReasonOf(status) != "OVERLOADED" &&
         status.error_code() != StatusCode::DEADLINE_EXCEEDED;
}

}  // namespace

Canceller::Canceller() : thread_([this] { Run(); }) {}

Canceller::~Canceller() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Canceller::CancelAfter(grpc::ClientContext* context, milliseconds delay) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    due_.emplace(Clock::now() + delay, context);
  }
  changed_.notify_one();
}

void Canceller::Forget(grpc::ClientContext* context) {
  std::lock_guard<std::mutex> lock(mutex_);
  for (auto entry = due_.begin(); entry != due_.end(); ++entry) {
    if (entry->second != context) continue;
    due_.erase(entry);
    return;
  }
}

void Canceller::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!ending_) {
    if (due_.empty()) {
      changed_.wait(lock);
    } else if (const auto first = due_.begin(); first->first <= Clock::now()) {
      // Under the lock, so that Forget waits for it.
      first->second->TryCancel();
      due_.erase(first);
    } else {
      const Clock::time_point when = first->first;
      changed_.wait_until(lock, when);
    }
  }
}

std::uint64_t Tally::calls() const {
  std::uint64_t sum = abandoned;
  for (const auto& entry : seen_through) sum += entry.second;
  return sum;
}

void Tally::Add(const Tally& other) {
  for (const auto& entry : other.seen_through) seen_through[entry.first] += entry.second;
  abandoned += other.abandoned;
  lies += other.lies;
  if (!other.lie.empty()) lie = other.lie;
}

SoakCaller::SoakCaller(std::uint32_t seed, std::shared_ptr<grpc::Channel> channel,
                       Canceller* canceller)
    : random_(seed), channel_(std::move(channel)), canceller_(canceller) {}

int SoakCaller::Random(int below) { return static_cast<int>(random_() % below); }

void SoakCaller::MakeOne() {
  const Call call = kCalls[Random(std::size(kCalls))];
  const int manner = Random(100);
  if (manner < 60) {
    SeeThrough(call);
  } else if (manner < 98) {
    Abandon(call);
  } else {
    ReadSlowly();
  }
}

void SoakCaller::SeeThrough(Call call) {
  const Fault& fault = Faults()[Random(static_cast<int>(Faults().size()))];
  CallContext context(DirectivesFor(call, fault));
  const Result result = Make(call, channel_, &context);
  ++tally_.seen_through[result.status.error_code()];
  if (!IsLie(fault.truth, result.status)) return;
  ++tally_.lies;
  tally_.lie = absl::StrCat(NameOf(call), " under '", DirectivesFor(call, fault), "' ended with ",
                            static_cast<int>(result.status.error_code()), " ",
                            result.status.error_message());
}

void SoakCaller::Abandon(Call call) {
  const Fault& fault = Faults()[Random(static_cast<int>(Faults().size()))];
  ++tally_.abandoned;
  const milliseconds delay(Random(60));
  if (Random(2) == 0) {
    CallContext context(fault.directives, delay + milliseconds(1));
    Make(call, channel_, &context);
    return;
  }
  CallContext context(fault.directives);
  canceller_->CancelAfter(&context, delay);
  Make(call, channel_, &context);
  canceller_->Forget(&context);
}

void SoakCaller::ReadSlowly() {
  ++tally_.abandoned;
  CallContext context(kLargeStream);
  const auto stub = e2e::ChatService::NewStub(channel_);
  const auto reader = stub->StreamChatCompletion(&context, e2e::MakeChatRequest("hello"));
  std::this_thread::sleep_for(kSlowReaderPause);
  e2e::ReadAll(reader.get());
}

}  // namespace fireworks::faults
