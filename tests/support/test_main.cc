// The main of every C++ test.
#include <csignal>

#include "absl/synchronization/mutex.h"
#include "gmock/gmock.h"

int main(int argc, char** argv) {
  // Debian's Abseil is built with deadlock detection, which serialises every
  // lock of the process and reports gRPC's own lock order as a deadlock.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  std::signal(SIGPIPE, SIG_IGN);
  testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
