// An exchange as its owner and its observer know it: one attempt after the other,
// each a transfer on the same loop, until one has delivered something or no other
// may follow.
//
// Made by whatever thread starts the exchange. It observes its transfers, so that
// all its decisions are made on the loop's thread; the owner's face (Cancel, Pause,
// Resume, AppendBody) is thread-safe.
#ifndef FIREWORKS_SERVICE_UPSTREAM_RETRYING_EXCHANGE_H_
#define FIREWORKS_SERVICE_UPSTREAM_RETRYING_EXCHANGE_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "service/upstream/exchange.h"
#include "service/upstream/loop.h"
#include "service/upstream/resilience.h"

namespace fireworks::upstream {

class RetryingExchange final : public Exchange,
                               public Observer,
                               public std::enable_shared_from_this<RetryingExchange> {
 public:
  // Starts on `loop`, which, like `resilience`, must live until the exchange has
  // ended.
  static std::shared_ptr<Exchange> Start(Request request, std::shared_ptr<Observer> observer,
                                         Resilience* resilience, Loop* loop);

  // For Start.
  RetryingExchange(const Request& request, std::shared_ptr<Observer> observer,
                   Resilience* resilience, Loop* loop);

  // The owner's face; see Exchange.
  void Cancel() override;
  void Pause() override;
  void Resume() override;
  void AppendBody(std::string piece, bool last) override;
  int attempt() const override { return shown_attempt_; }
  Traffic traffic() const override;

  // What the attempt's transfer tells; see Observer.
  void OnHead(ResponseHead head) override;
  void OnBodyWanted() override;
  void OnEvent(const sse::Event& event) override;
  void OnEventsEnd() override;
  void OnEnd(Outcome outcome) override;

 private:
  // What the head of the attempt's answer says; nothing yet with status 0.
  struct Answer {
    int status = 0;
    bool streaming = false;
    std::optional<std::chrono::milliseconds> retry_after;
    bool forbids_retry = false;
  };

  // The first attempt, or the refusal of the breaker.
  void BeginFirst(Request request);
  void Begin(std::shared_ptr<Transfer> attempt);
  std::shared_ptr<Transfer> Prepare(Request request);

  bool MayFollow() const;
  bool SafeToRepeatAfter(End end) const;
  // Adds the attempt's outcome to those before it.
  void Account(Outcome* outcome);
  // Tells the breaker, once per attempt.
  void Report(CircuitBreaker::Verdict verdict);
  void ReportEnd(const Outcome& outcome);
  // How long to wait for the next attempt; empty when there is to be none.
  std::optional<std::chrono::milliseconds> WaitAfter(const Outcome& outcome);
  void Repeat(std::chrono::milliseconds wait);
  void Deliver(Outcome outcome);

  Resilience* const resilience_;
  Loop* const loop_;
  const bool idempotent_;
  const bool repeatable_;
  const bool wants_events_;
  const Clock::time_point deadline_;

  std::mutex mutex_;
  // Guarded by mutex_; changed on the loop's thread only, which may therefore read
  // it without. Null after the end.
  std::shared_ptr<Transfer> attempt_;
  bool cancel_wanted_ = false;  // guarded by mutex_
  bool pause_wanted_ = false;   // guarded by mutex_

  std::atomic<int> shown_attempt_{0};

  // The rest belongs to the loop's thread, once the first attempt is started.
  std::shared_ptr<Observer> observer_;
  // Of all attempts that have ended.
  int attempts_ = 0;
  bool request_sent_ = false;
  std::uint64_t bytes_received_ = 0;
  std::uint64_t bytes_sent_ = 0;

  // Of the attempt that runs.
  Answer answer_;
  // Not shown yet, because another attempt may follow.
  std::optional<ResponseHead> held_head_;
  // Empty: no breaker, or it has been told.
  std::optional<CircuitBreaker::Ticket> ticket_;
  // The breaker refused, and how long it will yet.
  std::optional<std::chrono::milliseconds> shed_for_;
};

}  // namespace fireworks::upstream

#endif  // FIREWORKS_SERVICE_UPSTREAM_RETRYING_EXCHANGE_H_
