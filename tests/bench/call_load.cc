#include "tests/bench/call_load.h"

#include <thread>

#include "absl/strings/string_view.h"
#include "grpcpp/generic/generic_stub.h"
#include "tests/simulator/time_stamp.h"

namespace fireworks::bench {

using grpc::ByteBuffer;
using std::chrono::steady_clock;

void CallTotals::Add(const CallTotals& others) {
  messages += others.messages;
  bytes += others.bytes;
  if (failures == 0) first_error = others.first_error;
  failures += others.failures;
  latencies.Add(others.latencies);
  first_messages.Add(others.first_messages);
  calls.Add(others.calls);
}

// Where calls run one after the other. Its calls alone touch it once it has started.
class CallLoad::Place {
 public:
  Place(CallLoad* load, std::shared_ptr<grpc::Channel> channel, const CallKind& kind, int repeat)
      : load_(load), stub_(std::move(channel)), kind_(kind), left_(repeat), several_(repeat > 1) {}

  void Next();
  void Cancel();

  CallLoad* const load_;
  grpc::GenericStub stub_;
  const CallKind& kind_;
  int left_;
  const bool several_;
  bool connected_ = false;
  CallTotals totals_;
  std::unique_ptr<Call> call_;
};

// A call is a stream to this side even where it is unary to the other: on the wire
// they are the same.
class CallLoad::Call final : public grpc::ClientBidiReactor<ByteBuffer, ByteBuffer> {
 public:
  explicit Call(Place* place) : place_(place), began_(steady_clock::now()) {
    for (const auto& [key, value] : place->kind_.metadata) context_.AddMetadata(key, value);
    place->stub_.PrepareBidiStreamingCall(&context_, place->kind_.method, grpc::StubOptions(),
                                          this);
    StartWriteLast(&place->kind_.request, grpc::WriteOptions());
    StartRead(&message_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    CallTotals& totals = place_->totals_;
    ++totals.messages;
    totals.bytes += static_cast<long>(message_.Length());
    if (place_->kind_.stamped) TakeTime();
    if (!has_read_) OnFirstMessage();
    if (!place_->kind_.stops) StartRead(&message_);
  }

  void OnDone(const grpc::Status& status) override {
    CallTotals& totals = place_->totals_;
    if (!status.ok() && totals.failures++ == 0) totals.first_error = status.error_message();
    if (place_->connected_ || !place_->several_) totals.calls.Add(steady_clock::now() - began_);
    place_->connected_ = true;
    if (has_read_) {
      std::lock_guard<std::mutex> lock(place_->load_->mutex_);
      --place_->load_->open_;
    }
    Place* place = place_;
    place->Next();  // Replaces, and so destroys, this call.
  }

  void Cancel() { context_.TryCancel(); }

 private:
  void OnFirstMessage() {
    has_read_ = true;
    if (place_->connected_ || !place_->several_) {
      place_->totals_.first_messages.Add(steady_clock::now() - began_);
    }
    std::lock_guard<std::mutex> lock(place_->load_->mutex_);
    ++place_->load_->open_;
  }

  void TakeTime() {
    const auto now = steady_clock::now();
    grpc::Slice slice;
    if (!message_.TrySingleSlice(&slice).ok() && !message_.DumpToSingleSlice(&slice).ok()) return;
    const auto written = simulator::FindTimeStamp(
        absl::string_view(reinterpret_cast<const char*>(slice.begin()), slice.size()));
    if (written) place_->totals_.latencies.Add(now - *written);
  }

  Place* const place_;
  const steady_clock::time_point began_;
  grpc::ClientContext context_;
  ByteBuffer message_;
  bool has_read_ = false;
};

void CallLoad::Place::Next() {
  if (left_-- > 0) {
    call_ = std::make_unique<Call>(this);
    call_->StartCall();
    return;
  }
  std::lock_guard<std::mutex> lock(load_->mutex_);
  --load_->running_;
  if (kind_.stops) --load_->stopped_;
  load_->ended_.notify_all();
}

void CallLoad::Place::Cancel() {
  if (call_ != nullptr) call_->Cancel();
}

CallLoad::CallLoad() = default;

CallLoad::~CallLoad() {
  for (const auto& place : places_) {
    if (place->kind_.stops) place->Cancel();
  }
  std::unique_lock<std::mutex> lock(mutex_);
  ended_.wait(lock, [this] { return running_ == 0; });
}

void CallLoad::AddPlace(std::shared_ptr<grpc::Channel> channel, const CallKind& kind, int repeat) {
  places_.push_back(std::make_unique<Place>(this, std::move(channel), kind, repeat));
}

void CallLoad::Start(std::chrono::milliseconds spread) {
  const std::size_t first = started_;
  started_ = places_.size();
  {
    std::lock_guard<std::mutex> lock(mutex_);
    running_ += static_cast<int>(started_ - first);
    for (std::size_t i = first; i < started_; ++i) stopped_ += places_[i]->kind_.stops ? 1 : 0;
  }
  const auto began = steady_clock::now();
  for (std::size_t i = first; i < started_; ++i) {
    const auto share = spread * static_cast<int>(i - first) / static_cast<int>(started_ - first);
    if (spread.count() > 0) std::this_thread::sleep_until(began + share);
    places_[i]->Next();
  }
}

bool CallLoad::Wait(std::chrono::milliseconds limit) {
  std::unique_lock<std::mutex> lock(mutex_);
  return ended_.wait_for(lock, limit, [this] { return running_ == stopped_; });
}

int CallLoad::open_calls() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return open_;
}

CallTotals CallLoad::Totals() const {
  CallTotals all;
  for (const auto& place : places_) {
    if (!place->kind_.stops) all.Add(place->totals_);
  }
  return all;
}

}  // namespace fireworks::bench
