#include "service/server/call.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "service/server/answer.h"
#include "service/server/byte_buffer.h"
#include "service/server/call_registry.h"
#include "service/server/exchange_error.h"
#include "service/server/extra_json.h"
#include "service/server/key_keeper.h"
#include "service/server/trace_context.h"
#include "service/server/withheld.h"

namespace fireworks::server {

namespace errors_v1 = fireworks::errors::v1;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using std::chrono::nanoseconds;
using std::chrono::steady_clock;

// Events that are decoded before the first of them is written: what is written together
// costs one system call, and a read can bring hundreds.
constexpr std::size_t kEventsAtOnce = 64;
// Likewise, of large events: these must not go far beyond the limit of the queue.
constexpr std::size_t kBytesAtOnce = 16 * 1024;

Call::Call(const Environment& environment, const Endpoint& endpoint,
           grpc::CallbackServerContext* context, Face* face)
    : environment_(environment),
      endpoint_(endpoint),
      context_(context),
      face_(face),
      started_at_(steady_clock::now()),
      trace_(CallTrace::Begin(environment.tracing, endpoint, *context)) {
  record_.request_id = RequestId(*context);
  record_.peer = context->peer();
  if (trace_ != nullptr) {
    record_.trace_id = trace_->trace_id();
  } else if (const auto trace = CallersTraceContext(*context)) {
    record_.trace_id = trace->trace_id;
  }
}

// ---------------------------------------------------------------- stream

void Call::OnHead(upstream::ResponseHead head) {
  head_ = std::move(head);
  environment_.metrics->upstream().CountResponse(head_.status);
  record_.http_status = head_.status;
  record_.upstream_request_id = std::string(head_.Find("x-request-id"));
  if (upstream_key_ != nullptr && IsSuccess(head_.status)) {
    environment_.keys->Accepted(*upstream_key_);
  }
  if (!is_stream() || !IsSuccess(head_.status) ||
      !HasMediaType(head_.Find("content-type"), "text/event-stream")) {
    return;
  }
  events_expected_ = true;
  const bool plain = IsPlain(head_.Find("content-encoding"));
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (state_ != State::kRunning || caller_gone_) return;
    // A stream's status may be decided before its exchange has ended.
    record_.attempts = exchange_->attempt();
    if (plain) {
      context_->AddInitialMetadata("x-request-id", record_.request_id);
      face_->SendInitialMetadata();
    }
  }
  if (!plain) return Conclude(UnexpectedEncoding(head_));
  KeepForTrailers(&head_);
}

void Call::OnEvent(const sse::Event& event) {
  if (!work_began_) takes_events_ = TakesEvents();
  if (!takes_events_) return;
  absl::optional<Ending> ending = HandleEvent(event);
  if (ending || fresh_.size() == kEventsAtOnce || fresh_bytes_ >= kBytesAtOnce) HandOver();
  if (!ending) return;
  takes_events_ = false;
  // The exchange may read on, and its end is not waited for.
  const upstream::Traffic traffic = exchange_->traffic();
  record_.upstream_sent_bytes = traffic.sent;
  record_.upstream_received_bytes = traffic.received;
  Conclude(std::move(ending->error));
}

void Call::OnEventsEnd() {
  if (takes_events_) HandOver();
  work_began_.reset();
}

bool Call::TakesEvents() {
  work_began_ = steady_clock::now();
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (state_ != State::kRunning || caller_gone_) return false;
  }
  if (!record_.time_to_first_event) record_.time_to_first_event = *work_began_ - started_at_;
  return true;
}

absl::optional<Call::Ending> Call::HandleEvent(const sse::Event& event) {
  const contract::StreamRules& rules = *endpoint_.route->stream;
  if (IsBlank(event.data)) return absl::nullopt;  // A heartbeat: it says nothing.
  if (!rules.done_marker.empty() && event.data == rules.done_marker) {
    HandOver();  // What has been delivered is part of the verdict.
    return Ending{JudgeStreamEnd(upstream::Outcome{})};
  }
  bool passed_on = false;
  const absl::Status decoded = DecodeEvent(event, &passed_on);
  if (!decoded.ok()) return Ending{MalformedEvent(decoded)};
  return passed_on ? absl::nullopt : HandleMessage(event);
}

