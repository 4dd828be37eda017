#include "service/upstream/retrying_exchange.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "service/upstream/head_parser.h"
#include "service/upstream/retry_after.h"

namespace fireworks::upstream {

using std::chrono::milliseconds;

std::shared_ptr<Exchange> RetryingExchange::Start(Request request,
                                                  std::shared_ptr<Observer> observer,
                                                  Resilience* resilience, Loop* loop) {
  auto exchange =
      std::make_shared<RetryingExchange>(request, std::move(observer), resilience, loop);
  exchange->BeginFirst(std::move(request));
  return exchange;
}

RetryingExchange::RetryingExchange(const Request& request, std::shared_ptr<Observer> observer,
                                   Resilience* resilience, Loop* loop)
    : resilience_(resilience),
      loop_(loop),
      idempotent_(IsIdempotent(request)),
      repeatable_(IsRepeatable(request)),
      wants_events_(request.wants_events),
      deadline_(request.deadline),
      observer_(std::move(observer)) {}

// --- The owner's face. A transfer's own calls only note and post, so that they may
// be made with the lock held.

void RetryingExchange::Cancel() {
  std::lock_guard<std::mutex> lock(mutex_);
  cancel_wanted_ = true;
  if (attempt_ != nullptr) attempt_->Cancel();
}

void RetryingExchange::Pause() {
  std::lock_guard<std::mutex> lock(mutex_);
  pause_wanted_ = true;
  if (attempt_ != nullptr) attempt_->Pause();
}

void RetryingExchange::Resume() {
  std::lock_guard<std::mutex> lock(mutex_);
  pause_wanted_ = false;
  if (attempt_ != nullptr) attempt_->Resume();
}

void RetryingExchange::AppendBody(std::string piece, bool last) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (attempt_ != nullptr) attempt_->AppendBody(std::move(piece), last);
}

Traffic RetryingExchange::traffic() const {
  Traffic bytes = attempt_->traffic();
  bytes.sent += bytes_sent_;
  bytes.received += bytes_received_;
  return bytes;
}

// --- Attempts.

void RetryingExchange::BeginFirst(Request request) {
  std::shared_ptr<Transfer> attempt = Prepare(std::move(request));
  if (resilience_->breaker) {
    ticket_ = resilience_->breaker->Admit();
    if (!ticket_) {
      shed_for_ = resilience_->breaker->ShedFor();
      attempt->Stop(End::kShed, absl::StrCat("upstream keeps failing; nothing is sent to it for ",
                                             shed_for_->count(), " ms"));
    }
  }
  if (!shed_for_) resilience_->budget.CountCall();
  Begin(std::move(attempt));
}

std::shared_ptr<Transfer> RetryingExchange::Prepare(Request request) {
  std::shared_ptr<Transfer> attempt = loop_->Prepare(std::move(request), shared_from_this());
  if (MayFollow()) attempt->KeepBody();
  return attempt;
}

void RetryingExchange::Begin(std::shared_ptr<Transfer> attempt) {
  std::lock_guard<std::mutex> lock(mutex_);
  attempt_ = std::move(attempt);
  loop_->Start(attempt_);
  if (cancel_wanted_) attempt_->Cancel();
  if (pause_wanted_) attempt_->Pause();
}

void RetryingExchange::Repeat(milliseconds wait) {
  std::shared_ptr<Transfer> next = Prepare(attempt_->TakeRequest());
  next->DelayUntil(Clock::now() + wait);
  answer_ = Answer();
  held_head_.reset();
  Begin(std::move(next));
}

// Whether there may be another attempt after the one that runs, or is about to.
bool RetryingExchange::MayFollow() const {
  return repeatable_ && attempts_ + 1 < resilience_->policy.max_attempts;
}

bool RetryingExchange::SafeToRepeatAfter(End end) const {
  return !answer_.forbids_retry &&
         SafeToRepeat(idempotent_, {end, answer_.status, answer_.streaming});
}

std::optional<milliseconds> RetryingExchange::WaitAfter(const Outcome& outcome) {
  if (!MayFollow() || !outcome.safe_to_repeat) return std::nullopt;
  const RetryPolicy& policy = resilience_->policy;
  const milliseconds asked = outcome.retry_after.value_or(milliseconds(0));
  if (asked > policy.max_retry_after) return std::nullopt;
  const milliseconds wait = asked + Backoff(policy, attempts_ + 1);
  if (wait >= deadline_ - Clock::now()) return std::nullopt;
  if (!resilience_->budget.TakeRetry()) return std::nullopt;
  if (!resilience_->breaker) return wait;
  ticket_ = resilience_->breaker->AdmitRepeated();
  return ticket_ ? std::make_optional(wait) : std::nullopt;
}

// --- What the transfer tells.

void RetryingExchange::OnHead(ResponseHead head) {
  answer_.status = head.status;
  answer_.streaming = wants_events_ && IsEventStream(head);
  if (head.status / 100 != 2) {
    answer_.retry_after = RetryAfter(head, absl::Now());
    answer_.forbids_retry = ForbidsRetry(head);
  }
  // A collected answer is handed over with its end anyway, and may yet be cut short.
  if (MayFollow() && (SafeToRepeatAfter(End::kComplete) || SafeToRepeatAfter(End::kReset))) {
    held_head_ = std::move(head);
    return;
  }
  attempt_->DropRequest();
  shown_attempt_ = attempts_ + 1;
  observer_->OnHead(std::move(head));
}

void RetryingExchange::OnBodyWanted() { observer_->OnBodyWanted(); }

void RetryingExchange::OnEvent(const sse::Event& event) {
  Report(CircuitBreaker::Verdict::kSuccess);
  observer_->OnEvent(event);
}

void RetryingExchange::OnEventsEnd() { observer_->OnEventsEnd(); }

void RetryingExchange::OnEnd(Outcome outcome) {
  ReportEnd(outcome);
  outcome.safe_to_repeat = SafeToRepeatAfter(outcome.end);
  outcome.retry_after = shed_for_ ? shed_for_ : answer_.retry_after;
  // Where nothing was tried, this process is at its own limits.
  const auto wait = outcome.attempts > 0 ? WaitAfter(outcome) : std::nullopt;
  Account(&outcome);
  if (wait) return Repeat(*wait);
  Deliver(std::move(outcome));
}

void RetryingExchange::Account(Outcome* outcome) {
  attempts_ += outcome->attempts;
  request_sent_ |= outcome->request_sent;
  bytes_received_ += outcome->bytes_received;
  bytes_sent_ += outcome->bytes_sent;
  outcome->attempts = attempts_;
  outcome->request_sent = request_sent_;
  outcome->bytes_received = bytes_received_;
  outcome->bytes_sent = bytes_sent_;
}

void RetryingExchange::Report(CircuitBreaker::Verdict verdict) {
  if (!ticket_) return;
  resilience_->breaker->Report(*ticket_, verdict);
  ticket_.reset();
}

void RetryingExchange::ReportEnd(const Outcome& outcome) {
  if (ticket_) Report(JudgeAttempt(*resilience_->breaker, answer_.status, outcome));
}

void RetryingExchange::Deliver(Outcome outcome) {
  if (held_head_ && outcome.end != End::kCancelled) {
    shown_attempt_ = attempts_;
    observer_->OnHead(*std::move(held_head_));
  }
  held_head_.reset();
  {
    std::lock_guard<std::mutex> lock(mutex_);
    attempt_.reset();
  }
  observer_->OnEnd(std::move(outcome));
  observer_.reset();
}

}  // namespace fireworks::upstream
