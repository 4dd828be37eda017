#include "service/server/config.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/access/sha256.h"
#include "service/access/text_format.h"
#include "service/json/deterministic_bytes.h"
#include "service/redis/stream.h"

namespace fireworks::server {
namespace {

namespace v1 = fireworks::service::v1;
using std::chrono::milliseconds;

constexpr char kDefaultListen[] = "127.0.0.1:50051";
constexpr char kDefaultBaseUrl[] = "https://api.fireworks.ai";

// Copies settings into options; remembers the first one that is out of range.
class Reader {
 public:
  void Duration(const char* field, bool set, const google::protobuf::Duration& value,
                milliseconds* option) {
    if (!set) return;
    // Bounded first: more seconds than that could overflow as milliseconds.
    const bool bounded = value.seconds() >= 0 && value.seconds() <= 365 * 24 * 3600;
    const std::int64_t total =
        bounded ? value.seconds() * 1000 + value.nanos() / 1'000'000 : 0;
    if (total <= 0) {
      Fail(field, "must be between 1 ms and a year");
      return;
    }
    *option = milliseconds(total);
  }

  template <typename Option>
  void Count(const char* field, std::int32_t value, Option* option) {
    if (value < 0) Fail(field, "must not be negative");
    if (value > 0) *option = static_cast<Option>(value);
  }

  void Percent(const char* field, std::int32_t value, double* share) {
    if (value < 0 || value > 100) Fail(field, "must be between 1 and 100");
    if (value > 0) *share = value / 100.0;
  }

  void Check(const char* field, const absl::Status& status) {
    if (!status.ok()) Fail(field, std::string(status.message()));
  }

  void Fail(const char* field, absl::string_view why) {
    if (status_.ok()) {
      status_ = absl::InvalidArgumentError(absl::StrCat("configuration: ", field, ": ", why));
    }
  }

  const absl::Status& status() const { return status_; }

