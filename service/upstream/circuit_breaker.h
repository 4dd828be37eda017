// Stops sending to an upstream that keeps failing, and finds out when it is well
// again. One per client, that is per upstream host.
#ifndef FIREWORKS_SERVICE_UPSTREAM_CIRCUIT_BREAKER_H_
#define FIREWORKS_SERVICE_UPSTREAM_CIRCUIT_BREAKER_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "service/upstream/exchange.h"
#include "service/upstream/retry_budget.h"
#include "service/upstream/sliding_window.h"

namespace fireworks::upstream {

struct CircuitBreakerOptions {
  // Opens when, of the attempts that were judged within `window`, at least
  // `min_calls`, this share has failed.
  double failure_share = 0.5;
  int min_calls = 20;
  std::chrono::milliseconds window{30000};
  // How long everything is shed then.
  std::chrono::milliseconds open_for{5000};
  // How many are let through after that, and must succeed for it to close. When
  // neither they do nor one fails within `open_for`, as many again are let through.
  int probes = 3;
  // Answers of 500 and above that say nothing about the upstream as a whole, such
  // as a model that is still starting: true for those. Called on a loop's thread;
  // thread-safe. Null: there are none.
  std::function<bool(int status, absl::string_view body)> excuses;
};

// INVALID_ARGUMENT when a number is unusable.
absl::Status CheckCircuitBreakerOptions(const CircuitBreakerOptions& options);

// Thread-safe.
class CircuitBreaker {
 public:
  enum class State {
    kClosed,    // all is let through
    kOpen,      // nothing is
    kHalfOpen,  // probes are
  };
  enum class Verdict {
    kSuccess,
    kFailure,
    kUnknown,  // says nothing about the upstream: a cancel, say
  };
  // For metrics.
  struct Snapshot {
    State state = State::kClosed;
    std::uint64_t opened = 0;  // how often it has
    std::uint64_t shed = 0;    // how many calls it has refused
  };
  // Says when an attempt was let through: what comes of it counts for that time
  // only, so that an answer to an old request neither opens nor closes anything.
  using Ticket = std::uint64_t;

  CircuitBreaker(CircuitBreakerOptions options, NowFunction now);

  CircuitBreaker(const CircuitBreaker&) = delete;
  CircuitBreaker& operator=(const CircuitBreaker&) = delete;

  // Lets a call through or not. Each ticket must be given to Report, once.
  std::optional<Ticket> Admit();
  // The same for a repeated attempt, which is no probe.
  std::optional<Ticket> AdmitRepeated();
  // How long Admit will refuse yet.
  std::chrono::milliseconds ShedFor() const;

  void Report(Ticket ticket, Verdict verdict);

  // Whether an answer with this status, of 500 or above, is no failure.
  bool Excuses(int status, absl::string_view body) const {
    return options_.excuses && options_.excuses(status, body);
  }

  Snapshot snapshot() const;

 private:
  // All with mutex_ held.
  void Open(Clock::time_point now);
  void HalfOpen(Clock::time_point now);
  void Close();
  void ReportProbe(Clock::time_point now, Verdict verdict);
  void ReportClosed(Clock::time_point now, Verdict verdict);

  const CircuitBreakerOptions options_;
  const NowFunction now_;

  mutable std::mutex mutex_;
  // All below guarded by mutex_.
  State state_ = State::kClosed;
  // Changes with the state.
  Ticket period_ = 0;
  // Closed: of attempts judged, `marked` are failures.
  SlidingWindow window_;
  // Open: when the first probes may go. Half-open: when the next may.
  Clock::time_point next_probes_;
  int probes_left_ = 0;
  int probes_succeeded_ = 0;
  std::uint64_t opened_ = 0;
  std::uint64_t shed_ = 0;
};

// "closed", "open", "half_open".
absl::string_view StateName(CircuitBreaker::State state);

// What an attempt says about the upstream. `status` is 0 when no head came.
CircuitBreaker::Verdict JudgeAttempt(const CircuitBreaker& breaker, int status,
                                     const Outcome& outcome);

}  // namespace fireworks::upstream

#endif  // FIREWORKS_SERVICE_UPSTREAM_CIRCUIT_BREAKER_H_
