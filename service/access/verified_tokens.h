// Tokens that have been verified, so that a caller's every call does not cost a
// signature's worth of time.
#ifndef FIREWORKS_SERVICE_ACCESS_VERIFIED_TOKENS_H_
#define FIREWORKS_SERVICE_ACCESS_VERIFIED_TOKENS_H_

#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "service/access/sha256.h"

namespace fireworks::access {

// Remembers, by their hashes and never by themselves, at most `capacity` tokens; the
// one that was not used for the longest time makes room. Thread-safe.
class VerifiedTokens {
 public:
  explicit VerifiedTokens(std::size_t capacity) : capacity_(capacity) {}

  VerifiedTokens(const VerifiedTokens&) = delete;
  VerifiedTokens& operator=(const VerifiedTokens&) = delete;

  // The caller of the token, unless it has expired by `now` or was verified by keys of
  // another generation, which may lack the one that signed it.
  absl::optional<std::string> Find(const Sha256Digest& token, std::uint64_t generation,
                                   absl::Time now);

  void Add(const Sha256Digest& token, std::uint64_t generation, absl::Time expires,
           std::string caller);

  std::size_t size() const;

 private:
  struct Entry {
    Sha256Digest token;
    std::uint64_t generation = 0;
    absl::Time expires;
    std::string caller;
  };

  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::list<Entry> entries_;  // guarded by mutex_; the one used last comes first
  absl::flat_hash_map<Sha256Digest, std::list<Entry>::iterator> by_token_;  // by mutex_
};

}  // namespace fireworks::access

#endif  // FIREWORKS_SERVICE_ACCESS_VERIFIED_TOKENS_H_
