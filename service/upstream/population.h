// Counts the exchanges of a client over all its loops.
#ifndef FIREWORKS_SERVICE_UPSTREAM_POPULATION_H_
#define FIREWORKS_SERVICE_UPSTREAM_POPULATION_H_

#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace fireworks::upstream {

// Thread-safe. One count for all loops, because an observer may start an
// exchange on one loop while its own ends on another.
class Population {
 public:
  void Add() {
    std::lock_guard<std::mutex> lock(mutex_);
    ++count_;
  }

  void Remove() {
    std::lock_guard<std::mutex> lock(mutex_);
    if (--count_ == 0) none_.notify_all();
  }

  void AwaitNone() {
    std::unique_lock<std::mutex> lock(mutex_);
    none_.wait(lock, [this] { return count_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable none_;
  // Guarded by mutex_.
  std::size_t count_ = 0;
};

}  // namespace fireworks::upstream

#endif  // FIREWORKS_SERVICE_UPSTREAM_POPULATION_H_
