// Quotas on a real Redis server: one limit for several stores, and what happens when
// the server is gone.
#include "service/redis/quota_store.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <fstream>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/access/quota_store_cases.h"
#include "tests/redis/redis_server.h"

namespace fireworks::redis {
namespace {

using access::AcquireNow;
using access::QuotaCall;
using access::UseNow;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using Limit = access::QuotaRefusal::Limit;

// What nothing should take, however slow the machine is.
constexpr seconds kPatience{40};

// Without hurry: tests of slowness set their own times.
QuotaStoreOptions PatientOptions(const RedisServer& server) {
  QuotaStoreOptions options;
  options.connection.address = *ParseAddress(server.address());
  options.connection.connect_timeout = kPatience;
  options.command_timeout = kPatience;
  options.min_backoff = milliseconds(1);
  options.max_backoff = milliseconds(20);
  return options;
}

// A store, and what it says of itself.
class Replica {
 public:
  explicit Replica(QuotaStoreOptions options) {
    options.on_change = [this](const absl::Status& status) {
      std::lock_guard<std::mutex> lock(mutex_);
      changes_.push_back(status);
      changed_.notify_all();
    };
    options.on_local_answer = [this] { ++local_answers_; };
    auto created = QuotaStore::Create(std::move(options));
    EXPECT_TRUE(created.ok()) << created.status();
    store_ = *std::move(created);
  }

  QuotaStore* operator->() { return store_.get(); }
  QuotaStore* store() { return store_.get(); }
  int local_answers() const { return local_answers_; }

  // All that it was told, the first state included.
  std::vector<absl::Status> changes() {
    std::lock_guard<std::mutex> lock(mutex_);
    return changes_;
  }
  bool shared() { return changes().back().ok(); }
  // Waits until so many changes have been told.
  void AwaitChanges(std::size_t count) {
    std::unique_lock<std::mutex> lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, kPatience, [&] { return changes_.size() >= count; }));
  }
  // As a process ends that can say nothing any more.
  void Die() { store_.reset(); }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<absl::Status> changes_;  // guarded by mutex_
  std::atomic<int> local_answers_{0};
  std::unique_ptr<QuotaStore> store_;  // last: it tells of itself until its end
};

// ---------------------------------------------------------------- as any store

class RedisSubject {
 public:
  RedisSubject() {
    EXPECT_TRUE(server_.Start().ok());
    QuotaStoreOptions options = PatientOptions(server_);
    options.redis_now = [this] { return now_.load(); };
    replica_.emplace(std::move(options));
  }
  ~RedisSubject() {
    // All was decided by Redis.
    EXPECT_EQ(replica_->local_answers(), 0);
    EXPECT_EQ(replica_->changes().size(), 1u);
  }

  access::QuotaStore& store() { return *replica_->store(); }
  void Advance(microseconds time) {
    // Behind all that is under way, to which the time before applies.
    EXPECT_FALSE(AcquireNow(&store(), {"nobody", {}, false}));
    now_ += time.count();
  }

 private:
  std::atomic<std::int64_t> now_{1'800'000'000'000'000};
  RedisServer server_;
  absl::optional<Replica> replica_;
};

}  // namespace
}  // namespace fireworks::redis

namespace fireworks::access {

INSTANTIATE_TYPED_TEST_SUITE_P(Redis, QuotaStoreCases, redis::RedisSubject);

}  // namespace fireworks::access

namespace fireworks::redis {
namespace {

// ---------------------------------------------------------------- several stores

class QuotaStoreTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(server_.Start().ok()); }

  QuotaStoreOptions Options() { return PatientOptions(server_); }
  // On a clock that stands still.
  QuotaStoreOptions TimedOptions() {
    QuotaStoreOptions options = Options();
    options.redis_now = [this] { return now_.load(); };
    return options;
  }

  // Whether a call may start, sooner or later.
  static bool EventuallyMay(QuotaStore* store, const QuotaCall& call) {
    const auto give_up = std::chrono::steady_clock::now() + kPatience;
    while (AcquireNow(store, call)) {
      if (std::chrono::steady_clock::now() > give_up) return false;
      std::this_thread::sleep_for(milliseconds(5));
    }
    return true;
  }

