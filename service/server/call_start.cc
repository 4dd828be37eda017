// Of service/server/call.h: from a call's arrival to its exchange.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/server/allowed_request.h"
#include "service/server/answer.h"
#include "service/server/byte_buffer.h"
#include "service/server/call.h"
#include "service/server/call_registry.h"
#include "service/server/callers_key.h"
#include "service/server/deadline_margin.h"
#include "service/server/exchange_error.h"
#include "service/server/gatekeeper.h"
#include "service/server/key_keeper.h"
#include "service/server/local_method.h"
#include "service/upstream/api_key.h"

namespace fireworks::server {
namespace {

using google::protobuf::Message;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using std::chrono::system_clock;

// What the path of the request names, such as "accounts/a/models/m".
std::string ResourceOf(const contract::Route& route, const Message& request) {
  std::string resource;
  for (const contract::FieldPath& variable : route.path_variables) {
    absl::StrAppend(&resource, resource.empty() ? "" : ", ", variable.GetString(request));
  }
  return resource;
}

}  // namespace

void Call::Arrive() {
  endpoint_.metrics->Started();
  environment_.metrics->active_calls().Increment();
  if (endpoint_.kind != telemetry::Metrics::CallKind::kUnary) {
    environment_.metrics->active_streams().Increment();
  }
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (endpoint_.route->upload) waiting_since_ = started_at_;
  }
  environment_.registry->Add(shared_from_this());
}

void Call::Start(grpc::ByteBuffer* request) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (state_ != State::kArriving) return;  // It was ended while it was waited for.
    state_ = State::kStarting;
    waiting_since_.reset();
    if (request != nullptr) received_bytes_ += request->Length();
  }
  auto prepared = std::make_unique<upstream::Request>();
  absl::optional<Error> error = Prepare(request, prepared.get());
  record_.overhead = steady_clock::now() - started_at_;
  LogBeginning();
  if (error || endpoint_.local != nullptr) {
    Conclude(std::move(error));
    return;
  }
  if (trace_ != nullptr) {
    trace_->SetModel(record_.model);
    prepared->attempts = trace_;
  }
  if (quota_call_) {
    AskQuota(std::move(prepared));
  } else {
    TakeTurn(std::move(prepared));
  }
}

absl::optional<Error> Call::Prepare(grpc::ByteBuffer* request, upstream::Request* prepared) {
  absl::StatusOr<access::Caller> caller = environment_.gatekeeper->Identify(*context_);
  if (!caller.ok()) return RequestError(caller.status());
  record_.caller = caller->name;

  std::unique_ptr<Message> message(endpoint_.request_prototype->New());
  if (request == nullptr) {
    return RequestError(absl::InvalidArgumentError("the upload ended before its first message"));
  }
  if (!ParseByteBuffer(*request, message.get())) return RequestError(NoMessageError(*message));
  request->Clear();  // gRPC would keep it to the call's end.
  if (endpoint_.audited) record_.resource = ResourceOf(*endpoint_.route, *message);
  const access::Decision decision = environment_.gatekeeper->Decide(*caller, endpoint_.traits);
  if (!decision.allowed()) return RequestError(decision.status());
  if (endpoint_.local != nullptr) return AnswerLocally(*message);
  if (WantsContent(*decision.rule(), *environment_.log)) {
    content_.emplace(endpoint_, *decision.rule());
    content_->TakeRequest(*message);
  }
  PolicyEffects effects;
  absl::StatusOr<upstream::Request> encoded =
      EncodeAllowedRequest(decision, endpoint_, environment_.names,
                           ContextHeaders(*context_, record_.request_id), message.get(), &effects);
  if (endpoint_.audited) record_.resource = ResourceOf(*endpoint_.route, *message);
  if (!endpoint_.route->model.empty()) record_.model = endpoint_.route->model.GetString(*message);
  if (!encoded.ok()) return RequestError(encoded.status());
  *prepared = *std::move(encoded);
  if (is_stream()) judge_.emplace(*endpoint_.route->stream, *message);
  if (endpoint_.route->upload) {
    if (absl::optional<Error> error = PrepareUpload(*message, prepared)) return error;
  }
  withholds_secrets_ = !decision.delivers_secrets();
  if (absl::Status chosen = ChooseKey(*decision.rule(), prepared); !chosen.ok()) {
    return RequestError(chosen);
  }
  SetLimits(prepared);
  if (!decision.rule()->quota.empty()) {
    quota_call_ = {decision.quota_key(), decision.rule()->quota, is_stream()};
  }
  return absl::nullopt;
}

