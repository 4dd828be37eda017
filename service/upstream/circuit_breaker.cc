#include "service/upstream/circuit_breaker.h"

#include <algorithm>
#include <utility>

namespace fireworks::upstream {

absl::Status CheckCircuitBreakerOptions(const CircuitBreakerOptions& options) {
  if (!(options.failure_share > 0 && options.failure_share <= 1)) {
    return absl::InvalidArgumentError("breaker.failure_share: must be above 0 and at most 1");
  }
  if (options.min_calls < 1 || options.probes < 1) {
    return absl::InvalidArgumentError("breaker.min_calls, breaker.probes: must be at least 1");
  }
  if (options.window.count() < 1 || options.open_for.count() < 1) {
    return absl::InvalidArgumentError("breaker.window, breaker.open_for: must be at least 1 ms");
  }
  return absl::OkStatus();
}

CircuitBreaker::CircuitBreaker(CircuitBreakerOptions options, NowFunction now)
    : options_(std::move(options)), now_(std::move(now)), window_(options_.window) {}

std::optional<CircuitBreaker::Ticket> CircuitBreaker::Admit() {
  std::lock_guard<std::mutex> lock(mutex_);
  if (state_ == State::kClosed) return period_;
  const Clock::time_point now = now_();
  if (now >= next_probes_) HalfOpen(now);
  if (state_ == State::kHalfOpen && probes_left_ > 0) {
    --probes_left_;
    return period_;
  }
  ++shed_;
  return std::nullopt;
}

std::optional<CircuitBreaker::Ticket> CircuitBreaker::AdmitRepeated() {
  std::lock_guard<std::mutex> lock(mutex_);
  return state_ == State::kClosed ? std::make_optional(period_) : std::nullopt;
}

std::chrono::milliseconds CircuitBreaker::ShedFor() const {
  std::lock_guard<std::mutex> lock(mutex_);
  if (state_ == State::kClosed) return {};
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(next_probes_ - now_());
  return std::max(left, std::chrono::milliseconds(0));
}

void CircuitBreaker::Report(Ticket ticket, Verdict verdict) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (ticket != period_) return;
  if (state_ == State::kHalfOpen) {
    ReportProbe(now_(), verdict);
  } else {
    ReportClosed(now_(), verdict);
  }
}

void CircuitBreaker::ReportProbe(Clock::time_point now, Verdict verdict) {
  switch (verdict) {
    case Verdict::kFailure:
      return Open(now);
    case Verdict::kSuccess:
      if (++probes_succeeded_ >= options_.probes) Close();
      return;
    case Verdict::kUnknown:
      // Another may find out.
      probes_left_ = std::min(probes_left_ + 1, options_.probes);
      return;
  }
}

void CircuitBreaker::ReportClosed(Clock::time_point now, Verdict verdict) {
  if (verdict == Verdict::kUnknown) return;
  window_.Add(now, {1, verdict == Verdict::kFailure ? 1u : 0u});
  const auto [judged, failed] = window_.Sum(now);
  if (judged < static_cast<std::uint64_t>(options_.min_calls)) return;
  if (static_cast<double>(failed) >= options_.failure_share * static_cast<double>(judged)) {
    Open(now);
  }
}

void CircuitBreaker::Open(Clock::time_point now) {
  state_ = State::kOpen;
  ++period_;
  ++opened_;
  next_probes_ = now + options_.open_for;
}

void CircuitBreaker::HalfOpen(Clock::time_point now) {
  if (state_ != State::kHalfOpen) {
    state_ = State::kHalfOpen;
    ++period_;
    probes_succeeded_ = 0;
  }
  probes_left_ = options_.probes;
  next_probes_ = now + options_.open_for;
}

void CircuitBreaker::Close() {
  state_ = State::kClosed;
  ++period_;
  window_.Clear();
}

CircuitBreaker::Snapshot CircuitBreaker::snapshot() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return {state_, opened_, shed_};
}

absl::string_view StateName(CircuitBreaker::State state) {
  switch (state) {
    case CircuitBreaker::State::kClosed:
      return "closed";
    case CircuitBreaker::State::kOpen:
      return "open";
    case CircuitBreaker::State::kHalfOpen:
      return "half_open";
  }
  return "unknown";
}

CircuitBreaker::Verdict JudgeAttempt(const CircuitBreaker& breaker, int status,
                                     const Outcome& outcome) {
  using Verdict = CircuitBreaker::Verdict;
  // Without an attempt the failure is this process's own.
  if (outcome.attempts == 0) return Verdict::kUnknown;
  if (outcome.end == End::kCancelled || outcome.end == End::kDeadline) return Verdict::kUnknown;
  if (status >= 500 && status != 501) {
    return breaker.Excuses(status, outcome.body) ? Verdict::kUnknown : Verdict::kFailure;
  }
  // A refusal is an answer, however it ends.
  if (status / 100 == 4) return Verdict::kSuccess;
  switch (outcome.end) {
    case End::kConnectFailed:
    case End::kConnectTimeout:
    case End::kFirstEventTimeout:
    case End::kIdleTimeout:
    case End::kReset:
    case End::kProtocol:
      return Verdict::kFailure;
    default:
      return Verdict::kSuccess;
  }
}

}  // namespace fireworks::upstream
