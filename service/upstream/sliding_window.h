// Counts what happened lately.
#ifndef FIREWORKS_SERVICE_UPSTREAM_SLIDING_WINDOW_H_
#define FIREWORKS_SERVICE_UPSTREAM_SLIDING_WINDOW_H_

#include <array>
#include <cstdint>

#include "service/upstream/exchange.h"

namespace fireworks::upstream {

// Two counts over the last `length` of time, kept in ten slots: what is older than
// `length` is gone, what is younger than nine tenths of it is there.
// Thread-compatible.
class SlidingWindow {
 public:
  struct Counts {
    std::uint64_t all = 0;
    std::uint64_t marked = 0;
  };

  // `length`: at least ten ticks of the clock.
  explicit SlidingWindow(Clock::duration length) : slot_length_(length / kSlots) {}

  void Add(Clock::time_point now, Counts counts) {
    const std::int64_t number = SlotNumber(now);
    Slot& slot = slots_[static_cast<std::uint64_t>(number) % kSlots];
    if (slot.number != number) slot = {number, {}};
    slot.counts.all += counts.all;
    slot.counts.marked += counts.marked;
  }

  Counts Sum(Clock::time_point now) const {
    const std::int64_t oldest = SlotNumber(now) - kSlots;
    Counts sum;
    for (const Slot& slot : slots_) {
      if (slot.number <= oldest) continue;
      sum.all += slot.counts.all;
      sum.marked += slot.counts.marked;
    }
    return sum;
  }

  void Clear() { slots_ = {}; }

 private:
  static constexpr int kSlots = 10;

  struct Slot {
    std::int64_t number = INT64_MIN;
    Counts counts;
  };

  std::int64_t SlotNumber(Clock::time_point now) const {
    return now.time_since_epoch() / slot_length_;
  }

  const Clock::duration slot_length_;
  std::array<Slot, kSlots> slots_;
};

}  // namespace fireworks::upstream

#endif  // FIREWORKS_SERVICE_UPSTREAM_SLIDING_WINDOW_H_
