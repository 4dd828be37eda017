// Names that take their time to resolve: the loop must not wait for them.
#include <netdb.h>

#include <condition_variable>
#include <mutex>

#include "service/upstream/client.h"
#include "service/upstream/testing/client_fixture.h"

namespace fireworks::upstream {
namespace {

// A resolver that answers, "no such name", when it is told to.
class Resolver {
 public:
  static Resolver& Get() {
    static Resolver resolver;
    return resolver;
  }

  void LookUp() {
    std::unique_lock<std::mutex> lock(mutex_);
    ++inside_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
    --inside_;
    changed_.notify_all();
  }

  void Close() {
    std::lock_guard<std::mutex> lock(mutex_);
    open_ = false;
  }

  void AwaitLookUp() {
    std::unique_lock<std::mutex> lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, testing::kPatience, [this] { return inside_ > 0; }));
  }

  void OpenAndAwaitAll() {
    std::unique_lock<std::mutex> lock(mutex_);
    open_ = true;
    changed_.notify_all();
    EXPECT_TRUE(changed_.wait_for(lock, testing::kPatience, [this] { return inside_ == 0; }));
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  // All below guarded by mutex_.
  bool open_ = false;
  int inside_ = 0;
};

}  // namespace
}  // namespace fireworks::upstream

// Takes the place of libc's for the whole process, libcurl included. The tests
// of this file look up nothing else.
extern "C" int getaddrinfo(const char*, const char*, const addrinfo*, addrinfo**) {
  fireworks::upstream::Resolver::Get().LookUp();
  return EAI_NONAME;
}

namespace fireworks::upstream {
namespace {

class SlowNameTest : public testing::ClientFixture {
 protected:
  void SetUp() override {
    Resolver::Get().Close();
    options_.base_url = "http://slow.test:1";
  }

  void TearDown() override {
    ClientFixture::TearDown();
    Resolver::Get().OpenAndAwaitAll();
  }
};

TEST_F(SlowNameTest, CancelDoesNotWaitForTheResolver) {
  const auto exchange = Start(testing::Get("/x"));
  Resolver::Get().AwaitLookUp();
  exchange->Cancel();
  EXPECT_EQ(recorder_->AwaitEnd().end, End::kCancelled);
}

TEST_F(SlowNameTest, ClientGoesAwayWithoutTheResolver) {
  Start(testing::Get("/x"));
  Resolver::Get().AwaitLookUp();
  client_.reset();
  EXPECT_TRUE(recorder_->ended());
}

TEST_F(SlowNameTest, ConnectLimitCoversTheLookUp) {
  Request request = testing::Get("/x");
  request.connect_timeout = std::chrono::milliseconds(30);
  Start(std::move(request));
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kConnectTimeout);
  EXPECT_FALSE(outcome.request_sent);
}

TEST_F(SlowNameTest, UnknownNameIsAFailureToConnect) {
  Start(testing::Get("/x"));
  Resolver::Get().AwaitLookUp();
  Resolver::Get().OpenAndAwaitAll();
  const Outcome outcome = recorder_->AwaitEnd();
  EXPECT_EQ(outcome.end, End::kConnectFailed);
  EXPECT_THAT(outcome.detail, ::testing::HasSubstr("slow.test"));
}

}  // namespace
}  // namespace fireworks::upstream
