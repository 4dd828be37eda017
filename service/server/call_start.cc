// Of service/server/call.h: from a call's arrival to its exchange.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/server/answer.h"
#include "service/server/byte_buffer.h"
#include "service/server/call.h"
#include "service/server/call_registry.h"
#include "service/server/exchange_error.h"
#include "service/server/gatekeeper.h"
#include "service/server/key_keeper.h"
#include "service/server/local_method.h"
#include "service/server/request_encoder.h"

namespace fireworks::server {
namespace {

using google::protobuf::Message;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using std::chrono::system_clock;

constexpr char kIsolationHeader[] = "x-prompt-cache-isolation-key";

// A deadline is answered this much before it passes, so that the caller still
// gets the status and its trailers.
steady_clock::duration DeadlineMargin(steady_clock::duration remaining) {
  return std::min<steady_clock::duration>(milliseconds(50), remaining / 20);
}

// What the path of the request names, such as "accounts/a/models/m".
std::string ResourceOf(const contract::Route& route, const Message& request) {
  std::string resource;
  for (const contract::FieldPath& variable : route.path_variables) {
    absl::StrAppend(&resource, resource.empty() ? "" : ", ", variable.GetString(request));
  }
  return resource;
}

// What the rule that allows the call says of its request: aliases, the limit of
// tokens, whose prompt cache.
absl::Status ApplyPolicy(const access::Decision& decision, const Endpoint& endpoint,
                         Message* request) {
  const contract::Route& route = *endpoint.route;
  const auto& reflection = *request->GetReflection();
  if (!route.model.empty()) {
    const std::string model = route.model.GetString(*request);
    std::string resolved = decision.ResolveModel(model);
    if (resolved != model) route.model.SetString(request, std::move(resolved));
  }
  bool asked = false;
  for (const auto* field : endpoint.max_tokens) {
    if (!reflection.HasField(*request, field)) continue;
    asked = true;
    const auto limit = decision.CheckMaxTokens(reflection.GetInt32(*request, field));
    if (!limit.ok()) return limit.status();
  }
  if (!asked && !endpoint.max_tokens.empty()) {
    const auto limit = decision.CheckMaxTokens(absl::nullopt);
    if (!limit.ok()) return limit.status();
    if (*limit) {
      reflection.SetInt32(request, endpoint.max_tokens.front(),
                          static_cast<std::int32_t>(std::min<std::int64_t>(**limit, INT32_MAX)));
    }
  }
  const absl::optional<std::string> isolation = decision.prompt_cache_isolation_key();
  if (isolation && endpoint.cache_isolation != nullptr) {
    reflection.SetString(request, endpoint.cache_isolation, *isolation);
  }
  return absl::OkStatus();
}

// The same for those who say it in a header; the caller's own word does not count.
void IsolateCache(const access::Decision& decision, upstream::Request* request) {
  const absl::optional<std::string> key = decision.prompt_cache_isolation_key();
  if (!key) return;
  auto& headers = request->headers;
  headers.erase(std::remove_if(headers.begin(), headers.end(),
                               [](const auto& header) { return header.name == kIsolationHeader; }),
                headers.end());
  headers.push_back({kIsolationHeader, *key});
}

}  // namespace

void Call::Arrive() {
  endpoint_.metrics->Started();
  environment_.metrics->active_calls().Increment();
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (endpoint_.route->upload) waiting_since_ = started_at_;
  }
  environment_.registry->Add(shared_from_this());
}

void Call::Start(const grpc::ByteBuffer* request) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (state_ != State::kArriving) return;  // It was ended while it was waited for.
    state_ = State::kStarting;
    waiting_since_.reset();
  }
  auto prepared = std::make_unique<upstream::Request>();
  absl::optional<Error> error = Prepare(request, prepared.get());
  record_.overhead = steady_clock::now() - started_at_;
  if (error || endpoint_.local != nullptr) {
    Conclude(std::move(error));
    return;
  }
  if (quota_call_) {
    AskQuota(std::move(prepared));
  } else {
    TakeTurn(std::move(prepared));
  }
}

