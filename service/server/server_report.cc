// Of service/server/server.h: what the metrics tell that is looked at now and then.
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "grpcpp/grpcpp.h"
#include "service/server/call.h"
#include "service/server/call_count.h"
#include "service/server/server.h"
#include "service/server/version.h"

namespace fireworks::server {
namespace {

using std::chrono::steady_clock;

// Reading /proc takes milliseconds when many files are open.
constexpr std::chrono::seconds kProcessInterval{1};

// Whether `interval` has passed since `last`, which is then now.
bool IsDue(steady_clock::duration interval, steady_clock::time_point* last) {
  const auto now = steady_clock::now();
  if (*last != steady_clock::time_point() && now - *last < interval) return false;
  *last = now;
  return true;
}

}  // namespace

void Server::PrepareMetrics() {
  PrepareCounters(&metrics_);
  metrics_.SetBuild(kVersion, grpc::Version(), upstream::LibcurlVersion());
  metrics_.SetConfigHash(options_.config_hash);
  metrics_.SetCallLimits(options_.admission.max_running, options_.admission.max_waiting);
  metrics_.CountReloadFailure("upstream_keys", 0);
  if (options_.keys.labels.empty()) metrics_.upstream().SetKeyUsable(kOnlyKeyLabel, true);
  for (const auto& [alias, model] : options_.names.model_aliases) {
    metrics_.generations().NameModel(model);
  }
}

void Server::Report() {
  ReportUpstream();
  ReportConnections();
  ReportCalls();
  ReportFiles();
  NameModels();
  metrics_.SetDroppedLogLines(log_.dropped());
  if (tracing_ != nullptr) metrics_.SetDroppedSpans(tracing_->dropped());
  if (IsDue(kProcessInterval, &process_looked_at_)) metrics_.process().Refresh();
}

void Server::ReportUpstream() {
  using State = upstream::CircuitBreaker::State;
  const upstream::CircuitBreaker::Snapshot breaker = client_->circuit_breaker();
  const int state = breaker.state == State::kClosed ? 0 : breaker.state == State::kHalfOpen ? 1 : 2;
  metrics_.upstream().SetCircuitBreaker(state, breaker.opened, breaker.shed);
  std::size_t number = 0;
  for (const upstream::Client::LoopCounts& loop : client_->loops()) {
    metrics_.upstream().SetLoop(
        number++,
        {loop.open_connections, loop.transfers, loop.exchanges, loop.begun_connections});
  }
}

void Server::ReportConnections() {
  const Listener::Counts counts = listener_->Count();
  metrics_.SetConnections(counts.open, counts.over_limit, counts.over_ceiling, counts.failures);
}

void Server::ReportCalls() {
  std::size_t buffered = 0;
  std::size_t paused = 0;
  for (const std::shared_ptr<Call>& call : registry_.Snapshot()) {
    const Call::Backlog backlog = call->CountFlow();
    buffered += backlog.queued_bytes;
    paused += backlog.paused ? 1 : 0;
  }
  metrics_.SetBackpressure(buffered, paused);
  metrics_.SetRunningCalls(admission_.running());
}

void Server::ReportFiles() {
  // What is not configured can't be out of order.
  if (options_.access.policy_file.empty()) metrics_.SetReload("policy", true);
  if (keys_ == nullptr) metrics_.SetReload("upstream_keys", true);
  if (config_file_ == nullptr) metrics_.SetReload("config", true);
  if (!IsDue(options_.tls.reload_interval, &certificate_looked_at_)) return;
  const absl::Status usable = CheckTlsFiles(options_.tls);
  certificate_report_.Report(usable);
  if (!usable.ok()) return;
  if (const auto expiry = CertificateExpiry(options_.tls); expiry.ok()) {
    metrics_.certificate_expiry().Set(absl::ToDoubleSeconds(*expiry - absl::UnixEpoch()));
  }
}

// Models that a policy names have labels of their own, whoever else fills up the room.
void Server::NameModels() {
  std::shared_ptr<const access::Policy> policy = gatekeeper_->policy();
  if (policy == named_policy_) return;
  named_policy_ = std::move(policy);
  for (const access::PolicyRule& rule : named_policy_->rules()) {
    for (const std::string& model : rule.models) {
      if (model.find('*') == std::string::npos) metrics_.generations().NameModel(model);
    }
    for (const auto& [alias, model] : rule.model_aliases) metrics_.generations().NameModel(model);
  }
}

}  // namespace fireworks::server