  RedisServer server_;
  std::atomic<std::int64_t> now_{1'800'000'000'000'000};
};

const QuotaCall kOneStream{"rule caller", {1, 0, 0}, true};

TEST_F(QuotaStoreTest, CallsPerMinuteAreShared) {
  Replica a(TimedOptions());
  Replica b(TimedOptions());
  const QuotaCall call{"k", {0, 3, 0}, false};
  EXPECT_TRUE(UseNow(a.store(), call));
  EXPECT_TRUE(UseNow(b.store(), call));
  EXPECT_TRUE(UseNow(a.store(), call));
  EXPECT_FALSE(UseNow(b.store(), call));
  EXPECT_FALSE(UseNow(a.store(), call));
  now_ += 20'000'000;
  EXPECT_TRUE(UseNow(b.store(), call));
  EXPECT_FALSE(UseNow(a.store(), call));
}

TEST_F(QuotaStoreTest, TokensAreShared) {
  Replica a(TimedOptions());
  Replica b(TimedOptions());
  const QuotaCall call{"k", {0, 0, 100}, false};
  EXPECT_TRUE(UseNow(a.store(), call, 150));
  EXPECT_FALSE(AcquireNow(a.store(), {"other", {}, false}));  // behind that Release
  const auto refusal = AcquireNow(b.store(), call);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->limit, Limit::kTokensPerMinute);
  EXPECT_EQ(refusal->retry_after, absl::Milliseconds(30'600));
}

TEST_F(QuotaStoreTest, StreamsAreShared) {
  Replica a(Options());
  Replica b(Options());
  EXPECT_FALSE(AcquireNow(a.store(), kOneStream));
  EXPECT_TRUE(AcquireNow(b.store(), kOneStream));
  a->Release(kOneStream, 0);
  EXPECT_TRUE(EventuallyMay(b.store(), kOneStream));
  EXPECT_TRUE(AcquireNow(a.store(), kOneStream));
}

TEST_F(QuotaStoreTest, WithoutTheSamePrefixNothingIsShared) {
  QuotaStoreOptions elsewhere = Options();
  elsewhere.key_prefix = "elsewhere:";
  Replica a(Options());
  Replica b(elsewhere);
  EXPECT_FALSE(AcquireNow(a.store(), kOneStream));
  EXPECT_FALSE(AcquireNow(b.store(), kOneStream));
  EXPECT_TRUE(AcquireNow(b.store(), kOneStream));
}

TEST_F(QuotaStoreTest, TheClockIsThatOfRedis) {
  Replica a(Options());
  const QuotaCall call{"k", {0, 1, 0}, false};
  EXPECT_TRUE(UseNow(a.store(), call));
  const auto refusal = AcquireNow(a.store(), call);
  ASSERT_TRUE(refusal);
  EXPECT_GT(refusal->retry_after, absl::ZeroDuration());
  EXPECT_LE(refusal->retry_after, absl::Minutes(1));
}

TEST_F(QuotaStoreTest, AReplicaThatDiesFreesItsStreamsWhenItsLeaseEnds) {
  Replica survivor(TimedOptions());
  Replica dying(TimedOptions());
  EXPECT_FALSE(AcquireNow(dying.store(), kOneStream));
  dying.Die();
  now_ += 29'999'999;
  EXPECT_TRUE(AcquireNow(survivor.store(), kOneStream));
  now_ += 1;
  EXPECT_FALSE(AcquireNow(survivor.store(), kOneStream));
}

TEST_F(QuotaStoreTest, AStreamThatRunsKeepsItsLease) {
  QuotaStoreOptions options = TimedOptions();
  options.stream_lease = seconds(3);
  Replica a(options);
  Replica b(options);
  EXPECT_FALSE(AcquireNow(a.store(), kOneStream));
  const auto lease = [this] {
    return server_.Ask({"HGETALL", "fireworks-grpc:quota:rule caller"}).list.at(1).text;
  };
  for (int i = 0; i < 2; ++i) {
    const std::string before = lease();
    now_ += 2'000'000;
    const auto give_up = std::chrono::steady_clock::now() + kPatience;
    while (lease() == before && std::chrono::steady_clock::now() < give_up) {
      std::this_thread::sleep_for(milliseconds(20));
    }
  }
  EXPECT_TRUE(AcquireNow(b.store(), kOneStream));
}

TEST_F(QuotaStoreTest, EveryKeyIsForgottenSomeTime) {
  Replica a(Options());
  EXPECT_FALSE(AcquireNow(a.store(), {"streams", {1, 0, 0}, true}));
  EXPECT_FALSE(AcquireNow(a.store(), {"calls", {0, 1, 0}, false}));
  EXPECT_TRUE(UseNow(a.store(), {"tokens", {0, 0, 1}, false}, 1'000'000));
  EXPECT_FALSE(AcquireNow(a.store(), {"refused", {0, 1, 0}, true}));
  EXPECT_TRUE(AcquireNow(a.store(), {"refused", {0, 1, 0}, true}));
  const Reply keys = server_.Ask({"KEYS", "*"});
  EXPECT_EQ(keys.list.size(), 5u);  // and the one of the replicas
  for (const Reply& key : keys.list) {
    EXPECT_GT(server_.Ask({"PTTL", key.text}).integer, 0) << key.text;
    EXPECT_LE(server_.Ask({"PTTL", key.text}).integer, 62 * 60'000) << key.text;
  }
}

// What docs/access.md lets its user do.
TEST_F(QuotaStoreTest, FewPermissionsAreEnough) {
  const Reply made = server_.Ask({"ACL", "SETUSER", "fireworks-grpc", "on", ">word",
                                  "~fireworks-grpc:quota:*", "+evalsha", "+script|load", "+time",
                                  "+hget", "+hset", "+hdel", "+hgetall", "+pttl", "+pexpire",
                                  "+select"});
  ASSERT_EQ(made.text, "OK");
  QuotaStoreOptions options = Options();
  options.connection.username = "fireworks-grpc";
  options.connection.password_file = server_.Path("password");
  options.connection.database = 1;
  std::ofstream(options.connection.password_file) << "word";
  Replica a(options);
  const QuotaCall call{"rule caller", {1, 10, 10}, true};
  EXPECT_TRUE(UseNow(a.store(), call, 5));
  EXPECT_FALSE(AcquireNow(a.store(), call));
  EXPECT_TRUE(AcquireNow(a.store(), call));
  EXPECT_THAT(a.changes(), ElementsAre(absl::OkStatus()));
}

// ---------------------------------------------------------------- Redis goes away

TEST_F(QuotaStoreTest, WithoutRedisFromTheStartItCountsByItself) {
  server_.Kill();
  Replica a(Options());
  EXPECT_FALSE(a.shared());
  EXPECT_THAT(a.changes()[0].message(), HasSubstr("connect: "));
  EXPECT_FALSE(AcquireNow(a.store(), kOneStream));
  EXPECT_TRUE(AcquireNow(a.store(), kOneStream));
  EXPECT_EQ(a.local_answers(), 2);
  ASSERT_TRUE(server_.Start().ok());
  a.AwaitChanges(2);
  EXPECT_TRUE(a.shared());
  EXPECT_FALSE(AcquireNow(a.store(), {"other", {}, false}));  // behind what it tells
  // Redis has heard of what runs.
  Replica b(Options());
  EXPECT_TRUE(AcquireNow(b.store(), kOneStream));
}

TEST_F(QuotaStoreTest, WhenRedisDiesEachCountsByItself) {
  Replica a(Options());
  Replica b(Options());
  const QuotaCall two_streams{"k", {2, 0, 0}, true};
  EXPECT_FALSE(AcquireNow(a.store(), two_streams));
  EXPECT_FALSE(AcquireNow(b.store(), two_streams));
  EXPECT_TRUE(AcquireNow(a.store(), two_streams));
  server_.Kill();
  // Each has the whole limit, and knows what it runs itself.
  EXPECT_FALSE(AcquireNow(a.store(), two_streams));
  EXPECT_TRUE(AcquireNow(a.store(), two_streams));
  EXPECT_FALSE(AcquireNow(b.store(), two_streams));
  EXPECT_FALSE(a.shared());
  EXPECT_EQ(a.local_answers(), 2);
  // Back again and empty, it is told what runs: two on either side.
  b->Release(two_streams, 0);
  b->Release(two_streams, 0);
  ASSERT_TRUE(server_.Start().ok());
  a.AwaitChanges(3);
  b.AwaitChanges(3);
  EXPECT_FALSE(AcquireNow(a.store(), {"other", {}, false}));  // behind what it tells
  EXPECT_TRUE(AcquireNow(b.store(), two_streams));
  a->Release(two_streams, 0);
  EXPECT_TRUE(EventuallyMay(b.store(), two_streams));
  EXPECT_TRUE(AcquireNow(b.store(), two_streams));
  // A line each for: there, gone, there.
  EXPECT_EQ(a.changes().size(), 3u);
  EXPECT_EQ(b.changes().size(), 3u);
}

TEST_F(QuotaStoreTest, ByItselfItKnowsWhatItUsed) {
  Replica a(Options());
  const QuotaCall call{"k", {0, 2, 10}, false};
  EXPECT_TRUE(UseNow(a.store(), call, 1));
  EXPECT_TRUE(UseNow(a.store(), call, 1));
  EXPECT_TRUE(UseNow(a.store(), {"tokens", {0, 0, 10}, false}, 20));
  EXPECT_FALSE(AcquireNow(a.store(), {"other", {}, false}));  // behind those Releases
  server_.Kill();
  EXPECT_FALSE(UseNow(a.store(), call));
  EXPECT_FALSE(UseNow(a.store(), {"tokens", {0, 0, 10}, false}));
  EXPECT_EQ(a.local_answers(), 2);
}

TEST_F(QuotaStoreTest, AForgottenScriptIsLoadedAgain) {
  Replica a(Options());
  const QuotaCall call{"k", {0, 2, 0}, false};
  EXPECT_TRUE(UseNow(a.store(), call));
  EXPECT_EQ(server_.Ask({"SCRIPT", "FLUSH"}).text, "OK");
  EXPECT_TRUE(UseNow(a.store(), call));
  EXPECT_EQ(server_.Ask({"SCRIPT", "FLUSH"}).text, "OK");
  EXPECT_FALSE(UseNow(a.store(), call));
  EXPECT_EQ(a.local_answers(), 0);
  EXPECT_THAT(a.changes(), ElementsAre(absl::OkStatus()));
}

TEST_F(QuotaStoreTest, ASlowRedisHoldsNobodyUp) {
  QuotaStoreOptions options = Options();
  options.command_timeout = milliseconds(50);
  options.connection.connect_timeout = milliseconds(50);
  // A lease does not end within this test.
  options.stream_lease = std::chrono::minutes(30);
  Replica a(options);
  EXPECT_FALSE(AcquireNow(a.store(), {"other", {}, false}));  // so that nothing is under way
  server_.Freeze();
  // Redis gets to hear of this one, but does not answer.
  EXPECT_FALSE(AcquireNow(a.store(), kOneStream));
  EXPECT_FALSE(a.shared());
  EXPECT_THAT(a.changes().back().message(), HasSubstr("no answer in time"));
  EXPECT_TRUE(AcquireNow(a.store(), kOneStream));
  a->Release(kOneStream, 0);
  server_.Thaw();
  a.AwaitChanges(3);
  EXPECT_TRUE(a.changes()[2].ok());
  // What it heard meanwhile does not stay with it.
  Replica b(Options());
  EXPECT_TRUE(EventuallyMay(b.store(), kOneStream));
}

TEST_F(QuotaStoreTest, ARedisThatIsFullIsAsGoodAsNone) {
  Replica a(Options());
  EXPECT_EQ(server_.Ask({"CONFIG", "SET", "maxmemory", "1"}).text, "OK");
  EXPECT_FALSE(AcquireNow(a.store(), kOneStream));
  EXPECT_THAT(a.changes().back().message(), HasSubstr("OOM"));
  EXPECT_TRUE(AcquireNow(a.store(), kOneStream));
  EXPECT_EQ(server_.Ask({"CONFIG", "SET", "maxmemory", "0"}).text, "OK");
  a.AwaitChanges(3);
  EXPECT_TRUE(a.shared());
}

// Also those who do not stop asking, and who do not keep it from ending.
TEST_F(QuotaStoreTest, WhoeverAsksWhileItEndsIsAnsweredOnce) {
  Replica a(Options());
  std::atomic<int> asked{0};
  std::atomic<int> answered{0};
  std::atomic<bool> stopped{false};
  std::promise<void> busy;
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      while (!stopped) {
        while (asked - answered > 1000 && !stopped) std::this_thread::yield();
        if (++asked == 500) busy.set_value();
        a->Acquire({"k", {}, true}, [&](const auto&) { ++answered; });
        a->Release({"k", {}, true}, 1);
      }
    });
  }
  busy.get_future().wait();
  a->Stop();
  stopped = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(answered, asked);
}

