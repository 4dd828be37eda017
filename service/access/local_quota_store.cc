#include "service/access/local_quota_store.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace fireworks::access {
namespace {

// `bucket` as it is now, for a limit that may be new.
TokenBucket& Advanced(absl::optional<TokenBucket>* bucket, std::int64_t per_minute,
                      MonotonicTime now) {
  if (!*bucket) bucket->emplace(per_minute, now);
  (*bucket)->Advance(per_minute, now);
  return **bucket;
}

}  // namespace

LocalQuotaStore::Use* LocalQuotaStore::FindOrAdd(const std::string& key) {
  const auto [entry, added] = uses_.try_emplace(key);
  Use& use = entry->second;
  if (added) {
    use.idle = idle_.insert(idle_.begin(), key);
  } else if (use.running == 0) {
    idle_.splice(idle_.begin(), idle_, use.idle);
  }
  return &use;
}

absl::optional<QuotaRefusal> LocalQuotaStore::TryAcquire(const QuotaCall& call,
                                                         MonotonicTime now) {
  using Limit = QuotaRefusal::Limit;
  const QuotaLimits& limits = call.limits;
  Use* use = FindOrAdd(call.key);
  // First all questions, so that a refusal takes nothing.
  if (call.stream && limits.concurrent_streams > 0 && use->streams >= limits.concurrent_streams) {
    return QuotaRefusal{Limit::kConcurrentStreams, limits.concurrent_streams, kStreamRetry};
  }
  if (limits.tokens_per_minute > 0) {
    const TokenBucket& tokens = Advanced(&use->tokens, limits.tokens_per_minute, now);
    if (!tokens.HasOne()) {
      return QuotaRefusal{Limit::kTokensPerMinute, limits.tokens_per_minute,
                          tokens.UntilOne(limits.tokens_per_minute)};
    }
  }
  if (limits.requests_per_minute > 0) {
    TokenBucket& requests = Advanced(&use->requests, limits.requests_per_minute, now);
    if (!requests.HasOne()) {
      return QuotaRefusal{Limit::kRequestsPerMinute, limits.requests_per_minute,
                          requests.UntilOne(limits.requests_per_minute)};
    }
    requests.Take(1, limits.requests_per_minute);
  }
  Start(call, use);
  return absl::nullopt;
}

void LocalQuotaStore::Start(const QuotaCall& call, Use* use) {
  if (use->running++ == 0) idle_.erase(use->idle);
  if (call.stream) ++use->streams;
}

void LocalQuotaStore::Count(const QuotaCall& call) {
  std::lock_guard<std::mutex> lock(mutex_);
  Use* use = FindOrAdd(call.key);
  const std::int64_t per_minute = call.limits.requests_per_minute;
  if (per_minute > 0) Advanced(&use->requests, per_minute, now_()).Take(1, per_minute);
  Start(call, use);
}

void LocalQuotaStore::Acquire(const QuotaCall& call, Answer answer) {
  absl::optional<QuotaRefusal> refusal;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    refusal = TryAcquire(call, now_());
    ForgetIdle();
  }
  // Outside of the lock: it may come back.
  answer(refusal);
}

void LocalQuotaStore::Release(const QuotaCall& call, std::int64_t tokens) {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto entry = uses_.find(call.key);
  if (entry == uses_.end() || entry->second.running == 0) return;
  Use& use = entry->second;
  if (call.limits.tokens_per_minute > 0) {
    Advanced(&use.tokens, call.limits.tokens_per_minute, now_())
        .Take(tokens, call.limits.tokens_per_minute);
  }
  if (call.stream) --use.streams;
  if (--use.running > 0) return;
  use.idle = idle_.insert(idle_.begin(), call.key);
  ForgetIdle();
}

void LocalQuotaStore::ForgetIdle() {
  while (idle_.size() > max_keys_) {
    uses_.erase(idle_.back());
    idle_.pop_back();
  }
}

std::size_t LocalQuotaStore::size() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return uses_.size();
}

std::int64_t LocalQuotaStore::streams(const std::string& key) const {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto entry = uses_.find(key);
  return entry == uses_.end() ? 0 : entry->second.streams;
}

std::vector<LocalQuotaStore::KeyUse> LocalQuotaStore::Busiest(std::size_t max) const {
  std::vector<KeyUse> busy;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& [key, use] : uses_) {
      if (use.running > 0) busy.push_back({key, use.running, use.streams});
    }
  }
  std::sort(busy.begin(), busy.end(), [](const KeyUse& a, const KeyUse& b) {
    return std::tie(b.running, a.key) < std::tie(a.running, b.key);
  });
  if (busy.size() > max) busy.resize(max);
  return busy;
}

std::vector<std::string> LocalQuotaStore::KeysWithStreams() const {
  std::lock_guard<std::mutex> lock(mutex_);
  std::vector<std::string> keys;
  for (const auto& [key, use] : uses_) {
    if (use.streams > 0) keys.push_back(key);
  }
  return keys;
}

}  // namespace fireworks::access
