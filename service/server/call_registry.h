// The calls that are running, so that a drain can end them.
#ifndef FIREWORKS_SERVICE_SERVER_CALL_REGISTRY_H_
#define FIREWORKS_SERVICE_SERVER_CALL_REGISTRY_H_

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace fireworks::server {

class Call;

// Thread-safe.
class CallRegistry {
 public:
  void Add(const std::shared_ptr<Call>& call);
  void Remove(const Call* call);

  // The calls that are running now.
  std::vector<std::shared_ptr<Call>> Snapshot() const;

  // How many have ever been added.
  std::uint64_t arrivals() const;

  // Blocks until no call is left, or until `deadline`. Tells whether none is.
  bool AwaitEmpty(std::chrono::system_clock::time_point deadline) const;

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable emptied_;
  absl::flat_hash_map<const Call*, std::weak_ptr<Call>> calls_;  // guarded by mutex_
  std::uint64_t arrivals_ = 0;                                   // guarded by mutex_
};

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_CALL_REGISTRY_H_
