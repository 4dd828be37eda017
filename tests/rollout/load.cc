#include "tests/rollout/load.h"

#include <chrono>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/e2e/call_context.h"
#include "tests/e2e/chat.h"
#include "tests/faults/wire.h"

namespace fireworks::rollout {
namespace {

using e2e::CallContext;
using faults::Call;

constexpr Call kOthers[] = {Call::kGet,        Call::kPost,     Call::kSmallUpload,
                            Call::kCompletion, Call::kResponse, Call::kMessage};

// Streams that take a while, so that many of them run at any time, and other calls one right
// after the other, so that some are always about to begin. The simulator has no file to be
// uploaded, but can be told what to answer.
std::string DirectivesFor(Call call) {
  if (call == Call::kSmallUpload) return faults::Verbatim(faults::JsonAnswer("{}"), "keep=1");
  return faults::IsStream(call) ? "pace_ms=20;chunk_tokens=1" : "";
}

}  // namespace

std::uint64_t Seen::calls() const {
  std::uint64_t sum = 0;
  for (const auto& kind : ended) sum += kind.second;
  return sum;
}

Load::Load(const LoadOptions& options, std::vector<std::shared_ptr<grpc::Channel>> channels)
    : options_(options), channels_(std::move(channels)) {
  whole_stream_ = ReadOne(0).result;
  EXPECT_TRUE(whole_stream_.status.ok()) << whole_stream_.status.error_message();
  for (const Call call : kOthers) {
    whole_others_[call] = MakeOne(call, 0).result;
    const grpc::Status& status = whole_others_[call].status;
    EXPECT_TRUE(status.ok()) << faults::NameOf(call) << ": " << status.error_message();
  }
  for (int i = 0; i < options_.streams; ++i) threads_.emplace_back([this, i] { ReadStreams(i); });
  for (int i = 0; i < options_.others; ++i) threads_.emplace_back([this, i] { MakeOthers(i); });
  for (int i = 0; i < options_.short_calls; ++i) {
    threads_.emplace_back([this, i] { MakeShortCalls(i); });
  }
}

Load::~Load() { Stop(); }

Seen Load::Look() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return seen_;
}

bool Load::Await(const std::function<bool(const Seen&)>& condition) const {
  std::unique_lock<std::mutex> lock(mutex_);
  return changed_.wait_for(lock, e2e::kPatience, [&] { return condition(seen_); });
}

Seen Load::Stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  return Look();
}

bool Load::stopping() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return stopping_;
}

void Load::ReadStreams(int caller) {
  const int channel = caller % static_cast<int>(channels_.size());
  while (!stopping()) NoteEnd("stream", ReadOne(channel), whole_stream_);
}

void Load::MakeOthers(int caller) {
  const int channel = caller % static_cast<int>(channels_.size());
  for (std::size_t next = static_cast<std::size_t>(caller); !stopping(); ++next) {
    const Call call = kOthers[next % std::size(kOthers)];
    NoteEnd(faults::NameOf(call), MakeOne(call, channel), whole_others_.at(call));
  }
}

void Load::MakeShortCalls(int caller) {
  const int channel = caller % static_cast<int>(channels_.size());
  while (!stopping()) {
    NoteEnd(faults::NameOf(Call::kGet), MakeOne(Call::kGet, channel),
            whole_others_.at(Call::kGet));
  }
}

Load::Answer Load::ReadOne(int channel) {
  CallContext context(
      absl::StrCat("pace_ms=", options_.pace_ms, ";events=", options_.stream_events));
  const auto stub = e2e::ChatService::NewStub(channels_[static_cast<std::size_t>(channel)]);
  const auto reader = stub->StreamChatCompletion(&context, e2e::MakeChatRequest("count"));
  e2e::ChatChunk chunk;
  e2e::ChatStream stream;
  std::string peer;
  while (reader->Read(&chunk)) {
    if (stream.chunks.empty()) {
      peer = context.peer();
      NoteRunning(channel, peer, 1);
    }
    stream.chunks.push_back(chunk);
  }
  stream.status = reader->Finish();
  if (!stream.chunks.empty()) NoteRunning(channel, peer, -1);
  return {{stream.chunks.size(), stream.Content() + stream.FinishReason(), stream.status}, peer};
}

Load::Answer Load::MakeOne(Call call, int channel) const {
  CallContext context(DirectivesFor(call));
  faults::Result result =
      faults::Make(call, channels_[static_cast<std::size_t>(channel)], &context);
  return {std::move(result), context.peer()};
}

void Load::NoteRunning(int channel, const std::string& peer, int change) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    seen_.running[peer] += change;
    if (change > 0) ++seen_.begun[{channel, peer}];
  }
  changed_.notify_all();
}

void Load::NoteEnd(const std::string& kind, const Answer& answer, const faults::Result& whole) {
  const faults::Result& result = answer.result;
  const bool is_whole = result.status.ok() && result.messages == whole.messages &&
                        result.text == whole.text;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++seen_.ended[kind];
    if (!is_whole) {
      seen_.failed.push_back(absl::StrCat(
          kind, " of ", answer.peer, ": status ", result.status.error_code(), " (",
          result.status.error_message(), ") after ", result.messages, " of ", whole.messages,
          " messages"));
    }
  }
  changed_.notify_all();
}

}  // namespace fireworks::rollout
