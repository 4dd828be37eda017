#include "service/server/call_trace.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "service/server/trace_context.h"
#include "service/telemetry/metrics.h"

namespace fireworks::server {
namespace {

using google::protobuf::Message;
using std::chrono::steady_clock;
using telemetry::SpanKind;

// The value of the first of `paths` that is set; empty when none is.
std::string FirstString(const std::vector<contract::FieldPath>& paths, const Message& message) {
  for (const contract::FieldPath& path : paths) {
    std::string value = path.GetString(message);
    if (!value.empty()) return value;
  }
  return "";
}

void AddStrings(const contract::FieldPath& path, const Message& message,
                std::vector<std::string>* values) {
  path.Visit(message, [&](const Message& holder) {
    std::string value = holder.GetReflection()->GetString(holder, path.leaf());
    if (!value.empty()) values->push_back(std::move(value));
  });
}

void SetIfAny(absl::string_view key, const std::string& value, telemetry::Span* span) {
  if (!value.empty()) span->Set(key, value);
}

void SetIfAny(absl::string_view key, const absl::optional<std::int64_t>& value,
              telemetry::Span* span) {
  if (value) span->Set(key, *value);
}

// Statuses for which the service, and not its caller, is to answer.
bool IsServersError(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::UNKNOWN:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
    case grpc::StatusCode::UNIMPLEMENTED:
    case grpc::StatusCode::INTERNAL:
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::DATA_LOSS:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::shared_ptr<CallTrace> CallTrace::Begin(const CallTracing* tracing, const Endpoint& endpoint,
                                            const grpc::CallbackServerContext& context) {
  if (tracing == nullptr) return nullptr;
  return std::make_shared<CallTrace>(*tracing, endpoint, CallersTraceContext(context));
}

CallTrace::CallTrace(const CallTracing& tracing, const Endpoint& endpoint,
                     const absl::optional<telemetry::TraceContext>& parent)
    : tracing_(tracing),
      endpoint_(endpoint),
      call_(tracing.tracing->Start(SpanKind::kServer, endpoint.name, parent)),
      context_(call_.context()) {
  call_.Set("rpc.system.name", "grpc");
  call_.Set("rpc.method", endpoint.name);
}

void CallTrace::Decide(const std::string& reason) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (!reason_) reason_ = reason;
}

void CallTrace::End(grpc::StatusCode code, const std::string& reason, const CallRecord& record) {
  call_.Set("rpc.response.status_code", telemetry::StatusName(code));
  call_.Set("fireworks.request_id", record.request_id);
  call_.Set("fireworks.attempts", record.attempts);
  SetIfAny("fireworks.caller", record.caller, &call_);
  SetIfAny("fireworks.reason", reason, &call_);
  if (IsServersError(code)) call_.Fail(reason.empty() ? telemetry::StatusName(code) : reason);
  call_.End();
}

// ---------------------------------------------------------------- attempts

void CallTrace::OnBegin(std::vector<upstream::Header>* headers) {
  ++attempts_;
  attempt_began_ = steady_clock::now();
  const std::string& name = endpoint_.trace.attempt_name;
  attempt_ = tracing_.tracing->Start(
      SpanKind::kClient, model_.empty() ? name : absl::StrCat(name, " ", model_), context_);
  if (attempt_.recording()) DescribeAttempt();
  if (tracing_.send_context) SendContext(headers);
}

void CallTrace::DescribeAttempt() {
  const contract::Route& route = *endpoint_.route;
  attempt_.Set("http.request.method", contract::VerbName(route.verb));
  attempt_.Set("url.template", route.path.text());
  attempt_.Set("server.address", tracing_.upstream_address);
  attempt_.Set("server.port", tracing_.upstream_port);
  if (attempts_ > 1) attempt_.Set("http.request.resend_count", attempts_ - 1);
  if (endpoint_.trace.operation.empty()) return;
  attempt_.Set("gen_ai.operation.name", endpoint_.trace.operation);
  attempt_.Set("gen_ai.provider.name", "fireworks");
  SetIfAny("gen_ai.request.model", model_, &attempt_);
  if (route.stream) attempt_.Set("gen_ai.request.stream", true);
}

void CallTrace::SendContext(std::vector<upstream::Header>* headers) const {
  headers->erase(std::remove_if(headers->begin(), headers->end(),
                                [](const upstream::Header& header) {
                                  return header.name == "traceparent" ||
                                         header.name == "tracestate";
                                }),
                 headers->end());
  const telemetry::TraceContext context = attempt_.context();
  headers->push_back({"traceparent", telemetry::Traceparent(context)});
  if (!context.tracestate.empty()) headers->push_back({"tracestate", context.tracestate});
}

bool CallTrace::WantsMessage() const {
  return keeps_messages() && (!answered_ || response_id_.empty() || response_model_.empty());
}

void CallTrace::OnMessage(const Message& message, const CallRecord& record) {
  if (!keeps_messages()) return;
  if (!std::exchange(answered_, true) && endpoint_.route->stream) {
    attempt_.AddEvent("gen_ai.first_token");
    attempt_.Set("gen_ai.response.time_to_first_chunk",
                 std::chrono::duration<double>(steady_clock::now() - attempt_began_).count());
  }
  input_tokens_ = record.prompt_tokens;
  output_tokens_ = record.completion_tokens;
  cached_tokens_ = record.cached_tokens;
  ReadMessage(message);
}

void CallTrace::ReadMessage(const Message& message) {
  const TraceFields& fields = endpoint_.trace;
  if (response_id_.empty()) response_id_ = FirstString(fields.response_id, message);
  if (response_model_.empty()) response_model_ = FirstString(fields.response_model, message);
  for (const contract::FieldPath& path : fields.finish_reason) {
    AddStrings(path, message, &finish_reasons_);
  }
  for (const contract::FieldPath& path : fields.reasoning_tokens) {
    if (const std::int64_t count = path.GetInt(message); count > 0) reasoning_tokens_ = count;
  }
}

void CallTrace::DescribeAnswer() {
  SetIfAny("gen_ai.response.id", response_id_, &attempt_);
  SetIfAny("gen_ai.response.model", response_model_, &attempt_);
  if (!finish_reasons_.empty()) attempt_.Set("gen_ai.response.finish_reasons", finish_reasons_);
  SetIfAny("gen_ai.usage.input_tokens", input_tokens_, &attempt_);
  SetIfAny("gen_ai.usage.output_tokens", output_tokens_, &attempt_);
  SetIfAny("gen_ai.usage.cache_read.input_tokens", cached_tokens_, &attempt_);
  SetIfAny("gen_ai.usage.reasoning.output_tokens", reasoning_tokens_, &attempt_);
}

// Empty for an attempt that was a success.
std::string CallTrace::ErrorType(upstream::End end, int http_status) const {
  if (http_status >= 400) return absl::StrCat(http_status);
  {
    // What the call makes of the answer beats how the exchange was ended because of it.
    std::lock_guard<std::mutex> lock(mutex_);
    if (reason_) return *reason_;
  }
  return end == upstream::End::kComplete ? "" : std::string(upstream::EndName(end));
}

void CallTrace::OnEnd(upstream::End end, int http_status) {
  if (!attempt_.recording()) return;
  DescribeAnswer();
  if (http_status != 0) attempt_.Set("http.response.status_code", http_status);
  const std::string error_type = ErrorType(end, http_status);
  if (!error_type.empty()) attempt_.Fail(error_type);
  attempt_.End();
}

}  // namespace fireworks::server
