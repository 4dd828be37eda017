#include "client/cpp/interrupt.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace fireworks::client {
namespace {

constexpr char kSignal = 's';
constexpr char kStop = 'q';

// The write end of the living watcher's pipe. The handler must find it without
// an object, and signal handlers may read lock-free atomics.
std::atomic<int> signal_pipe{-1};
static_assert(std::atomic<int>::is_always_lock_free);

void PassOn(int /*signal*/) {
  const int saved_errno = errno;
  // A full pipe holds thousands of signals that are yet to be read.
  if (write(signal_pipe, &kSignal, 1) < 0) errno = saved_errno;
}

void Exit(int /*signal*/) { _exit(kInterruptedExitCode); }

struct sigaction Install(void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  struct sigaction previous = {};
  sigaction(SIGINT, &action, &previous);
  return previous;
}

}  // namespace

InterruptWatcher::InterruptWatcher(std::function<void()> on_interrupt)
    : on_interrupt_(std::move(on_interrupt)) {
  if (pipe2(pipe_, O_CLOEXEC) != 0) {
    std::perror("pipe2");
    std::abort();
  }
  signal_pipe = pipe_[1];
  thread_ = std::thread([this] { Watch(); });
  previous_ = Install(PassOn);
}

InterruptWatcher::~InterruptWatcher() {
  sigaction(SIGINT, &previous_, nullptr);
  while (write(pipe_[1], &kStop, 1) < 0 && errno == EINTR) {
  }
  thread_.join();
  close(pipe_[0]);
  close(pipe_[1]);
}

void InterruptWatcher::Watch() {
  char byte = 0;
  while (true) {
    const ssize_t count = read(pipe_[0], &byte, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count != 1 || byte == kStop) return;
    if (interrupted_.exchange(true)) _exit(kInterruptedExitCode);
    on_interrupt_();
  }
}

void ExitOnInterrupt() { Install(Exit); }

}  // namespace fireworks::client
