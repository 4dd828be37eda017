#include "service/access/verified_tokens.h"

#include <utility>

namespace fireworks::access {

absl::optional<std::string> VerifiedTokens::Find(const Sha256Digest& token,
                                                 std::uint64_t generation, absl::Time now) {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto found = by_token_.find(token);
  if (found == by_token_.end()) return absl::nullopt;
  const auto entry = found->second;
  if (entry->generation != generation || now >= entry->expires) {
    entries_.erase(entry);
    by_token_.erase(found);
    return absl::nullopt;
  }
  entries_.splice(entries_.begin(), entries_, entry);
  return entry->caller;
}

void VerifiedTokens::Add(const Sha256Digest& token, std::uint64_t generation, absl::Time expires,
                         std::string caller) {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto found = by_token_.find(token);
  if (found != by_token_.end()) {
    // Someone else verified it meanwhile.
    entries_.erase(found->second);
    by_token_.erase(found);
  } else if (entries_.size() >= capacity_) {
    by_token_.erase(entries_.back().token);
    entries_.pop_back();
  }
  entries_.push_front({token, generation, expires, std::move(caller)});
  by_token_.emplace(token, entries_.begin());
}

std::size_t VerifiedTokens::size() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return entries_.size();
}

}  // namespace fireworks::access
