// Quotas that one process counts by itself.
#ifndef FIREWORKS_SERVICE_ACCESS_LOCAL_QUOTA_STORE_H_
#define FIREWORKS_SERVICE_ACCESS_LOCAL_QUOTA_STORE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/optional.h"
#include "service/access/quota.h"
#include "service/access/token_bucket.h"

namespace fireworks::access {

// Answers at once. Remembers `max_keys` keys that run nothing; of more, those that were
// not used for the longest time are forgotten, with their debts. Keys that run
// something are never forgotten; the server's limit of calls bounds them.
class LocalQuotaStore : public QuotaStore {
 public:
  // What steady_clock::now is, or in tests something else.
  using Clock = std::function<MonotonicTime()>;

  static constexpr std::size_t kDefaultMaxKeys = 10'000;
  // When a place among the streams may be free again: as good a guess as any.
  static constexpr absl::Duration kStreamRetry = absl::Seconds(1);

  explicit LocalQuotaStore(std::size_t max_keys = kDefaultMaxKeys,
                           Clock now = std::chrono::steady_clock::now)
      : max_keys_(max_keys), now_(std::move(now)) {}

  LocalQuotaStore(const LocalQuotaStore&) = delete;
  LocalQuotaStore& operator=(const LocalQuotaStore&) = delete;

  void Acquire(const QuotaCall& call, Answer answer) override;
  void Release(const QuotaCall& call, std::int64_t tokens) override;

  // Counts a call that may start, whether the quota has room for it or not: another
  // store has said so, of which this one knows only a part.
  void Count(const QuotaCall& call);

  // Keys that are remembered.
  std::size_t size() const;
  // Streams of `key` that run, and all keys that have any.
  std::int64_t streams(const std::string& key) const;
  std::vector<std::string> KeysWithStreams() const;

  // Use of a key, for people.
  struct KeyUse {
    std::string key;
    std::int64_t running = 0;  // calls of all kinds
    std::int64_t streams = 0;
  };
  // The keys that run something, those with the most first, `max` of them at most.
  std::vector<KeyUse> Busiest(std::size_t max) const;

 private:
  struct Use {
    std::int64_t running = 0;  // calls of all kinds
    std::int64_t streams = 0;
    absl::optional<TokenBucket> requests;  // once they were limited
    absl::optional<TokenBucket> tokens;    // likewise
    std::list<std::string>::iterator idle;  // its place in idle_; only if nothing runs
  };

  // All with mutex_ held. What FindOrAdd gives lives until the next change of uses_.
  absl::optional<QuotaRefusal> TryAcquire(const QuotaCall& call, MonotonicTime now);
  void Start(const QuotaCall& call, Use* use);
  Use* FindOrAdd(const std::string& key);
  void ForgetIdle();

  const std::size_t max_keys_;
  const Clock now_;
  mutable std::mutex mutex_;
  absl::flat_hash_map<std::string, Use> uses_;  // guarded by mutex_
  // Keys that run nothing, the one used last first; guarded by mutex_.
  std::list<std::string> idle_;
};

}  // namespace fireworks::access

#endif  // FIREWORKS_SERVICE_ACCESS_LOCAL_QUOTA_STORE_H_
