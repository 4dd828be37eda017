// Many streams at once, some of them given up at a random point: every one is
// accounted for, and nothing is left behind.
#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <vector>

#include "grpcpp/support/client_callback.h"
#include "gtest/gtest.h"
#include "tests/e2e/service_fixture.h"

namespace fireworks::e2e {
namespace {

using grpc::StatusCode;

constexpr int kStreams = 300;
constexpr int kChannels = 4;
constexpr int kContentChunks = 20;
// Role and finish besides.
constexpr int kAllChunks = kContentChunks + 2;
constexpr int kNever = kAllChunks + 1;

// Counts calls that are done. Thread-safe.
class Tally {
 public:
  void Add(StatusCode code, int chunks) {
    std::lock_guard<std::mutex> lock(mutex_);
    ++done_;
    ++by_code_[code];
    if (code == StatusCode::OK && chunks != kAllChunks) ++incomplete_;
    wake_.notify_one();
  }

  // Whether `count` calls were done before kPatience passed.
  bool Await(int count) {
    std::unique_lock<std::mutex> lock(mutex_);
    return wake_.wait_for(lock, kPatience, [&] { return done_ == count; });
  }

  // After Await.
  int Count(StatusCode code) const {
    const auto found = by_code_.find(code);
    return found == by_code_.end() ? 0 : found->second;
  }
  int incomplete() const { return incomplete_; }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  int done_ = 0;
  int incomplete_ = 0;  // OK without all chunks
  std::map<StatusCode, int> by_code_;
};

// One stream, given up by its caller after `cancel_after` chunks. It must
// outlive its end.
class Stream : public grpc::ClientReadReactor<ChatChunk> {
 public:
  Stream(ChatService::Stub* stub, int cancel_after, Tally* tally)
      : context_("events=20;pace_ms=2"), cancel_after_(cancel_after), tally_(tally) {
    stub->async()->StreamChatCompletion(&context_, &request_, this);
    StartRead(&chunk_);
    StartCall();
  }

  // The service has the call: a cancel that overtook it would not be counted.
  void OnReadInitialMetadataDone(bool ok) override {
    if (ok && cancel_after_ == 0) context_.TryCancel();
  }
  void OnReadDone(bool ok) override {
    if (!ok) return;
    if (++chunks_ == cancel_after_) context_.TryCancel();
    StartRead(&chunk_);
  }
  void OnDone(const grpc::Status& status) override {
    tally_->Add(status.error_code(), chunks_);
  }

 private:
  CallContext context_;
  const ChatRequest request_ = MakeChatRequest("hello");
  ChatChunk chunk_;
  // Reactions come one after the other, but on any thread.
  std::atomic<int> chunks_{0};
  const int cancel_after_;
  Tally* const tally_;
};

class LoadTest : public ServiceTest {
 protected:
  double Finished(const char* status) {
    return Metric("grpc_server_call_duration_seconds", {{"grpc_status", status}});
  }
};

TEST_F(LoadTest, EveryStreamIsAccountedForExactlyOnce) {
  StartService([](server::Options* options) { options->upstream.loops = 2; });
  std::array<std::unique_ptr<ChatService::Stub>, kChannels> stubs;
  for (auto& stub : stubs) stub = ChatService::NewStub(NewChannel());

  std::mt19937 random(20260101);
  Tally tally;
  std::deque<Stream> streams;
  int cancels = 0;
  for (int i = 0; i < kStreams; ++i) {
    const bool cancel = random() % 3 == 0;
    const int cancel_after = cancel ? static_cast<int>(random() % kContentChunks) : kNever;
    if (cancel) ++cancels;
    streams.emplace_back(stubs[i % kChannels].get(), cancel_after, &tally);
  }
  ASSERT_TRUE(tally.Await(kStreams));

  EXPECT_EQ(tally.Count(StatusCode::OK) + tally.Count(StatusCode::CANCELLED), kStreams);
  EXPECT_GE(tally.Count(StatusCode::OK), kStreams - cancels);
  EXPECT_EQ(tally.incomplete(), 0);
  ExpectAllQuiet();
  EXPECT_EQ(Metric("grpc_server_call_started_total"), kStreams);
  EXPECT_EQ(Finished("OK") + Finished("CANCELLED"), kStreams);
  EXPECT_EQ(Metric("grpc_server_call_duration_seconds"), kStreams);
  EXPECT_EQ(simulator().stats().journal.requests, static_cast<std::uint64_t>(kStreams));
}

}  // namespace
}  // namespace fireworks::e2e