absl::Status Call::DecodeEvent(const sse::Event& event, bool* passed_on) {
  const json::MessageTable& table = *endpoint_.response_table;
  const json::DecodeOptions& options = environment_.limits.json;
  json::Decoder& decoder = ThreadsDecoder();
  if (!MayPassOn(event)) {
    return decoder.Decode(table, event.data, options, NeededMessage(), &record_.drift);
  }
  absl::optional<absl::string_view> wire;
  const absl::Status decoded =
      decoder.Skim(table, event.data, options, *endpoint_.watched,
                   [this] { return NeededMessage(); }, &record_.drift, &wire);
  *passed_on = wire.has_value();
  if (wire) {
    AddFresh(CopyOf(*wire));
    message_.reset();
  }
  return decoded;
}

// One in each call would hold two kilobytes for as long as the call lasts.
json::Decoder& Call::ThreadsDecoder() {
  thread_local json::Decoder decoder;
  return decoder;
}

// It stays for the next event, whose decoder finds memory there.
Message* Call::NeededMessage() {
  if (message_ == nullptr) message_.reset(endpoint_.response_prototype->New());
  return message_.get();
}

void Call::AddFresh(OutgoingMessage message) {
  // One comes alone, or many.
  if (fresh_.size() == 1) fresh_.reserve(kEventsAtOnce);
  fresh_bytes_ += message.size();
  fresh_.push_back(std::move(message));
}

// Most messages of most streams are a piece of text, in which there is nothing to look
// for: to build and to encode them would be half of what they cost.
bool Call::MayPassOn(const sse::Event& event) const {
  return endpoint_.watched.has_value() && !content_ && !IsErrorEvent(event) &&
         (!withholds_secrets_ || endpoint_.answer_secrets.empty()) &&
         (trace_ == nullptr || !trace_->WantsMessage());
}

absl::optional<Call::Ending> Call::HandleMessage(const sse::Event& event) {
  if (absl::optional<Error> error = InStreamError(event)) return Ending{std::move(error)};
  ReadUsage(*message_);
  if (trace_ != nullptr) trace_->OnMessage(*message_, record_);
  PrepareAnswer(message_.get());
  const StreamJudge::Verdict verdict = judge_->Look(*message_);
  AddFresh(Serialize(*message_));
  switch (verdict) {
    case StreamJudge::Verdict::kContinue:
      return absl::nullopt;
    case StreamJudge::Verdict::kFinal:
      return Ending{absl::nullopt};
    case StreamJudge::Verdict::kFailed:
      return Ending{FromStreamError(event.data, key_owner_)};
    case StreamJudge::Verdict::kCancelled:
      return Ending{GenerationCancelled()};
  }
  return absl::nullopt;
}

bool Call::IsErrorEvent(const sse::Event& event) const {
  const std::vector<std::string>& names = endpoint_.route->stream->error_events;
  return std::find(names.begin(), names.end(), event.type) != names.end();
}

absl::optional<Error> Call::InStreamError(const sse::Event& event) const {
  const contract::StreamRules& rules = *endpoint_.route->stream;
  if (IsErrorEvent(event)) return FromStreamError(event.data, key_owner_);
  // An error object is no field of the contract and no arm of a union, so it
  // is found among what the decoder did not know.
  if (rules.error_key.empty()) return absl::nullopt;
  const FieldDescriptor* unknown = endpoint_.response_unknown;
  const bool is_error =
      (endpoint_.response_extra != nullptr &&
       HasExtra(endpoint_.response_extra, rules.error_key, *message_)) ||
      (unknown != nullptr && message_->GetReflection()->HasField(*message_, unknown) &&
       HasMember(event.data, rules.error_key));
  if (is_error) return FromStreamError(event.data, key_owner_);
  return absl::nullopt;
}

