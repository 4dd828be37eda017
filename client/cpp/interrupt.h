// Ctrl-C during a call: the first one cancels it, a second one ends the process.
#ifndef FIREWORKS_CLIENT_CPP_INTERRUPT_H_
#define FIREWORKS_CLIENT_CPP_INTERRUPT_H_

#include <atomic>
#include <csignal>
#include <functional>
#include <thread>

namespace fireworks::client {

// The exit code of a process that SIGINT ended, by shells' convention.
inline constexpr int kInterruptedExitCode = 130;

// While it lives, the first SIGINT calls `on_interrupt` and the second ends the
// process with kInterruptedExitCode. A signal handler may do next to nothing, so
// it only wakes a thread of this object, which makes the call; `on_interrupt`
// must be safe there and must not destroy this object. At most one of these may
// live at a time in a process. Destruction waits for a running `on_interrupt`
// and brings back what SIGINT did before.
class InterruptWatcher {
 public:
  explicit InterruptWatcher(std::function<void()> on_interrupt);
  ~InterruptWatcher();
  InterruptWatcher(const InterruptWatcher&) = delete;
  InterruptWatcher& operator=(const InterruptWatcher&) = delete;

  // Whether SIGINT has come. Any thread.
  bool interrupted() const { return interrupted_; }

 private:
  void Watch();

  const std::function<void()> on_interrupt_;
  std::atomic<bool> interrupted_{false};
  // Signals arrive as bytes; its write end is what the handler knows.
  int pipe_[2] = {-1, -1};
  struct sigaction previous_ = {};
  std::thread thread_;
};

// From here on SIGINT ends the process with kInterruptedExitCode, rather than as
// a signal: for commands that have nothing to tidy.
void ExitOnInterrupt();

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_INTERRUPT_H_
