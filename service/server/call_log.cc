// Of service/server/call.h: what remains of a call when it is over, and what is shown of
// it before.
#include <chrono>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "service/server/call.h"
#include "service/server/call_registry.h"
#include "service/server/exchange_error.h"

namespace fireworks::server {
namespace {

using std::chrono::steady_clock;
using telemetry::LogLevel;
using telemetry::LogLine;

// Who has to do something about a call that ended so.
LogLevel LevelOf(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::OK:
    case grpc::StatusCode::CANCELLED:  // the caller's own wish
      return LogLevel::kInfo;
    case grpc::StatusCode::UNKNOWN:
    case grpc::StatusCode::INTERNAL:
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::DATA_LOSS:
      return LogLevel::kError;
    default:
      return LogLevel::kWarning;
  }
}

}  // namespace

void Call::OnDone() {
  CountFlow();
  LogAndCount();
  GiveBackQuota();
  GiveUpPlace();
  // Last: who sees these change may count on all that the call has done.
  if (endpoint_.kind != telemetry::Metrics::CallKind::kUnary) {
    environment_.metrics->active_streams().Decrement();
  }
  environment_.metrics->active_calls().Decrement();
  environment_.registry->Remove(this);
}

void Call::LogAndCount() {
  const auto duration = steady_clock::now() - started_at_;
  std::lock_guard<std::mutex> lock(mutex_);
  record_.received_bytes = received_bytes_;
  record_.sent_bytes = sent_bytes_;
  const absl::optional<Error> error = LastErrorLocked();
  const grpc::StatusCode code = error ? error->code : grpc::StatusCode::OK;
  const std::string reason = error ? ReasonName(error->reason) : "";
  CountEnd(code, reason, duration);
  if (trace_ != nullptr) trace_->End(code, reason, record_);
  // That callers leave is no error, and would push the errors out.
  if (error && error->reason != fireworks::errors::v1::ERROR_REASON_CANCELLED) {
    environment_.recent_errors->Add({absl::Now(), endpoint_.name,
                                     std::string(telemetry::StatusName(code)), reason,
                                     record_.caller, record_.request_id});
  }
  LogCall(code, reason, duration);
  if (endpoint_.audited) LogAudit(code, reason);
  if (content_) LogContent();
}

absl::optional<Error> Call::LastErrorLocked() const {
  if (slow_reader_) return SlowReader();
  if (!caller_gone_) return final_error_;
  const bool expired = CallerTimeLeft() <= steady_clock::duration::zero();
  return expired ? DeadlineError(/*callers_own=*/true) : CancelledError();
}

void Call::LogCall(grpc::StatusCode code, const std::string& reason,
                   steady_clock::duration duration) const {
  telemetry::Log& log = *environment_.log;
  const LogLevel level = LevelOf(code);
  const bool sampled = code == grpc::StatusCode::OK;
  if (!log.Wants(level) || (sampled && !log.TakeSample())) return;
  LogLine line("call", level);
  line.Text("method", endpoint_.name)
      .Text("status", telemetry::StatusName(code))
      .TextIfAny("reason", reason)
      .Number("duration_us",
              std::chrono::duration_cast<std::chrono::microseconds>(duration).count());
  record_.AppendTo(&line);
  const std::uint32_t one_in = log.settings().sample_one_in;
  if (sampled && one_in > 1) line.Number("sampled_one_in", one_in);
  log.Write(std::move(line));
}

void Call::LogAudit(grpc::StatusCode code, const std::string& reason) const {
  LogLine audit("audit", LogLevel::kAudit);
  audit.Text("method", endpoint_.name)
      .Text("resource", record_.resource)
      .Text("caller", record_.caller)
      .Text("peer", record_.peer)
      .Text("status", telemetry::StatusName(code))
      .TextIfAny("reason", reason)
      .Text("request_id", record_.request_id);
  environment_.log->Write(std::move(audit));
}

void Call::LogContent() const {
  // The configuration and a policy have asked for it: no level leaves it out.
  LogLine line("content", LogLevel::kAudit);
  line.Text("method", endpoint_.name)
      .Text("caller", record_.caller)
      .Text("request_id", record_.request_id);
  content_->AppendTo(&line);
  environment_.log->Write(std::move(line));
}

void Call::LogBeginning() const {
  if (!environment_.log->Wants(LogLevel::kDebug)) return;
  LogLine line("call_began", LogLevel::kDebug);
  line.Text("method", endpoint_.name)
      .Text("request_id", record_.request_id)
      .TextIfAny("trace_id", record_.trace_id)
      .TextIfAny("caller", record_.caller)
      .Text("peer", record_.peer)
      .TextIfAny("model", record_.model);
  environment_.log->Write(std::move(line));
}

// ---------------------------------------------------------------- status

CallStatus Call::Describe(steady_clock::time_point now) const {
  CallStatus status;
  status.method = endpoint_.name;
  status.request_id = record_.request_id;
  status.peer = record_.peer;
  status.age = now - started_at_;
  std::lock_guard<std::mutex> lock(mutex_);
  status.phase = PhaseLocked();
  // Before that, the thread that starts the call is about to fill them in.
  if (state_ != State::kArriving && state_ != State::kStarting) {
    status.caller = record_.caller;
    status.model = record_.model;
  }
  status.events = record_.events;
  status.queued_events = queue_.size() + (write_in_flight_ ? 1 : 0);
  status.queued_bytes = queued_bytes_ + (write_in_flight_ ? writing_.size() : 0);
  return status;
}

absl::string_view Call::PhaseLocked() const {
  switch (state_) {
    case State::kArriving: return "arriving";
    case State::kStarting: return "starting";
    case State::kWaiting: return counted_waiting_ ? "waiting for a place" : "waiting for quota";
    case State::kRunning:
      if (paused_) return "paused by a slow caller";
      return record_.events > 0 ? "streaming" : "waiting for upstream";
    case State::kFlushing: return "flushing";
    case State::kFinished: return "finished";
  }
  return "";
}

}  // namespace fireworks::server
