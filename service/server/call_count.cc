// Of service/server/call.h: what a call adds to the metrics. While it runs it counts for
// itself; only here its numbers meet those of others.
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>

#include "service/server/answer.h"
#include "service/server/call.h"
#include "service/server/call_count.h"
#include "service/server/error.h"
#include "service/upstream/key_ring.h"

namespace fireworks::server {
namespace {

namespace errors_v1 = fireworks::errors::v1;
using KeyEvent = upstream::KeyEvent::Kind;

double Seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

void CountDrift(const json::Drift& drift, telemetry::UpstreamMetrics* metrics) {
  metrics->CountDrift("unknown_key", drift.unknown_keys);
  metrics->CountDrift("unknown_enum_value", drift.unknown_enum_values);
  metrics->CountDrift("type_mismatch", drift.type_mismatches);
  metrics->CountDrift("unknown_variant", drift.unknown_variants);
  metrics->CountDrift("duplicate_key", drift.duplicate_keys);
  metrics->CountDrift("repaired_string", drift.repaired_strings);
}

void PrepareCounters(telemetry::Metrics* metrics) {
  CountDrift({}, &metrics->upstream());
  for (int end = 0; end <= static_cast<int>(upstream::End::kProtocol); ++end) {
    metrics->upstream().CountEnd(upstream::EndName(static_cast<upstream::End>(end)), 0);
  }
  for (const auto kind : {KeyEvent::kReplaced, KeyEvent::kRefused, KeyEvent::kRestored,
                          KeyEvent::kUnreadable, KeyEvent::kReadable}) {
    metrics->upstream().CountKeyEvent(upstream::KeyEventName(kind), 0);
  }
  for (int reason = 1; reason <= errors_v1::ErrorReason_MAX; ++reason) {
    if (!errors_v1::ErrorReason_IsValid(reason)) continue;
    metrics->CountError(ReasonName(static_cast<errors_v1::ErrorReason>(reason)), 0);
  }
  metrics->CountRefusedIdentity("no credentials", 0);
}

Call::Backlog Call::CountFlow() {
  std::uint64_t events = 0;
  std::uint64_t pauses = 0;
  Backlog backlog;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    events = std::exchange(new_events_, 0);
    pauses = std::exchange(new_pauses_, 0);
    backlog = {queued_bytes_, paused_};
  }
  if (events > 0) environment_.metrics->events().Increment(static_cast<double>(events));
  if (pauses > 0) {
    environment_.metrics->backpressure_pauses().Increment(static_cast<double>(pauses));
  }
  return backlog;
}

void Call::CountEnd(grpc::StatusCode code, const std::string& reason,
                    std::chrono::nanoseconds duration) {
  telemetry::Metrics& metrics = *environment_.metrics;
  telemetry::FinishedCall finished;
  finished.status = code;
  finished.seconds = Seconds(duration);
  finished.sent_bytes = sent_bytes_;
  finished.received_bytes = received_bytes_;
  endpoint_.metrics->Finished(finished);
  if (!reason.empty()) metrics.CountError(reason);
  if (record_.drift.any()) CountDrift(record_.drift, &metrics.upstream());
  metrics.call_overhead(endpoint_.kind).Observe(Seconds(record_.overhead));
  if (record_.time_to_first_event) record_.event_overhead.AddTo(&metrics.event_overhead());
  CountGeneration(reason, duration);
  JudgeOnlyKey();
}

// Of a service without key files: nobody else looks after its one key.
void Call::JudgeOnlyKey() {
  if (environment_.keys != nullptr || key_owner_ != KeyOwner::kService || !launched_) return;
  telemetry::UpstreamMetrics& metrics = environment_.metrics->upstream();
  if (final_error_ && final_error_->reason == errors_v1::ERROR_REASON_UPSTREAM_CREDENTIALS) {
    metrics.SetKeyUsable(kOnlyKeyLabel, false);
  } else if (IsSuccess(record_.http_status)) {
    metrics.SetKeyUsable(kOnlyKeyLabel, true);
  }
}

void Call::CountGeneration(const std::string& reason, std::chrono::nanoseconds duration) {
  telemetry::GenerationMetrics& metrics = environment_.metrics->generations();
  const telemetry::TokenCounts tokens{record_.prompt_tokens, record_.completion_tokens,
                                      record_.cached_tokens};
  if (!record_.caller.empty()) metrics.CountCaller(record_.caller, tokens);
  if (endpoint_.operation.empty()) return;
  telemetry::Generation generation;
  generation.operation = endpoint_.operation;
  generation.model = record_.model;
  generation.error_type = reason;
  generation.duration = Seconds(duration);
  if (record_.upstream_time) generation.upstream_duration = Seconds(*record_.upstream_time);
  if (record_.time_to_first_event) {
    generation.time_to_first_event = Seconds(*record_.time_to_first_event);
    generation.time_of_last_event = Seconds(record_.time_to_last_event);
  }
  generation.tokens = tokens;
  metrics.Count(generation);
}

}  // namespace fireworks::server