absl::Status Call::ChooseKey(const access::PolicyRule& rule, upstream::Request* prepared) {
  absl::StatusOr<upstream::Secret> callers =
      CallersKey(*context_, rule, environment_.private_listener);
  if (!callers.ok()) return callers.status();
  if (!callers->empty()) {
    // Not upstream_key_: what becomes of it says nothing of the service's own keys.
    key_owner_ = KeyOwner::kCaller;
    prepared->key = std::make_shared<upstream::ApiKey>(*callers);
    return absl::OkStatus();
  }
  const std::string& label = rule.upstream_key;
  if (environment_.keys == nullptr) {
    if (label.empty()) return absl::OkStatus();
    // Better no call than one with another key than the policy says.
    return absl::FailedPreconditionError(absl::StrCat(
        "the policy chooses the upstream key \"", label, "\", but `upstream.keys` is not set"));
  }
  auto key = environment_.keys->Pick(label);
  if (!key.ok()) return key.status();
  upstream_key_ = *std::move(key);
  prepared->key = upstream_key_;
  return absl::OkStatus();
}

absl::optional<Error> Call::AnswerLocally(const Message& request) {
  const std::unique_ptr<Message> response(endpoint_.response_prototype->New());
  const absl::Status answered =
      endpoint_.local->Answer(*context_, record_.request_id, request, response.get());
  if (!answered.ok()) return RequestError(answered);
  SetAnswer(*response);
  return absl::nullopt;
}

void Call::SetLimits(upstream::Request* request) {
  const TimeLimits& times = endpoint_.times;
  request->connect_timeout = times.connect;
  // An upload is answered when it has ended, whenever that is.
  const bool upload = endpoint_.route->upload.has_value();
  request->first_event_timeout = upload ? milliseconds(0) : times.first_event;
  request->answer_timeout = upload ? times.answer : milliseconds(0);
  request->idle_timeout = times.idle;
  const Limits& limits = environment_.limits;
  request->max_body_bytes = limits.max_response_bytes;
  request->sse.max_event_bytes = limits.max_event_bytes;
  request->sse.max_line_bytes = limits.max_event_bytes;
  request->deadline = started_at_ + times.whole;

  const steady_clock::duration remaining = CallerTimeLeft();
  if (remaining == steady_clock::duration::max()) return;
  const auto answer_by = steady_clock::now() + remaining - DeadlineMargin(remaining);
  if (answer_by < request->deadline) {
    request->deadline = answer_by;
    caller_deadline_binds_ = true;
  }
}

steady_clock::duration Call::CallerTimeLeft() const {
  const gpr_timespec deadline =
      gpr_convert_clock_type(context_->raw_deadline(), GPR_CLOCK_MONOTONIC);
  const gpr_timespec left = gpr_time_sub(deadline, gpr_now(GPR_CLOCK_MONOTONIC));
  // No limit of ours is as long; what lies beyond the year 2262 overflows a duration.
  constexpr std::int64_t kYear = 365 * 24 * 3600;
  if (left.tv_sec >= kYear) return steady_clock::duration::max();
  return std::chrono::seconds(left.tv_sec) + std::chrono::nanoseconds(left.tv_nsec);
}

// ---------------------------------------------------------------- quota

void Call::AskQuota(std::unique_ptr<upstream::Request> prepared) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    prepared_ = std::move(prepared);
    state_ = State::kWaiting;
  }
  environment_.gatekeeper->quotas().Acquire(
      *quota_call_, [self = shared_from_this()](absl::optional<access::QuotaRefusal> refusal) {
        self->OnQuota(std::move(refusal));
      });
}