absl::optional<Error> Call::Prepare(const grpc::ByteBuffer* request,
                                    upstream::Request* prepared) {
  absl::StatusOr<access::Caller> caller = environment_.gatekeeper->Identify(*context_);
  if (!caller.ok()) return RequestError(caller.status());
  record_.caller = caller->name;

  std::unique_ptr<Message> message(endpoint_.request_prototype->New());
  if (request == nullptr) {
    return RequestError(absl::InvalidArgumentError("the upload ended before its first message"));
  }
  if (!ParseByteBuffer(*request, message.get())) return RequestError(NoMessageError(*message));
  if (endpoint_.audited) record_.resource = ResourceOf(*endpoint_.route, *message);
  const access::Decision decision = environment_.gatekeeper->Decide(*caller, endpoint_.traits);
  if (!decision.allowed()) return RequestError(decision.status());
  if (endpoint_.local != nullptr) return AnswerLocally(*message);
  if (absl::Status applied = ApplyPolicy(decision, endpoint_, message.get()); !applied.ok()) {
    return RequestError(applied);
  }
  if (is_stream()) judge_.emplace(*endpoint_.route->stream, *message);

  absl::StatusOr<upstream::Request> encoded =
      EncodeRequest(endpoint_, environment_.names, message.get());
  if (endpoint_.audited) record_.resource = ResourceOf(*endpoint_.route, *message);
  if (!endpoint_.route->model.empty()) record_.model = endpoint_.route->model.GetString(*message);
  if (!encoded.ok()) return RequestError(encoded.status());
  // Only now the model is what upstream would be asked for.
  if (!endpoint_.route->model.empty()) {
    const absl::Status permitted = decision.CheckModel(record_.model);
    if (!permitted.ok()) return RequestError(permitted);
  }
  *prepared = *std::move(encoded);
  if (endpoint_.route->upload) {
    if (absl::optional<Error> error = PrepareUpload(*message, prepared)) return error;
  }
  for (upstream::Header& header : ContextHeaders(*context_, record_.request_id)) {
    prepared->headers.push_back(std::move(header));
  }
  IsolateCache(decision, prepared);
  if (absl::Status chosen = ChooseKey(decision.rule()->upstream_key, prepared); !chosen.ok()) {
    return RequestError(chosen);
  }
  SetLimits(prepared);
  if (!decision.rule()->quota.empty()) {
    quota_call_ = {decision.quota_key(), decision.rule()->quota, is_stream()};
  }
  return absl::nullopt;
}

absl::Status Call::ChooseKey(const std::string& label, upstream::Request* prepared) {
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
  face_->SetResponse(SerializeToByteBuffer(*response));
  return absl::nullopt;
}

void Call::SetLimits(upstream::Request* request) {
  const TimeLimits& times = endpoint_.times;
  request->connect_timeout = times.connect;
  // An upload is answered when it has ended; the whole call's limit bounds it.
  request->first_event_timeout = endpoint_.route->upload ? milliseconds(0) : times.first_event;
  request->idle_timeout = times.idle;
  const Limits& limits = environment_.limits;
  request->max_body_bytes = limits.max_response_bytes;
  request->sse.max_event_bytes = limits.max_event_bytes;
  request->sse.max_line_bytes = limits.max_event_bytes;
  request->deadline = started_at_ + times.whole;

  const auto caller_deadline = context_->deadline();
  if (caller_deadline == system_clock::time_point::max()) return;
  const auto remaining = std::chrono::duration_cast<steady_clock::duration>(
      caller_deadline - system_clock::now());
  const auto answer_by = steady_clock::now() + remaining - DeadlineMargin(remaining);
  if (answer_by < request->deadline) {
    request->deadline = answer_by;
    caller_deadline_binds_ = true;
  }
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
  const auto wait = std::min<steady_clock::duration>(prepared_->deadline - steady_clock::now(),
                                                     environment_.limits.max_wait);
  // gRPC keeps the function as long as the alarm, which is the call's own.
  wait_alarm_.Set(system_clock::now() + wait, [weak = weak_from_this()](bool expired) {
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
  exchange_ = environment_.client->Start(std::move(*prepared_), shared_from_this());
  prepared_.reset();
}

void Call::EndWaitLocked() {
  if (!std::exchange(counted_waiting_, false)) return;
  // Out of the line at once, so that another may join it.
  if (!admitted_ && environment_.admission->Withdraw(record_.caller, ticket_)) ticket_ = 0;
  wait_alarm_.Cancel();
  environment_.metrics->waiting_calls().Decrement();
}

void Call::GiveBackQuota() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!holds_quota_) return;
  }
  environment_.gatekeeper->quotas().Release(
      *quota_call_, record_.prompt_tokens.value_or(0) + record_.completion_tokens.value_or(0));
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
