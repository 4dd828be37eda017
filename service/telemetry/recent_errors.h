// The calls that failed last, for the status page.
#ifndef FIREWORKS_SERVICE_TELEMETRY_RECENT_ERRORS_H_
#define FIREWORKS_SERVICE_TELEMETRY_RECENT_ERRORS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace fireworks::telemetry {

// Remembers a fixed number of errors; older ones make room. Thread-safe; the lock is held
// for no longer than it takes to move one entry, or to copy them all.
class RecentErrors {
 public:
  // What is known of a failed call that is no content. All texts are short.
  struct Entry {
    absl::Time time;
    std::string method;
    std::string status;
    std::string reason;
    std::string caller;  // empty: not known who
    std::string request_id;
  };

  static constexpr std::size_t kDefaultCapacity = 100;

  explicit RecentErrors(std::size_t capacity = kDefaultCapacity) : capacity_(capacity) {}

  RecentErrors(const RecentErrors&) = delete;
  RecentErrors& operator=(const RecentErrors&) = delete;

  void Add(Entry entry);

  // The latest first.
  std::vector<Entry> List() const;
  // All that were added, those that are forgotten included.
  std::uint64_t total() const;

 private:
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::deque<Entry> entries_;  // the latest first; guarded by mutex_
  std::uint64_t total_ = 0;    // guarded by mutex_
};

}  // namespace fireworks::telemetry

#endif  // FIREWORKS_SERVICE_TELEMETRY_RECENT_ERRORS_H_
