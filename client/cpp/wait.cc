#include "client/cpp/wait.h"

namespace fireworks::client {

using fireworks::gateway::v1::JobState;

bool HasEnded(JobState state) {
  switch (state) {
    case JobState::JOB_STATE_COMPLETED:
    case JobState::JOB_STATE_FAILED:
    case JobState::JOB_STATE_CANCELLED:
    case JobState::JOB_STATE_EXPIRED:
    case JobState::JOB_STATE_EARLY_STOPPED:
    case JobState::JOB_STATE_DELETED:
      return true;
    default:
      return false;
  }
}

}  // namespace fireworks::client
