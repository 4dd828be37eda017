// Quotas that several processes count together, on a Redis server.
#ifndef FIREWORKS_SERVICE_REDIS_QUOTA_STORE_H_
#define FIREWORKS_SERVICE_REDIS_QUOTA_STORE_H_

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "service/access/local_quota_store.h"
#include "service/access/quota.h"
#include "service/redis/connection.h"
#include "service/redis/quota_script.h"

namespace fireworks::redis {

struct QuotaStoreOptions {
  ConnectionOptions connection;
  std::string key_prefix = "fireworks-grpc:quota:";
  // From a question until its answer.
  std::chrono::milliseconds command_timeout{250};
  std::chrono::milliseconds stream_lease{30'000};
  // Between attempts to connect; doubles up to the second one.
  std::chrono::milliseconds min_backoff{100};
  std::chrono::milliseconds max_backoff{5'000};

  // Told what counts from now on, at the start and at each change, on a thread of the
  // store's: OK stands for Redis, anything else says why this process counts by itself.
  std::function<void(const absl::Status&)> on_change = [](const absl::Status&) {};
  // Told of each call that this process decided by itself, on the call's thread or on
  // the store's.
  std::function<void()> on_local_answer = [] {};

  // For tests: in the place of Redis's clock, in microseconds, and of our own.
  std::function<std::int64_t()> redis_now;
  access::LocalQuotaStore::Clock local_now = std::chrono::steady_clock::now;
};

// Asks Redis on one thread of its own: what comes in while Redis is asked makes up the
// next question, so that any number of calls costs one round trip at a time. While
// Redis is away, or does not answer in time, calls are decided at once by a
// LocalQuotaStore, which is kept up to date meanwhile: it knows this process's own
// streams, calls and tokens, and nothing of others'.
//
// What a process runs is counted in Redis under its own name, for the time of a lease,
// and told again as a whole number long before that is over: what a lost connection, an
// emptied Redis or a dead process made wrong becomes right by itself. Thread-safe.
class QuotaStore : public access::QuotaStore {
 public:
  // Returns after the first attempt to connect, which may have failed: that is told to
  // `on_change` and is no error. Errors are those of the password's file.
  static absl::StatusOr<std::unique_ptr<QuotaStore>> Create(QuotaStoreOptions options);
  ~QuotaStore() override;

  QuotaStore(const QuotaStore&) = delete;
  QuotaStore& operator=(const QuotaStore&) = delete;

  void Acquire(const access::QuotaCall& call, Answer answer) override;
  void Release(const access::QuotaCall& call, std::int64_t tokens) override;

  // Whether Redis is asked, rather than this process alone.
  bool shared();
  // What this process runs; see LocalQuotaStore.
  std::vector<access::LocalQuotaStore::KeyUse> Busiest(std::size_t max) const {
    return local_.Busiest(max);
  }

  // Asks and tells Redis what was left to, and ends the thread; later calls are decided
  // here. Waits for what the thread does: a name's look-up, or one timeout. Idempotent;
  // by one thread, and the destructor does it too.
  void Stop();

 private:
  using Clock = std::chrono::steady_clock;

  // An Acquire, or, without an answer, a Release.
  struct Work {
    access::QuotaCall call;
    Answer answer;
    std::int64_t tokens = 0;
    Clock::time_point since;
  };

  explicit QuotaStore(QuotaStoreOptions options);

  // Hands `work` to the thread. False: Redis is away.
  bool Enqueue(Work work);
  void DecideHere(const access::QuotaCall& call, const Answer& answer);

  // All that follows is of the thread.
  void Run();
  // A connection on which the script has worked once.
  absl::StatusOr<std::unique_ptr<Connection>> Connect();
  // What an attempt to connect came to: that counts from now on, and is then told.
  void Settle(const absl::Status& attempt);
  // Until it fails, or the store stops: then OK.
  absl::Status Serve(Connection* connection);
  // Also returns when renewals are due. False: the store stops and nothing is left.
  bool AwaitWork(std::vector<Work>* batch);
  // Asks all at once and hands out the answers. On an error nothing was answered.
  absl::Status Ask(Connection* connection, const std::vector<Work>& batch);
  std::string Command(const Work& work) const;
  // Loads the script again where Redis has forgotten it. None of the replies is an error.
  absl::StatusOr<std::vector<Reply>> Exchange(Connection* connection,
                                              const std::vector<std::string>& commands,
                                              Deadline deadline) const;
  void ScheduleRenewals();
  void Report(const absl::Status& status);
  // Redis is away: decides what waits for it, and `batch`, of which it was asked.
  void FallBack(const std::vector<Work>& batch);
  // Waits before the next attempt. False: the store stops.
  bool Pause(std::chrono::milliseconds backoff);
  QuotaScript::Now Now() const;

  const QuotaStoreOptions options_;
  const QuotaScript script_;
  access::LocalQuotaStore local_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable attempted_;
  bool tried_ = false;      // guarded by mutex_: the first attempt is over
  bool shared_ = false;     // guarded by mutex_: the thread takes work
  bool stopping_ = false;   // guarded by mutex_
  std::deque<Work> queue_;  // guarded by mutex_; empty while Redis is away

  // Of the thread alone.
  std::string hash_;               // of the script
  absl::optional<bool> reported_;  // whether Redis is there
  Clock::time_point next_renewal_;
  std::deque<std::string> renewals_;  // keys that are due
  std::set<std::string> unsure_;      // keys of which Redis may think something else
  std::thread thread_;                // last: it uses all of the above
};

}  // namespace fireworks::redis

#endif  // FIREWORKS_SERVICE_REDIS_QUOTA_STORE_H_
