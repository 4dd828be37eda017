#include "service/upstream/client.h"

#include <curl/curl.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "service/upstream/api_key_source.h"
#include "service/upstream/base_url.h"
#include "service/upstream/easy_handle.h"
#include "service/upstream/lazy_calloc.h"
#include "service/upstream/loop.h"
#include "service/upstream/population.h"
#include "service/upstream/resilience.h"
#include "service/upstream/retrying_exchange.h"

namespace fireworks::upstream {
namespace {

CURLcode InitialiseCurl() {
  static const CURLcode result = curl_global_init_mem(
      CURL_GLOBAL_DEFAULT, &std::malloc, &std::free, &std::realloc, &strdup, &LazyCalloc);
  return result;
}

absl::Status CheckCaFile(const std::string& path) {
  if (path.empty()) return absl::OkStatus();
  const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(),
                                                                     &X509_STORE_free);
  if (X509_STORE_load_file(store.get(), path.c_str()) == 1) return absl::OkStatus();
  ERR_clear_error();
  return absl::InvalidArgumentError(
      absl::StrCat("CA file ", path, ": can't be read or holds no PEM certificate"));
}

absl::Status CheckNumbers(const ClientOptions& options) {
  if (options.loops < 1) return absl::InvalidArgumentError("loops: must be at least 1");
  if (options.max_connections_per_loop < 1) {
    return absl::InvalidArgumentError("max_connections_per_loop: must be at least 1");
  }
  if (options.max_idle_connection_age.count() < 1) {
    return absl::InvalidArgumentError("max_idle_connection_age: must be at least 1 s");
  }
  if (options.max_connection_age.count() < 0) {
    return absl::InvalidArgumentError("max_connection_age: must not be negative");
  }
  const absl::Status retry = options.retry ? CheckRetryPolicy(*options.retry) : absl::OkStatus();
  if (!retry.ok() || !options.circuit_breaker) return retry;
  return CheckCircuitBreakerOptions(*options.circuit_breaker);
}

}  // namespace

std::string LibcurlVersion() { return curl_version_info(CURLVERSION_NOW)->version; }

Client::Client(const ClientOptions& options, const std::string& base_url)
    : settings_(std::make_unique<WireSettings>(options.api_key)),
      population_(std::make_unique<Population>()),
      resilience_(std::make_unique<Resilience>(
          options.retry, options.circuit_breaker,
          options.now ? options.now : NowFunction(&Clock::now))) {
  settings_->base_url = base_url;
  settings_->ca_file = options.ca_file;
  settings_->user_agent = options.user_agent;
  settings_->max_idle_connection_age = options.max_idle_connection_age;
  settings_->max_connection_age = options.max_connection_age;
  settings_->http2 = options.http2;
}

absl::StatusOr<std::unique_ptr<Client>> Client::Create(const ClientOptions& options) {
  if (InitialiseCurl() != CURLE_OK) return absl::InternalError("libcurl can't be initialised");
  const absl::StatusOr<std::string> base_url = NormalizeBaseUrl(options.base_url);
  if (!base_url.ok()) return base_url.status();
  for (const absl::Status& status :
       {CheckCaFile(options.ca_file), CheckApiKey(options.api_key, "API key"),
        CheckNumbers(options)}) {
    if (!status.ok()) return status;
  }
  std::unique_ptr<Client> client(new Client(options, *base_url));
  for (int i = 0; i < options.loops; ++i) {
    absl::StatusOr<std::unique_ptr<Loop>> loop = Loop::Create(
        *client->settings_, options.max_connections_per_loop, client->population_.get());
    if (!loop.ok()) return loop.status();
    client->loops_.push_back(*std::move(loop));
  }
  return client;
}

Client::~Client() {
  for (const std::unique_ptr<Loop>& loop : loops_) loop->Drain();
  // An observer may start an exchange from its OnEnd, on any loop: all loops run
  // until nothing does.
  population_->AwaitNone();
}

std::shared_ptr<Exchange> Client::Start(Request request, std::shared_ptr<Observer> observer) {
  return RetryingExchange::Start(std::move(request), std::move(observer), resilience_.get(),
                                 &PickLoop());
}

std::vector<Client::LoopCounts> Client::loops() const {
  std::vector<LoopCounts> all;
  for (const std::unique_ptr<Loop>& loop : loops_) {
    const Loop::Connections connections = loop->connections();
    LoopCounts& counts = all.emplace_back();
    counts.open_connections = connections.open;
    counts.transfers = connections.transfers;
    counts.begun_connections = connections.begun;
    counts.exchanges = static_cast<std::size_t>(std::max(loop->running(), 0));
  }
  return all;
}

CircuitBreaker::Snapshot Client::circuit_breaker() const {
  return resilience_->breaker ? resilience_->breaker->snapshot() : CircuitBreaker::Snapshot();
}

// The counts may change while they are compared: the choice need only be good.
Loop& Client::PickLoop() {
  const std::size_t first = next_loop_++;
  Loop* best = loops_[first % loops_.size()].get();
  for (std::size_t i = 1; i < loops_.size(); ++i) {
    Loop* other = loops_[(first + i) % loops_.size()].get();
    if (other->running() < best->running()) best = other;
  }
  return *best;
}

}  // namespace fireworks::upstream