 private:
  absl::Status status_;
};

// Whether `id` can stand in a resource name; empty is fine: not configured.
bool IsAccountId(absl::string_view id) {
  const bool legal = std::all_of(id.begin(), id.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '-' || c == '_';
  });
  return legal && id != "-";
}

// Whether an upstream failure is about one model, not about the upstream: one
// that is starting, or has no replica, answers 503 for minutes.
bool IsAboutOneModel(int status, absl::string_view body) {
  return status == 503 && absl::StrContains(body, "SCALING_UP");
}

void ReadRetry(const v1::Retry& config, Reader* reader, upstream::ClientOptions* options) {
  upstream::RetryPolicy& policy = options->retry.emplace();
  reader->Count("upstream.retry.max_attempts", config.max_attempts(), &policy.max_attempts);
  reader->Duration("upstream.retry.initial_backoff", config.has_initial_backoff(),
                   config.initial_backoff(), &policy.initial_backoff);
  reader->Duration("upstream.retry.max_backoff", config.has_max_backoff(), config.max_backoff(),
                   &policy.max_backoff);
  reader->Duration("upstream.retry.max_retry_after", config.has_max_retry_after(),
                   config.max_retry_after(), &policy.max_retry_after);
  reader->Percent("upstream.retry.budget_percent", config.budget_percent(), &policy.budget_share);
  reader->Count("upstream.retry.budget_floor", config.budget_floor(), &policy.budget_floor);
  reader->Check("upstream.retry", upstream::CheckRetryPolicy(policy));
}

void ReadCircuitBreaker(const v1::CircuitBreaker& config, Reader* reader,
                        upstream::ClientOptions* options) {
  if (config.disabled()) return;
  upstream::CircuitBreakerOptions& breaker = options->circuit_breaker.emplace();
  reader->Percent("upstream.circuit_breaker.failure_percent", config.failure_percent(),
                  &breaker.failure_share);
  reader->Count("upstream.circuit_breaker.min_calls", config.min_calls(), &breaker.min_calls);
  reader->Duration("upstream.circuit_breaker.window", config.has_window(), config.window(),
                   &breaker.window);
  reader->Duration("upstream.circuit_breaker.open_for", config.has_open_for(), config.open_for(),
                   &breaker.open_for);
  reader->Count("upstream.circuit_breaker.probes", config.probes(), &breaker.probes);
  breaker.excuses = IsAboutOneModel;
  reader->Check("upstream.circuit_breaker", upstream::CheckCircuitBreakerOptions(breaker));
}

void ReadKeys(const v1::Upstream& config, Reader* reader, Options* options) {
  upstream::KeyRingOptions& keys = options->keys;
  if (!config.api_key_file().empty()) keys.labels.push_back({"default", {config.api_key_file()}});
  for (const v1::UpstreamKey& key : config.keys()) {
    keys.labels.push_back({key.label(), {key.files().begin(), key.files().end()}});
  }
  if (!config.api_key_file().empty() && config.keys_size() > 0) {
    reader->Fail("upstream.keys", "cannot be combined with an `api_key_file`");
  }
  if (!keys.labels.empty()) keys.default_label = keys.labels.front().name;
}

void ReadUpstream(const v1::Upstream& config, Reader* reader, Options* options) {
  options->upstream.base_url = config.base_url().empty() ? kDefaultBaseUrl : config.base_url();
  options->upstream.ca_file = config.ca_file();
  options->upstream.http2 = config.http2();
  ReadKeys(config, reader, options);
  reader->Count("upstream.loops", config.loops(), &options->upstream.loops);
  reader->Count("upstream.max_connections_per_loop", config.max_connections_per_loop(),
                &options->upstream.max_connections_per_loop);
  milliseconds age = options->upstream.max_idle_connection_age;
  reader->Duration("upstream.max_idle_connection_age", config.has_max_idle_connection_age(),
                   config.max_idle_connection_age(), &age);
  options->upstream.max_idle_connection_age =
      std::chrono::duration_cast<std::chrono::seconds>(age);
  age = options->upstream.max_connection_age;
  reader->Duration("upstream.max_connection_age", config.has_max_connection_age(),
                   config.max_connection_age(), &age);
  options->upstream.max_connection_age = std::chrono::duration_cast<std::chrono::seconds>(age);
  ReadRetry(config.retry(), reader, &options->upstream);
  ReadCircuitBreaker(config.circuit_breaker(), reader, &options->upstream);
}

void ReadMethodLimits(const v1::MethodLimits& config, Reader* reader, Limits* limits) {
  MethodLimits entry;
  entry.methods.assign(config.method().begin(), config.method().end());
  if (entry.methods.empty()) reader->Fail("limits.methods", "needs at least one `method`");
  const auto duration = [reader](const char* field, bool set, const auto& value,
                                 absl::optional<milliseconds>* option) {
    if (set) reader->Duration(field, set, value, &option->emplace());
  };
  duration("limits.methods.connect_timeout", config.has_connect_timeout(),
           config.connect_timeout(), &entry.connect);
  duration("limits.methods.first_event_timeout", config.has_first_event_timeout(),
           config.first_event_timeout(), &entry.first_event);
  duration("limits.methods.idle_timeout", config.has_idle_timeout(), config.idle_timeout(),
           &entry.idle);
  duration("limits.methods.answer_timeout", config.has_answer_timeout(),
           config.answer_timeout(), &entry.answer);
  duration("limits.methods.timeout", config.has_timeout(), config.timeout(), &entry.whole);
  limits->methods.push_back(std::move(entry));
}

void ReadLimits(const v1::Limits& config, Reader* reader, Limits* limits) {
  const auto duration = [reader](const char* field, bool set, const auto& value,
                                 milliseconds* option) {
    reader->Duration(field, set, value, option);
  };
  duration("limits.connect_timeout", config.has_connect_timeout(), config.connect_timeout(),
           &limits->times.connect);
  duration("limits.first_event_timeout", config.has_first_event_timeout(),
           config.first_event_timeout(), &limits->times.first_event);
  duration("limits.idle_timeout", config.has_idle_timeout(), config.idle_timeout(),
           &limits->times.idle);
  duration("limits.answer_timeout", config.has_answer_timeout(), config.answer_timeout(),
           &limits->times.answer);
  duration("limits.stream_timeout", config.has_stream_timeout(), config.stream_timeout(),
           &limits->stream_timeout);
  duration("limits.inference_timeout", config.has_inference_timeout(), config.inference_timeout(),
           &limits->inference_timeout);
  duration("limits.management_timeout", config.has_management_timeout(),
           config.management_timeout(), &limits->management_timeout);
  reader->Count("limits.max_request_bytes", config.max_request_bytes(),
                &limits->max_request_bytes);
  reader->Count("limits.max_response_bytes", config.max_response_bytes(),
                &limits->max_response_bytes);
  reader->Count("limits.max_queued_events", config.max_queued_events(),
                &limits->max_queued_events);
  reader->Count("limits.max_queued_bytes", config.max_queued_bytes(), &limits->max_queued_bytes);
  reader->Count("limits.max_event_bytes", config.max_event_bytes(), &limits->max_event_bytes);
  reader->Count("limits.max_json_depth", config.max_json_depth(), &limits->json.max_depth);
  duration("limits.slow_reader_timeout", config.has_slow_reader_timeout(),
           config.slow_reader_timeout(), &limits->slow_reader_timeout);
  duration("limits.max_wait", config.has_max_wait(), config.max_wait(), &limits->max_wait);
  duration("limits.upload_idle_timeout", config.has_upload_idle_timeout(),
           config.upload_idle_timeout(), &limits->upload_idle_timeout);
  for (const v1::MethodLimits& methods : config.methods()) {
    ReadMethodLimits(methods, reader, limits);
  }
}

void ReadAliases(const v1::Config& config, Reader* reader, Options* options) {
  for (const auto& [alias, model] : config.model_aliases()) {
    if (alias.empty() || model.empty()) {
      reader->Fail("model_aliases", "needs a key and a value, such as `default-chat` and "
                                    "`accounts/fireworks/models/deepseek-v3`");
    } else if (absl::StrContains(alias, '/')) {
      reader->Fail("model_aliases", "a key must be a bare name without slashes, so that it hides "
                                    "no model's resource name");
    } else if (config.model_aliases().contains(model)) {
      reader->Fail("model_aliases", "a value must name a model, not another alias");
    }
    options->names.model_aliases.emplace(alias, model);
  }
}

void ReadTls(const v1::Server& server, Reader* reader, Options* options) {
  TlsOptions& tls = options->tls;
  tls.certificate_file = server.tls().certificate_file();
  tls.key_file = server.tls().key_file();
  tls.client_ca_file = server.tls().client_ca_file();
  milliseconds interval = tls.reload_interval;
  reader->Duration("server.tls.reload_interval", server.tls().has_reload_interval(),
                   server.tls().reload_interval(), &interval);
  tls.reload_interval = std::max(std::chrono::duration_cast<std::chrono::seconds>(interval),
                                 std::chrono::seconds(1));
  if (server.has_tls() && (tls.certificate_file.empty() || tls.key_file.empty())) {
    reader->Fail("server.tls", "needs `certificate_file` and `key_file`");
  }
  options->allow_plaintext = server.allow_plaintext();
}

void ReadRedisTls(const v1::RedisTls& config, const redis::Address& address, Reader* reader,
                  redis::Tls* tls) {
  *tls = {config.ca_file(), config.certificate_file(), config.key_file(), config.server_name()};
  if (tls->server_name.empty()) tls->server_name = address.host;
  if (tls->server_name.empty()) {
    reader->Fail("quota_store.redis.tls.server_name", "is required with a Unix socket");
  }
  if (tls->certificate_file.empty() != tls->key_file.empty()) {
    reader->Fail("quota_store.redis.tls", "needs both `certificate_file` and `key_file`, or none");
  }
}

void ReadQuotaStore(const v1::QuotaStore& config, Reader* reader, Options* options) {
  if (!config.has_redis()) {
    reader->Fail("quota_store", "needs `redis`");
    return;
  }
  const v1::RedisQuotaStore& store = config.redis();
  redis::QuotaStoreOptions& quotas = options->access.quota_store.emplace();
  auto address = redis::ParseAddress(store.address());
  reader->Check("quota_store.redis.address", address.status());
  if (address.ok()) quotas.connection.address = *std::move(address);
  if (store.has_tls()) {
    ReadRedisTls(store.tls(), quotas.connection.address, reader,
                 &quotas.connection.tls.emplace());
  }
  quotas.connection.username = store.username();
  quotas.connection.password_file = store.password_file();
  if (!store.username().empty() && store.password_file().empty()) {
    reader->Fail("quota_store.redis.username", "needs a `password_file`");
  }
  reader->Count("quota_store.redis.database", store.database(), &quotas.connection.database);
  if (!store.key_prefix().empty()) quotas.key_prefix = store.key_prefix();
  reader->Duration("quota_store.redis.connect_timeout", store.has_connect_timeout(),
                   store.connect_timeout(), &quotas.connection.connect_timeout);
  reader->Duration("quota_store.redis.command_timeout", store.has_command_timeout(),
                   store.command_timeout(), &quotas.command_timeout);
  reader->Duration("quota_store.redis.stream_lease", store.has_stream_lease(),
                   store.stream_lease(), &quotas.stream_lease);
  if (quotas.stream_lease < milliseconds(1'000)) {
    reader->Fail("quota_store.redis.stream_lease", "must be at least 1 s");
  }
}

void ReadLog(const v1::Log& config, Reader* reader, telemetry::LogSettings* log) {
  switch (config.level()) {
    case v1::LOG_LEVEL_UNSPECIFIED: break;
    case v1::LOG_LEVEL_ERROR: log->level = telemetry::LogLevel::kError; break;
    case v1::LOG_LEVEL_WARNING: log->level = telemetry::LogLevel::kWarning; break;
    case v1::LOG_LEVEL_INFO: log->level = telemetry::LogLevel::kInfo; break;
    case v1::LOG_LEVEL_DEBUG: log->level = telemetry::LogLevel::kDebug; break;
    default: reader->Fail("log.level", "has no such value");
  }
  reader->Count("log.ok_calls_one_in", config.ok_calls_one_in(), &log->sample_one_in);
  log->allow_content = config.allow_content();
}

void ReadTracing(const v1::Tracing& config, Reader* reader, Options* options) {
  TraceExportOptions& tracing = options->tracing.emplace();
  telemetry::TracingOptions& spans = tracing.spans;
  spans.endpoint = config.endpoint();
  spans.ca_file = config.ca_file();
  if (config.has_sampling_ratio()) spans.sampling_ratio = config.sampling_ratio();
  spans.ignore_callers_sampling = config.ignore_callers_sampling();
  spans.service_name = config.service_name();
  spans.resource_attributes = {config.resource_attributes().begin(),
                               config.resource_attributes().end()};
  reader->Count("tracing.max_queued_spans", config.max_queued_spans(), &spans.max_queued_spans);
  tracing.headers_file = config.headers_file();
  tracing.send_context_upstream = config.send_context_upstream();
}

void ReadConnections(const v1::Config& config, Reader* reader, ConnectionLimits* limits) {
  const v1::Server& server = config.server();
  reader->Count("server.max_connections", server.max_connections(), &limits->max_connections);
  reader->Count("server.max_streams_per_connection", server.max_streams_per_connection(),
                &limits->max_streams);
  reader->Duration("server.handshake_timeout", server.has_handshake_timeout(),
                   server.handshake_timeout(), &limits->handshake_timeout);
  reader->Duration("server.max_connection_idle", server.has_max_connection_idle(),
                   server.max_connection_idle(), &limits->max_idle);
  reader->Duration("server.max_connection_age", server.has_max_connection_age(),
                   server.max_connection_age(), &limits->max_age);
  reader->Count("limits.max_metadata_bytes", config.limits().max_metadata_bytes(),
                &limits->max_metadata_bytes);
}

// The same for the same settings, in whatever order a file has them.
std::string HashOf(const v1::Config& config) {
  constexpr std::size_t kDigits = 16;
  const std::string hash = access::ToHex(access::Sha256(json::DeterministicBytes(config)));
  return hash.substr(0, kDigits);
}

}  // namespace

absl::StatusOr<v1::Config> ParseConfig(absl::string_view text, absl::string_view name) {
  v1::Config config;
  access::ParsedText parsed;
  if (absl::Status status = parsed.Parse(text, name, &config); !status.ok()) return status;
  return config;
}

absl::StatusOr<v1::Config> ReadConfig(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf() || file.peek() == EOF)) {
    return absl::NotFoundError(absl::StrCat("cannot read the configuration file ", path));
  }
  return ParseConfig(text.str(), path);
}

