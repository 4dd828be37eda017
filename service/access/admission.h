// How many calls run at a time, and whose turn it is when more want to.
#ifndef FIREWORKS_SERVICE_ACCESS_ADMISSION_H_
#define FIREWORKS_SERVICE_ACCESS_ADMISSION_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/types/optional.h"

namespace fireworks::access {

struct AdmissionOptions {
  // Calls that run at a time.
  std::size_t max_running = 4096;
  // Calls that may wait for a place; beyond that they are refused.
  std::size_t max_waiting = 1024;
};

// A limit on concurrent calls. Places that become free go round the callers that
// wait, one each, so that a caller with a thousand waiting calls delays another's
// single one by one place at most. Of one caller, first come, first served.
// Thread-safe.
class Admission {
 public:
  enum class Answer {
    kAdmitted,  // the call has a place
    kWaiting,   // `admitted` will be called when it has
    kRefused,   // too many wait already
  };
  // Names a call that waits.
  using Ticket = std::uint64_t;
  struct Entry {
    Answer answer = Answer::kRefused;
    Ticket ticket = 0;  // when waiting
  };

  explicit Admission(const AdmissionOptions& options) : options_(options) {}

  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  // Asks for a place. `admitted` is called at most once, never from inside Enter,
  // from whatever thread gives a place back; it must not block.
  Entry Enter(const std::string& caller, std::function<void()> admitted);

  // Ends the wait. False when it was over: the call has its place, which it must
  // give back.
  bool Withdraw(const std::string& caller, Ticket ticket);

  // Gives a place back; the next call in turn gets it.
  void Leave();

  std::size_t running() const;
  std::size_t waiting() const;

 private:
  struct Waiter {
    Ticket ticket = 0;
    std::function<void()> admitted;
  };

  // Takes the waiter whose turn it is; mutex_ is held.
  absl::optional<Waiter> NextLocked();

  const AdmissionOptions options_;
  mutable std::mutex mutex_;
  std::size_t running_ = 0;                                        // guarded by mutex_
  std::size_t waiting_ = 0;                                        // guarded by mutex_
  Ticket last_ticket_ = 0;                                         // guarded by mutex_
  absl::flat_hash_map<std::string, std::deque<Waiter>> by_caller_;  // guarded by mutex_
  // The callers that wait, each once, the next one first.
  std::deque<std::string> turns_;  // guarded by mutex_
};

}  // namespace fireworks::access

#endif  // FIREWORKS_SERVICE_ACCESS_ADMISSION_H_
