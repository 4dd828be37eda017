// Something that is done again and again, on a thread of its own.
#ifndef FIREWORKS_SERVICE_SERVER_PERIODIC_H_
#define FIREWORKS_SERVICE_SERVER_PERIODIC_H_

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace fireworks::server {

// Calls `task`, one call after the other with `interval` between them, until
// destroyed; the destructor waits for a call that runs.
class Periodic {
 public:
  Periodic(std::chrono::milliseconds interval, std::function<void()> task);
  ~Periodic();

  Periodic(const Periodic&) = delete;
  Periodic& operator=(const Periodic&) = delete;

  // Has `task` called without waiting for the interval's end. Thread-safe; does not wait.
  void RunSoon();

 private:
  void Run(std::chrono::milliseconds interval);

  const std::function<void()> task_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  // guarded by mutex_
  bool soon_ = false;      // guarded by mutex_
  std::thread thread_;     // last: it uses all of the above
};

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_PERIODIC_H_
