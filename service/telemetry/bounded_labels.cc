#include "service/telemetry/bounded_labels.h"

namespace fireworks::telemetry {
namespace {

// No name that is worth a label is longer.
constexpr std::size_t kMaxBytes = 512;

}  // namespace

void BoundedLabels::Name(absl::string_view value) {
  std::lock_guard<std::mutex> lock(mutex_);
  known_.emplace(value);
}

std::string BoundedLabels::LabelOf(absl::string_view value, bool admit) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (known_.contains(value)) return std::string(value);
  if (!admit || admitted_ >= capacity_ || value.empty() || value.size() > kMaxBytes) {
    return kOtherLabel;
  }
  ++admitted_;
  known_.emplace(value);
  return std::string(value);
}

}  // namespace fireworks::telemetry
