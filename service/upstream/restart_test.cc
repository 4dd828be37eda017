// The upstream's front is restarted under load: nothing that may be repeated fails.
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "service/upstream/client.h"
#include "service/upstream/testing/answering_server.h"
#include "service/upstream/testing/client_fixture.h"
#include "service/upstream/testing/tls_proxy.h"

namespace fireworks::upstream {
namespace {

using std::chrono::milliseconds;
using testing::AnsweringServer;
using testing::CertificateFor;
using testing::Get;
using testing::kPatience;
using testing::TlsProxy;

constexpr char kLoopback[] = "IP:127.0.0.1";
constexpr int kLanes = 8;
// Exchanges between one step of a test and the next.
constexpr int kSome = 200;

// Counts what becomes of the exchanges.
class Tally {
 public:
  // Whether the load is to go on.
  bool Count(int status, const Outcome& outcome) {
    std::lock_guard<std::mutex> lock(mutex_);
    ++done_;
    repeated_ += outcome.attempts > 1;
    if (outcome.end != End::kComplete || status != 200 || outcome.body != "fine") {
      ADD_FAILURE() << EndName(outcome.end) << " " << status << " " << outcome.detail
                    << ", attempts: " << outcome.attempts;
      stopping_ = true;
    }
    if (stopping_) ++stopped_;
    changed_.notify_all();
    return !stopping_;
  }

  void NoteBackoff() {
    std::lock_guard<std::mutex> lock(mutex_);
    ++backoffs_;
    changed_.notify_all();
  }

  void AwaitSomeMore() {
    std::unique_lock<std::mutex> lock(mutex_);
    const int enough = done_ + kSome;
    EXPECT_TRUE(changed_.wait_for(lock, kPatience, [&] { return stopping_ || done_ >= enough; }));
  }

  // Waits for a failure of an attempt from now on.
  void AwaitBackoff() {
    std::unique_lock<std::mutex> lock(mutex_);
    const int before = backoffs_;
    EXPECT_TRUE(
        changed_.wait_for(lock, kPatience, [&] { return stopping_ || backoffs_ > before; }));
  }

  void StopAndAwaitAll() {
    std::unique_lock<std::mutex> lock(mutex_);
    stopping_ = true;
    EXPECT_TRUE(changed_.wait_for(lock, kPatience, [&] { return stopped_ == kLanes; }));
  }

  int repeated() {
    std::lock_guard<std::mutex> lock(mutex_);
    return repeated_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  // All below guarded by mutex_.
  int done_ = 0;
  int repeated_ = 0;
  int backoffs_ = 0;
  int stopped_ = 0;
  bool stopping_ = false;
};

// Runs one exchange after the other.
class Lane : public Observer, public std::enable_shared_from_this<Lane> {
 public:
  Lane(Client* client, Tally* tally) : client_(client), tally_(tally) {}

  void Run() {
    status_ = 0;
    client_->Start(Get("/x"), shared_from_this());
  }

  void OnHead(ResponseHead head) override { status_ = head.status; }
  void OnEvent(const sse::Event&) override {}
  void OnEnd(Outcome outcome) override {
    if (tally_->Count(status_, outcome)) Run();
  }

 private:
  Client* const client_;
  Tally* const tally_;
  int status_ = 0;
};

// The parameter: HTTP/2 or HTTP/1.1.
class RestartTest : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    ClientOptions options;
    options.base_url = proxy_.url();
    options.ca_file = CertificateFor(kLoopback).certificate_file;
    options.http2 = GetParam();
    options.loops = 2;
    options.retry.emplace();
    options.retry->max_attempts = 100;
    options.retry->initial_backoff = milliseconds(10);
    options.retry->max_backoff = milliseconds(200);
    options.retry->budget_floor = 1'000'000;
    options.retry->random = [this] {
      tally_.NoteBackoff();
      return 0.999;
    };
    absl::StatusOr<std::unique_ptr<Client>> client = Client::Create(options);
    ASSERT_TRUE(client.ok()) << client.status();
    client_ = *std::move(client);
    for (int i = 0; i < kLanes; ++i) std::make_shared<Lane>(client_.get(), &tally_)->Run();
    tally_.AwaitSomeMore();
  }

  AnsweringServer backend_;
  TlsProxy proxy_{backend_.port(), CertificateFor(kLoopback)};
  Tally tally_;
  std::unique_ptr<Client> client_;
};

TEST_P(RestartTest, CrashAndReturnIsSurvived) {
  for (int round = 0; round < 3; ++round) {
    proxy_.Kill();
    tally_.AwaitBackoff();
    proxy_.Start();
    tally_.AwaitSomeMore();
  }
  tally_.StopAndAwaitAll();
  EXPECT_GT(tally_.repeated(), 0);
}

TEST_P(RestartTest, OrderlyRestartIsSurvived) {
  for (int round = 0; round < 3; ++round) {
    proxy_.HandOver();
    tally_.AwaitSomeMore();
  }
  tally_.StopAndAwaitAll();
}

INSTANTIATE_TEST_SUITE_P(Protocols, RestartTest, ::testing::Bool(),
                         [](const ::testing::TestParamInfo<bool>& info) {
                           return info.param ? "Http2" : "Http11";
                         });

}  // namespace
}  // namespace fireworks::upstream