// ---------------------------------------------------------------- many at a time

TEST_F(QuotaStoreTest, MoreThanOneExchangeTakesAreAllAnswered) {
  Replica a(Options());
  constexpr int kCalls = 2000;
  std::atomic<int> granted{0};
  std::atomic<int> left{kCalls};
  std::promise<void> done;
  for (int i = 0; i < kCalls; ++i) {
    a->Acquire({"k" + std::to_string(i % 500), {3, 0, 0}, true}, [&](const auto& refusal) {
      if (!refusal) ++granted;
      if (--left == 0) done.set_value();
    });
  }
  ASSERT_EQ(done.get_future().wait_for(kPatience), std::future_status::ready);
  EXPECT_EQ(granted, 1500);
  // All of them are told again to an empty Redis.
  server_.Kill();
  EXPECT_TRUE(AcquireNow(a.store(), {"k0", {3, 0, 0}, true}));
  ASSERT_TRUE(server_.Start().ok());
  a.AwaitChanges(3);
  Replica b(Options());
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  int refused = 0;
  while (refused < 500 && std::chrono::steady_clock::now() < give_up) {
    refused = 0;
    for (int i = 0; i < 500; ++i) {
      const QuotaCall call{"k" + std::to_string(i), {3, 0, 0}, true};
      if (AcquireNow(b.store(), call)) {
        ++refused;
      } else {
        b->Release(call, 0);
      }
    }
  }
  EXPECT_EQ(refused, 500);
}

}  // namespace
}  // namespace fireworks::redis
