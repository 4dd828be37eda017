// Of service/server/call.h: what the end of an exchange means for its call.
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/server/answer.h"
#include "service/server/byte_buffer.h"
#include "service/server/call.h"
#include "service/server/exchange_error.h"
#include "service/server/key_keeper.h"
#include "service/server/upstream_error.h"

namespace fireworks::server {

namespace errors_v1 = fireworks::errors::v1;
using std::chrono::steady_clock;

void Call::OnEnd(upstream::Outcome outcome) {
  telemetry::UpstreamMetrics& metrics = environment_.metrics->upstream();
  metrics.CountEnd(upstream::EndName(outcome.end));
  metrics.CountTraffic(outcome.attempts, outcome.bytes_sent, outcome.bytes_received);
  absl::optional<Error> aborted;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (state_ != State::kRunning) return;  // Decided before: a done marker, an error.
    aborted = abort_error_;
  }
  const auto began = steady_clock::now();
  record_.attempts = outcome.attempts;
  record_.upstream_sent_bytes = outcome.bytes_sent;
  record_.upstream_received_bytes = outcome.bytes_received;
  may_have_spent_ = MayHaveSpent(outcome);
  absl::optional<Error> error = std::move(aborted);
  if (!error) error = is_stream() ? JudgeStreamEnd(outcome) : JudgeUnaryEnd(&outcome);
  record_.overhead += steady_clock::now() - began;
  Conclude(std::move(error));
}

// Whether upstream may have done what a POST or PATCH asked for, so that to ask
// again would be to pay twice. A refusal (4xx) says that it has not.
bool Call::MayHaveSpent(const upstream::Outcome& outcome) const {
  const contract::Verb verb = endpoint_.route->verb;
  if (verb != contract::Verb::kPost && verb != contract::Verb::kPatch) return false;
  if (outcome.safe_to_repeat || !outcome.request_sent) return false;
  return head_.status / 100 != 4 || head_.status == 408;
}

absl::optional<Error> Call::CommonEndError(const upstream::Outcome& outcome) const {
  if (outcome.end == upstream::End::kDeadline) return DeadlineError(caller_deadline_binds_);
  // What upstream said beats how the connection ended while it said it.
  const bool refused = head_.status != 0 && !IsSuccess(head_.status);
  if (refused && outcome.end != upstream::End::kCancelled) {
    const bool plain = IsPlain(head_.Find("content-encoding"));
    Error error = FromErrorAnswer(head_, plain ? outcome.body : "", key_owner_);
    if (outcome.retry_after) error.retry_after = absl::FromChrono(*outcome.retry_after);
    if (upstream_key_ != nullptr &&
        error.reason == errors_v1::ERROR_REASON_UPSTREAM_CREDENTIALS) {
      environment_.keys->Refused(*upstream_key_);
    }
    return error;
  }
  return ExchangeError(outcome);
}

absl::optional<Error> Call::JudgeStreamEnd(const upstream::Outcome& outcome) {
  if (absl::optional<Error> error = CommonEndError(outcome)) return error;
  if (!events_expected_) {
    if (head_.status == 0) return NoAnswer(outcome);
    return UnexpectedContentType(head_, "text/event-stream", outcome.body);
  }
  if (judge_->generation_failed()) return GenerationFailed();
  if (judge_->all_choices_finished()) return absl::nullopt;
  if (outcome.end == upstream::End::kIdleTimeout) {
    return Truncated(errors_v1::ERROR_REASON_STREAM_STALLED,
                     "the stream fell silent before the answer was complete");
  }
  return Truncated(errors_v1::ERROR_REASON_STREAM_TRUNCATED,
                   "the stream ended before the answer was complete");
}

Error Call::Truncated(errors_v1::ErrorReason reason, const std::string& why) const {
  Error error;
  error.reason = reason;
  error.code = record_.events == 0 ? grpc::StatusCode::UNAVAILABLE : grpc::StatusCode::DATA_LOSS;
  error.message = absl::StrCat(why, " (", record_.events, " events delivered)");
  return error;
}

absl::optional<Error> Call::JudgeUnaryEnd(upstream::Outcome* outcome) {
  if (absl::optional<Error> error = CommonEndError(*outcome)) return error;
  if (outcome->end != upstream::End::kComplete) {
    if (head_.status == 0) return NoAnswer(*outcome);
    return BodyTruncated(endpoint_.route->verb == contract::Verb::kGet, *outcome);
  }
  if (!IsPlain(head_.Find("content-encoding"))) return UnexpectedEncoding(head_);
  const absl::string_view content_type = head_.Find("content-type");
  if (!IsBlank(outcome->body) && !content_type.empty() &&
      !HasMediaType(content_type, "application/json")) {
    return UnexpectedContentType(head_, "application/json", outcome->body);
  }
  return DecodeAnswer(std::move(outcome->body));
}

// Of a large answer there are never more than two forms at a time.
absl::optional<Error> Call::DecodeAnswer(std::string body) {
  const std::unique_ptr<google::protobuf::Message> message(endpoint_.response_prototype->New());
  if (IsBlank(body)) {
    if (!endpoint_.route->empty_response) return EmptyBody(head_.status);
  } else {
    const absl::Status decoded =
        ThreadsDecoder().DecodeAndFree(*endpoint_.response_table, std::move(body),
                                       environment_.limits.json, message.get(), &record_.drift);
    if (!decoded.ok()) return MalformedBody(decoded);
    ReadUsage(*message);
    if (trace_ != nullptr) trace_->OnMessage(*message, record_);
    PrepareAnswer(message.get());
  }
  SetAnswer(*message);
  return absl::nullopt;
}

void Call::SetAnswer(const google::protobuf::Message& answer) {
  grpc::ByteBuffer bytes = SerializeToByteBuffer(answer);
  {
    std::lock_guard<std::mutex> lock(mutex_);
    sent_bytes_ += bytes.Length();
  }
  face_->SetResponse(std::move(bytes));
}

}  // namespace fireworks::server