void Call::OnQuota(absl::optional<access::QuotaRefusal> refusal) {
  std::unique_ptr<upstream::Request> prepared;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (refusal && state_ == State::kWaiting) {
      Error error = RequestError(access::ToStatus(*refusal));
      error.retry_after = refusal->retry_after;
      SettleLocked(std::move(error));
    }
    if (refusal) return;
    if (state_ == State::kWaiting) {
      holds_quota_ = true;
      prepared = std::move(prepared_);
      state_ = State::kStarting;
    }
  }
  if (prepared == nullptr) {  // The call has ended meanwhile.
    environment_.gatekeeper->quotas().Release(*quota_call_, 0);
    return;
  }
  TakeTurn(std::move(prepared));
}

// ---------------------------------------------------------------- admission

void Call::TakeTurn(std::unique_ptr<upstream::Request> prepared) {
  const auto entry = environment_.admission->Enter(
      record_.caller, [self = shared_from_this()] { self->OnAdmitted(); });
  std::lock_guard<std::mutex> lock(mutex_);
  if (entry.answer == access::Admission::Answer::kRefused) {
    SettleLocked(Overloaded());
    return;
  }
  prepared_ = std::move(prepared);
  state_ = State::kWaiting;
  ticket_ = entry.ticket;
  // The turn of one that waits may have come meanwhile.
  if (entry.answer == access::Admission::Answer::kAdmitted) admitted_ = true;
  if (admitted_ || abort_error_ || caller_gone_) {
    LaunchLocked();
    return;
  }
  environment_.metrics->waiting_calls().Increment();
  counted_waiting_ = true;
  wait_began_ = steady_clock::now();
  const auto wait = std::min<steady_clock::duration>(prepared_->deadline - steady_clock::now(),
                                                     environment_.limits.max_wait);
  // gRPC keeps the function as long as the alarm, which is the call's own.
  wait_alarm_.emplace();
  wait_alarm_->Set(system_clock::now() + wait, [weak = weak_from_this()](bool expired) {
    const std::shared_ptr<Call> self = weak.lock();
    if (expired && self != nullptr) self->OnWaitOver();
  });
}

void Call::OnAdmitted() {
  std::lock_guard<std::mutex> lock(mutex_);
  admitted_ = true;
  if (state_ == State::kWaiting) LaunchLocked();
}

void Call::OnWaitOver() {
  std::lock_guard<std::mutex> lock(mutex_);
  if (state_ != State::kWaiting || admitted_) return;
  const bool too_late = prepared_->deadline <= steady_clock::now();
  SettleLocked(too_late ? DeadlineError(caller_deadline_binds_) : Overloaded());
}

void Call::LaunchLocked() {
  if (caller_gone_ || abort_error_) {
    SettleLocked(abort_error_ ? *abort_error_ : CancelledError());
    return;
  }
  EndWaitLocked();
  state_ = State::kRunning;
  // The loop's first call may come before Start returns; it waits for mutex_.
  launched_ = steady_clock::now();
  exchange_ = environment_.client->Start(std::move(*prepared_), shared_from_this());
  prepared_.reset();
}

void Call::EndWaitLocked() {
  if (!std::exchange(counted_waiting_, false)) return;
  // Out of the line at once, so that another may join it.
  if (!admitted_ && environment_.admission->Withdraw(record_.caller, ticket_)) ticket_ = 0;
  wait_alarm_->Cancel();
  environment_.metrics->waiting_calls().Decrement();
  environment_.metrics->admission_wait().Observe(
      std::chrono::duration<double>(steady_clock::now() - wait_began_).count());
}

void Call::GiveBackQuota() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!holds_quota_) return;
  }
  // A stream that ends without a report, which callers can arrange, has cost at least a
  // token for each of its events.
  const auto events = static_cast<std::int64_t>(record_.events);
  environment_.gatekeeper->quotas().Release(
      *quota_call_,
      record_.prompt_tokens.value_or(0) + record_.completion_tokens.value_or(events));
}

void Call::GiveUpPlace() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    // One whose turn came while it withdrew has its place all the same.
    const bool has_place =
        admitted_ ||
        (ticket_ != 0 && !environment_.admission->Withdraw(record_.caller, ticket_));
    if (!has_place) return;
  }
  environment_.admission->Leave();
}

}  // namespace fireworks::server
