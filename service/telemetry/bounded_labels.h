// Label values that come from outside, kept few.
#ifndef FIREWORKS_SERVICE_TELEMETRY_BOUNDED_LABELS_H_
#define FIREWORKS_SERVICE_TELEMETRY_BOUNDED_LABELS_H_

#include <cstddef>
#include <mutex>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"

namespace fireworks::telemetry {

// What stands for all values that have no label of their own.
inline constexpr char kOtherLabel[] = "other";

// Gives values that the operator has named a label of their own, and others as long as
// there is room; the rest share kOtherLabel. What has a label keeps it. Thread-safe.
class BoundedLabels {
 public:
  // `capacity` is the room for values that nobody named.
  explicit BoundedLabels(std::size_t capacity) : capacity_(capacity) {}

  BoundedLabels(const BoundedLabels&) = delete;
  BoundedLabels& operator=(const BoundedLabels&) = delete;

  // `value` has a label from now on.
  void Name(absl::string_view value);

  // The label of `value`. Only with `admit` a new value gets one: callers that may make
  // values up must not be able to use up the room.
  std::string LabelOf(absl::string_view value, bool admit);

 private:
  const std::size_t capacity_;
  std::mutex mutex_;
  absl::flat_hash_set<std::string> known_;  // guarded by mutex_
  std::size_t admitted_ = 0;                // guarded by mutex_; those that nobody named
};

}  // namespace fireworks::telemetry

#endif  // FIREWORKS_SERVICE_TELEMETRY_BOUNDED_LABELS_H_
