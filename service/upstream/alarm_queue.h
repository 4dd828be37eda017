// The points in time at which the transfers of a loop want to be looked at.
#ifndef FIREWORKS_SERVICE_UPSTREAM_ALARM_QUEUE_H_
#define FIREWORKS_SERVICE_UPSTREAM_ALARM_QUEUE_H_

#include <set>
#include <utility>

#include "service/upstream/exchange.h"

namespace fireworks::upstream {

// What can be queued: at most once at a time.
class Alarm {
 public:
  // When the alarm goes off; max() while it is not queued.
  Clock::time_point due() const { return due_; }

 private:
  friend class AlarmQueue;
  Clock::time_point due_ = Clock::time_point::max();
};

// Thread-compatible. Alarms must outlive their stay in the queue.
class AlarmQueue {
 public:
  // Queues, or moves, an alarm; max() takes it out.
  void Set(Alarm* alarm, Clock::time_point due) {
    if (alarm->due_ == due) return;
    if (alarm->due_ != Clock::time_point::max()) queue_.erase({alarm->due_, alarm});
    alarm->due_ = due;
    if (due != Clock::time_point::max()) queue_.insert({due, alarm});
  }

  // Takes out and returns an alarm that is due at `now`; null when none is.
  Alarm* TakeDue(Clock::time_point now) {
    if (next() > now) return nullptr;
    Alarm* alarm = queue_.begin()->second;
    Set(alarm, Clock::time_point::max());
    return alarm;
  }

  // When the first alarm goes off; max() when there is none.
  Clock::time_point next() const {
    return queue_.empty() ? Clock::time_point::max() : queue_.begin()->first;
  }

 private:
  std::set<std::pair<Clock::time_point, Alarm*>> queue_;
};

}  // namespace fireworks::upstream

#endif  // FIREWORKS_SERVICE_UPSTREAM_ALARM_QUEUE_H_