void Call::HandOver() {
  const auto now = steady_clock::now();
  const auto took = now - *work_began_;
  work_began_ = now;
  record_.overhead += took;
  if (fresh_.empty()) return;
  record_.time_to_last_event = now - started_at_;
  record_.event_overhead.Observe(took);
  std::unique_lock<std::mutex> lock(mutex_);
  record_.events += fresh_.size();
  new_events_ += fresh_.size();
  std::vector<OutgoingMessage> messages = std::exchange(fresh_, {});
  fresh_bytes_ = 0;
  if (caller_gone_) return;
  for (const OutgoingMessage& message : messages) queued_bytes_ += message.size();
  queue_.Append(std::move(messages));
  if (!write_in_flight_) {
    Pump(std::move(lock));
    lock = std::unique_lock<std::mutex>(mutex_);
  }
  // What is still there now, the caller does not take at once.
  const Limits& limits = environment_.limits;
  const bool full =
      queue_.size() >= limits.max_queued_events || queued_bytes_ >= limits.max_queued_bytes;
  if (full && !paused_) {
    paused_ = true;
    ++new_pauses_;
    exchange_->Pause();
  }
}

void Call::Pump(std::unique_lock<std::mutex> lock) {
  if (!TakeNextLocked()) return FinishIfDueLocked();
  const bool more = !queue_.empty();
  lock.unlock();
  face_->Write(&writing_, more);
}

void Call::FinishIfDueLocked() {
  // Nothing is queued: of what is, the first is always being written.
  if (!write_in_flight_ && state_ == State::kFlushing) FinishLocked();
}

bool Call::TakeNextLocked() {
  if (queue_.empty()) return false;
  writing_ = queue_.Take();
  queued_bytes_ -= writing_.size();
  sent_bytes_ += writing_.size();
  const Limits& limits = environment_.limits;
  // The low watermark is half the high one.
  if (paused_ && queue_.size() <= limits.max_queued_events / 2 &&
      queued_bytes_ <= limits.max_queued_bytes / 2) {
    paused_ = false;
    exchange_->Resume();
  }
  write_in_flight_ = true;
  ++writes_;
  return true;
}

void Call::OnWriteDone(bool ok) {
  std::unique_lock<std::mutex> lock(mutex_);
  write_in_flight_ = false;
  writing_ = OutgoingMessage();
  if (!ok || caller_gone_) {
    caller_gone_ = true;
    queue_.Clear();
    queued_bytes_ = 0;
    if (exchange_ != nullptr) exchange_->Cancel();
  }
  Pump(std::move(lock));
}

void Call::OnCancel() {
  std::lock_guard<std::mutex> lock(mutex_);
  caller_gone_ = true;
  queue_.Clear();
  queued_bytes_ = 0;
  if (state_ == State::kWaiting) {
    SettleLocked(CancelledError());
    return;
  }
  // OnEnd follows and decides the status, unless it is decided already.
  if (exchange_ != nullptr) exchange_->Cancel();
  FinishIfDueLocked();
}

void Call::CheckCaller(steady_clock::time_point now) {
  CutOffSlowReader(now);
  EndIdleUpload(now);
}

void Call::CutOffSlowReader(steady_clock::time_point now) {
  // To the end: while a write is in flight the call can't be over, so context_ lives.
  std::lock_guard<std::mutex> lock(mutex_);
  if (!write_in_flight_ || caller_gone_ || slow_reader_) return;
  if (writes_ != checked_write_) {
    checked_write_ = writes_;
    checked_since_ = now;
  }
  if (now - checked_since_ < environment_.limits.slow_reader_timeout) return;
  slow_reader_ = true;
  // OnCancel follows. gRPC has no way to end a call whose write it can't end.
  context_->TryCancel();
}

void Call::Abort(Error error) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (state_ == State::kFlushing || state_ == State::kFinished) return;
  if (state_ == State::kArriving || state_ == State::kWaiting) {
    SettleLocked(std::move(error));
    return;
  }
  abort_error_ = std::move(error);
  if (exchange_ != nullptr) exchange_->Cancel();
}

// ---------------------------------------------------------------- end

