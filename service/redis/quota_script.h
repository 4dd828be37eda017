// What Redis is asked to do for quotas: one Lua script, so that each question is one
// step for all who ask.
#ifndef FIREWORKS_SERVICE_REDIS_QUOTA_SCRIPT_H_
#define FIREWORKS_SERVICE_REDIS_QUOTA_SCRIPT_H_

#include <chrono>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "service/access/quota.h"
#include "service/redis/connection.h"

namespace fireworks::redis {

// The script's text. Its comments say what stands under a key.
extern const char kQuotaScript[];

// Writes the script's questions as commands. A value; thread-safe.
class QuotaScript {
 public:
  // Keys begin with `prefix`. `replica` tells this process from all others. Streams
  // that are not renewed within `lease` no longer count.
  QuotaScript(std::string prefix, std::string replica, std::chrono::milliseconds lease)
      : prefix_(std::move(prefix)), replica_(std::move(replica)), lease_(lease) {}

  // `hash` is the script's, as Redis said it. `now` replaces Redis's clock, in
  // microseconds, for tests.
  using Now = absl::optional<std::int64_t>;
  std::string Acquire(absl::string_view hash, const access::QuotaCall& call, Now now) const;
  std::string Release(absl::string_view hash, const access::QuotaCall& call, std::int64_t tokens,
                      Now now) const;
  // Says how many streams of `key` this process runs.
  std::string Renew(absl::string_view hash, absl::string_view key, std::int64_t streams,
                    Now now) const;

 private:
  std::string Ask(absl::string_view hash, absl::string_view key, absl::string_view what, Now now,
                  const std::vector<std::int64_t>& numbers) const;

  const std::string prefix_;
  const std::string replica_;
  const std::chrono::milliseconds lease_;
};

// The answer to an Acquire; nothing when the call may start. UNAVAILABLE for what is
// no answer.
absl::StatusOr<absl::optional<access::QuotaRefusal>> ReadAnswer(const Reply& reply,
                                                                const access::QuotaLimits& limits);

}  // namespace fireworks::redis

#endif  // FIREWORKS_SERVICE_REDIS_QUOTA_SCRIPT_H_