absl::StatusOr<Options> MakeOptions(const v1::Config& config) {
  Options options;
  Reader reader;
  options.config_hash = HashOf(config);
  options.names.account_id = config.account_id();
  if (!IsAccountId(options.names.account_id)) {
    reader.Fail("account_id", "must be a bare id such as `my-team`, not a resource name");
  }
  ReadAliases(config, &reader, &options);
  options.access.identity = config.identity();
  options.access.policy_file = config.policy_file();
  if (config.has_quota_store()) ReadQuotaStore(config.quota_store(), &reader, &options);
  if (config.has_tracing()) ReadTracing(config.tracing(), &reader, &options);
  ReadUpstream(config.upstream(), &reader, &options);
  ReadLimits(config.limits(), &reader, &options.limits);
  // What may be connected may run, unless the configuration says less.
  options.admission.max_running = static_cast<std::size_t>(options.upstream.loops) *
                                  options.upstream.max_connections_per_loop;
  reader.Count("limits.max_concurrent_calls", config.limits().max_concurrent_calls(),
               &options.admission.max_running);
  reader.Count("limits.max_waiting_calls", config.limits().max_waiting_calls(),
               &options.admission.max_waiting);
  ReadLog(config.log(), &reader, &options.log);
  const v1::Server& server = config.server();
  options.listen = server.listen().empty() ? kDefaultListen : server.listen();
  options.metrics_listen = server.metrics_listen();
  options.health_listen = server.health_listen();
  options.reflection = !server.disable_reflection();
  reader.Duration("server.drain_grace", server.has_drain_grace(), server.drain_grace(),
                  &options.drain_grace);
  ReadConnections(config, &reader, &options.connections);
  ReadTls(server, &reader, &options);
  if (!reader.status().ok()) return reader.status();
  return options;
}

}  // namespace fireworks::server