void Call::PrepareAnswer(Message* answer) {
  if (withholds_secrets_) WithholdSecrets(endpoint_.answer_secrets, answer);
  if (content_) content_->TakeAnswer(*answer);
}

void Call::ReadUsage(const Message& message) {
  const contract::UsageRules& rules = endpoint_.route->usage;
  const auto read = [&message](const std::vector<contract::FieldPath>& paths,
                               absl::optional<std::int64_t>* count) {
    for (const contract::FieldPath& path : paths) {
      path.Visit(message, [&](const Message& holder) {
        if (holder.GetReflection()->HasField(holder, path.leaf())) *count = path.GetInt(message);
      });
    }
  };
  read(rules.prompt_tokens, &record_.prompt_tokens);
  read(rules.completion_tokens, &record_.completion_tokens);
  read(rules.cached_tokens, &record_.cached_tokens);
}

void Call::Conclude(absl::optional<Error> error) {
  std::lock_guard<std::mutex> lock(mutex_);
  const bool upstream_may_run_on = !error.has_value();
  // After a complete stream the exchange reads on to its end, so that the
  // connection can be used again; after an error nothing more is wanted.
  if (exchange_ != nullptr && !upstream_may_run_on) exchange_->Cancel();
  if (exchange_ != nullptr && upstream_may_run_on && paused_) exchange_->Resume();
  paused_ = false;
  SettleLocked(std::move(error));
}

void Call::SettleLocked(absl::optional<Error> error) {
  EndWaitLocked();
  prepared_.reset();
  if (launched_) record_.upstream_time = steady_clock::now() - *launched_;
  final_error_ = std::move(error);
  if (trace_ != nullptr) trace_->Decide(final_error_ ? ReasonName(final_error_->reason) : "");
  state_ = State::kFlushing;
  FinishIfDueLocked();
}

void Call::FinishLocked() {
  state_ = State::kFinished;
  Trailers trailers = MakeTrailers();
  if (const absl::optional<std::int64_t> pushback = Pushback()) {
    context_->AddTrailingMetadata("grpc-retry-pushback-ms", std::to_string(*pushback));
  }
  for (const auto& entry : trailers.entries()) {
    context_->AddTrailingMetadata(entry.first, entry.second);
  }
  if (trailers.dropped() > 0) {
    environment_.metrics->dropped_metadata().Increment(trailers.dropped());
  }
  face_->Finish(final_error_ ? ToStatus(*final_error_, record_.request_id) : grpc::Status::OK);
}

absl::optional<std::int64_t> Call::Pushback() const {
  if (!final_error_) return absl::nullopt;
  const bool generating =
      IsSuccess(head_.status) && endpoint_.route->verb == contract::Verb::kPost;
  if (generating || may_have_spent_) return -1;
  if (!final_error_->retry_after) return absl::nullopt;
  return absl::ToInt64Milliseconds(*final_error_->retry_after);
}

Trailers Call::MakeTrailers() const {
  Trailers trailers;
  trailers.Add("x-request-id", record_.request_id);
  if (!record_.upstream_request_id.empty()) {
    trailers.Add("x-upstream-request-id", record_.upstream_request_id);
  }
  const auto microseconds = [](nanoseconds time) {
    return std::chrono::duration_cast<std::chrono::microseconds>(time).count();
  };
  trailers.AddNumber("x-upstream-attempts", record_.attempts);
  trailers.AddNumber("x-gateway-overhead-us", microseconds(record_.overhead));
  if (record_.time_to_first_event) {
    trailers.AddNumber("x-time-to-first-event-us", microseconds(*record_.time_to_first_event));
  }
  if (record_.prompt_tokens) trailers.AddNumber("x-usage-prompt-tokens", *record_.prompt_tokens);
  if (record_.completion_tokens) {
    trailers.AddNumber("x-usage-completion-tokens", *record_.completion_tokens);
  }
  if (record_.cached_tokens) trailers.AddNumber("x-usage-cached-tokens", *record_.cached_tokens);
  trailers.AddUpstream(head_);
  return trailers;
}

}  // namespace fireworks::server
