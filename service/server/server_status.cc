// Of service/server/server.h: what /statusz shows. Everything is looked at under locks
// that are held for the copying only, and all lists have an end, so that nobody who
// looks holds up a call.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "service/server/call.h"
#include "service/server/server.h"
#include "service/server/version.h"

namespace fireworks::server {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::steady_clock;

constexpr std::size_t kMaxCalls = 200;
constexpr std::size_t kMaxQuotaKeys = 100;

std::string InUtc(absl::Time time) {
  if (time == absl::InfinitePast()) return "";
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

double Seconds(double seconds) { return std::round(seconds * 10) / 10; }
double Seconds(absl::Duration time) { return Seconds(absl::ToDoubleSeconds(time)); }

Json DescribeSources(const std::vector<access::SourceStatus>& sources) {
  Json rows = Json::array();
  for (const access::SourceStatus& source : sources) {
    rows.push_back({{"what", source.what},
                    {"where", source.where},
                    {"last_taken_over", InUtc(source.read_at)},
                    {"sha256", source.sha256.substr(0, 16)},
                    {"problem", source.problem}});
  }
  return rows;
}

Json DescribeLoops(const upstream::Client& client) {
  Json rows = Json::array();
  for (const upstream::Client::LoopCounts& loop : client.loops()) {
    rows.push_back({{"loop", rows.size()},
                    {"exchanges", loop.exchanges},
                    {"open_connections", loop.open_connections},
                    {"of_them_in_use", loop.transfers},
                    {"connections_begun", loop.begun_connections}});
  }
  return rows;
}

Json DescribeUpstream(const Options& options, const upstream::Client& client) {
  const upstream::CircuitBreaker::Snapshot breaker = client.circuit_breaker();
  return {{"base_url", options.upstream.base_url},
          {"protocol", options.upstream.http2 ? "HTTP/2" : "HTTP/1.1"},
          {"circuit_breaker", options.upstream.circuit_breaker
                                  ? std::string(upstream::StateName(breaker.state))
                                  : "disabled"},
          {"times_opened", breaker.opened},
          {"calls_shed", breaker.shed},
          {"loops", DescribeLoops(client)}};
}

Json DescribeKeys(const KeyKeeper* keys) {
  if (keys == nullptr) return "one key, of the environment";
  Json rows = Json::array();
  for (const upstream::KeyStatus& key : keys->List()) {
    rows.push_back({{"label", key.label},
                    {"file", key.file},
                    {"fingerprint", key.fingerprint},
                    {"state", std::string(upstream::KeyStateName(key.state))},
                    {"in_use", key.in_use},
                    {"since", InUtc(key.since)},
                    {"problem", key.problem}});
  }
  return rows;
}

Json DescribeQuotas(const Gatekeeper& gatekeeper) {
  const Gatekeeper::QuotaUse use = gatekeeper.DescribeQuotas(kMaxQuotaKeys);
  Json rows = Json::array();
  for (const auto& key : use.busiest) {
    // Keys are made of a rule and a caller, neither of which has spaces.
    const std::size_t space = key.key.find(' ');
    rows.push_back({{"rule", key.key.substr(0, space)},
                    {"caller", space == std::string::npos ? "" : key.key.substr(space + 1)},
                    {"running_calls", key.running},
                    {"of_them_streams", key.streams}});
  }
  return {{"counted_by", use.counted_by}, {"busiest", std::move(rows)}};
}

// The oldest, because what hangs is among them.
Json DescribeCalls(std::vector<std::shared_ptr<Call>> calls) {
  const auto now = steady_clock::now();
  const std::size_t total = calls.size();
  const std::size_t shown = std::min(total, kMaxCalls);
  std::partial_sort(calls.begin(), calls.begin() + static_cast<std::ptrdiff_t>(shown), calls.end(),
                    [](const auto& a, const auto& b) { return a->started_at() < b->started_at(); });
  calls.resize(shown);
  Json rows = Json::array();
  for (const std::shared_ptr<Call>& call : calls) {
    const CallStatus status = call->Describe(now);
    rows.push_back({{"age_s", Seconds(std::chrono::duration<double>(status.age).count())},
                    {"method", status.method},
                    {"caller", status.caller},
                    {"model", status.model},
                    {"phase", std::string(status.phase)},
                    {"events", status.events},
                    {"queued_events", status.queued_events},
                    {"queued_bytes", status.queued_bytes},
                    {"request_id", status.request_id},
                    {"peer", status.peer}});
  }
  return {{"running", total}, {"not_shown", total - shown}, {"oldest", std::move(rows)}};
}

Json DescribeErrors(const telemetry::RecentErrors& errors) {
  Json rows = Json::array();
  for (const telemetry::RecentErrors::Entry& entry : errors.List()) {
    rows.push_back({{"time", InUtc(entry.time)},
                    {"method", entry.method},
                    {"status", entry.status},
                    {"reason", entry.reason},
                    {"caller", entry.caller},
                    {"request_id", entry.request_id}});
  }
  return {{"since_the_start", errors.total()}, {"last", std::move(rows)}};
}

Json DescribeRoute(const Endpoint& endpoint) {
  const contract::Route& route = *endpoint.route;
  const char* kind = route.stream ? "stream" : route.upload ? "upload" : "unary";
  const std::string verb = route.local ? "" : std::string(contract::VerbName(route.verb));
  return {{"method", endpoint.name}, {"kind", kind}, {"verb", verb}, {"path", route.path.text()}};
}

Json DescribeRoutes(const ServedContract& contract) {
  Json rows = Json::array();
  for (const std::deque<Endpoint>& endpoints : contract.services()) {
    for (const Endpoint& endpoint : endpoints) rows.push_back(DescribeRoute(endpoint));
  }
  const std::size_t count = rows.size();
  return {{"count", count}, {"all", std::move(rows)}};
}

}  // namespace

absl::Status Server::ServeMetrics() {
  if (options_.metrics_listen.empty()) return absl::OkStatus();
  auto pages = telemetry::HttpPages::Listen(options_.metrics_listen);
  if (!pages.ok()) return pages.status();
  pages_ = *std::move(pages);
  pages_->Add("/metrics", [this](absl::string_view) {
    return telemetry::HttpPage{"text/plain; version=0.0.4; charset=utf-8", metrics_.Text()};
  });
  return absl::OkStatus();
}

void Server::ServeStatus() {
  if (pages_ == nullptr) return;
  pages_->Add("/statusz", [this](absl::string_view query) { return status_page_.Render(query); });
}

nlohmann::ordered_json Server::Status() const {
  Json status;
  status["service"] = DescribeService();
  const Listener::Counts connections = listener_->Count();
  status["callers"] = {{"connections", connections.open},
                       {"max_connections", options_.connections.max_connections},
                       {"running_calls", admission_.running()},
                       {"max_running_calls", options_.admission.max_running},
                       {"waiting_calls", admission_.waiting()},
                       {"max_waiting_calls", options_.admission.max_waiting}};
  status["active_calls"] = DescribeCalls(registry_.Snapshot());
  status["errors"] = DescribeErrors(recent_errors_);
  status["upstream"] = DescribeUpstream(options_, *client_);
  status["upstream_keys"] = DescribeKeys(keys_.get());
  status["quotas"] = DescribeQuotas(*gatekeeper_);
  status["configuration"] = DescribeConfiguration();
  status["routes"] = DescribeRoutes(*contract_);
  return status;
}

nlohmann::ordered_json Server::DescribeService() const {
  const absl::Time now = absl::Now();
  const telemetry::LogSettings log = log_.settings();
  std::lock_guard<std::mutex> lock(health_mutex_);
  return {{"version", kVersion},
          {"now", InUtc(now)},
          {"started", InUtc(started_)},
          {"uptime_s", Seconds(now - started_)},
          {"serving", told_.has_value() && told_->first},
          {"draining", draining_},
          {"log_level", std::string(telemetry::LogLevelName(log.level))},
          {"ok_calls_logged_one_in", log.sample_one_in},
          {"content_may_be_logged", log.allow_content},
          {"dropped_log_lines", log_.dropped()}};
}

nlohmann::ordered_json Server::DescribeConfiguration() const {
  std::vector<access::SourceStatus> sources = gatekeeper_->Sources();
  std::vector<std::string> needs_restart;
  if (config_file_ != nullptr) {
    sources.insert(sources.begin(), config_file_->status());
    needs_restart = config_file_->needs_restart();
  }
  return {{"hash_at_start", options_.config_hash},
          {"settings_that_need_a_restart", needs_restart},
          {"files", DescribeSources(sources)}};
}

}  // namespace fireworks::server
