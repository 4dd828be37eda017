// Waiting for what takes minutes: jobs, deployments.
//
//   auto job = WaitFor<BatchInferenceJob>(
//       [&] { return jobs.GetBatchInferenceJob(request); },
//       [](const BatchInferenceJob& job) { return HasEnded(job.state()); },
//       [](const BatchInferenceJob& job) { Show(job.job_progress()); });
#ifndef FIREWORKS_CLIENT_CPP_WAIT_H_
#define FIREWORKS_CLIENT_CPP_WAIT_H_

#include <algorithm>
#include <functional>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "fireworks/gateway/v1/job.pb.h"

namespace fireworks::client {

// Whether nothing will happen any more in a job of that state.
bool HasEnded(fireworks::gateway::v1::JobState state);

struct WaitOptions {
  // Between two looks, growing by half each time.
  absl::Duration first_interval = absl::Seconds(1);
  absl::Duration longest_interval = absl::Seconds(30);
  // Of all looks together; DEADLINE_EXCEEDED then.
  absl::Duration timeout = absl::InfiniteDuration();
  // How to wait; for tests.
  std::function<void(absl::Duration)> sleep = absl::SleepFor;
};

// Looks with `get` until `is_done` holds, and tells `progress`, if any, of every look.
// Blocks. An error of `get` ends it, but for UNAVAILABLE, after which it looks again.
template <typename Resource>
absl::StatusOr<Resource> WaitFor(const std::function<absl::StatusOr<Resource>()>& get,
                                 const std::function<bool(const Resource&)>& is_done,
                                 const std::function<void(const Resource&)>& progress = nullptr,
                                 const WaitOptions& options = {}) {
  const absl::Time deadline = absl::Now() + options.timeout;
  absl::Duration interval = options.first_interval;
  while (true) {
    absl::StatusOr<Resource> resource = get();
    if (!resource.ok() && !absl::IsUnavailable(resource.status())) return resource.status();
    if (resource.ok()) {
      if (progress) progress(*resource);
      if (is_done(*resource)) return resource;
    }
    if (absl::Now() + interval > deadline) {
      return absl::DeadlineExceededError("it has not ended in time; it goes on at the platform");
    }
    options.sleep(interval);
    interval = std::min(interval * 1.5, options.longest_interval);
  }
}

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_WAIT_H_
