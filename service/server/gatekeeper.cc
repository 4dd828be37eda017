#include "service/server/gatekeeper.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "grpc/grpc_security_constants.h"
#include "service/server/key_fetch.h"

namespace fireworks::server {
namespace {

constexpr std::chrono::milliseconds kRefreshInterval{1'000};

using Views = std::vector<absl::string_view>;

Views AuthorizationOf(const grpc::CallbackServerContext& context) {
  Views values;
  const auto [begin, end] = context.client_metadata().equal_range("authorization");
  for (auto entry = begin; entry != end; ++entry) {
    values.emplace_back(entry->second.data(), entry->second.size());
  }
  return values;
}

Views PropertyOf(const grpc::AuthContext& peer, const char* name) {
  Views values;
  for (const grpc::string_ref& value : peer.FindPropertyValues(name)) {
    values.emplace_back(value.data(), value.size());
  }
  return values;
}

// What rules ask for that there is not.
void CheckRules(const access::Policy& policy, const std::vector<std::string>& key_labels,
                bool private_listener, bool content_allowed,
                std::vector<std::string>* problems) {
  for (const access::PolicyRule& rule : policy.rules()) {
    const bool known = rule.upstream_key.empty() ||
                       std::find(key_labels.begin(), key_labels.end(), rule.upstream_key) !=
                           key_labels.end();
    if (!known) {
      problems->push_back(absl::StrCat("policy: rule `", rule.name, "`: upstream_key: `",
                                       rule.upstream_key, "` is no label of `upstream.keys`"));
    }
    if (rule.log_content && !content_allowed) {
      problems->push_back(absl::StrCat("policy: rule `", rule.name,
                                       "`: log_content: needs `log.allow_content` in the "
                                       "configuration"));
    }
    if (rule.caller_key != access::CallerKey::kNever && !private_listener) {
      problems->push_back(absl::StrCat("policy: rule `", rule.name,
                                       "`: upstream_key_from_caller: needs `server.tls`, or an "
                                       "address of this machine only"));
    }
  }
}

}  // namespace

absl::Status CheckAccess(const AccessOptions& options, std::vector<std::string> methods,
                         const std::vector<std::string>& key_labels, bool private_listener,
                         bool content_allowed) {
  std::vector<std::string> problems;
  const auto note = [&problems](const absl::Status& status) {
    if (!status.ok()) problems.emplace_back(status.message());
  };
  access::ConfiguredAuthenticator::Options identity;
  identity.fetch = FetchKeys;
  note(access::ConfiguredAuthenticator::Create(options.identity, std::move(identity)).status());
  std::shared_ptr<const access::Policy> policy = options.policy;
  if (!options.policy_file.empty()) {
    const auto file = access::MakePolicyFile(options.policy_file, std::move(methods));
    note(file->Refresh());
    policy = file->Current();
  }
  if (policy != nullptr) {
    CheckRules(*policy, key_labels, private_listener, content_allowed, &problems);
  }
  if (problems.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrJoin(problems, "\n"));
}

absl::StatusOr<std::unique_ptr<Gatekeeper>> Gatekeeper::Create(const AccessOptions& options,
                                                               std::vector<std::string> methods,
                                                               telemetry::Metrics* metrics,
                                                               telemetry::Log* log) {
  auto gatekeeper = std::unique_ptr<Gatekeeper>(new Gatekeeper(options, metrics, log));
  access::ConfiguredAuthenticator::Options identity;
  identity.fetch = FetchKeys;
  identity.on_refused = [metrics](absl::string_view why) { metrics->CountRefusedIdentity(why); };
  auto authenticator =
      access::ConfiguredAuthenticator::Create(options.identity, std::move(identity));
  if (!authenticator.ok()) return authenticator.status();
  gatekeeper->authenticator_ = *std::move(authenticator);

  if (options.quota_store) {
    absl::Status shared = gatekeeper->ShareQuotas(*options.quota_store, metrics, log);
    if (!shared.ok()) return shared;
  }
  if (!options.policy_file.empty()) {
    gatekeeper->policy_file_ = access::MakePolicyFile(options.policy_file, std::move(methods));
    absl::Status read = gatekeeper->policy_file_->Refresh();
    if (!read.ok()) return read;
    gatekeeper->policy_refresh_.emplace(kRefreshInterval, [raw = gatekeeper.get()] {
      raw->policy_report_.Report(raw->policy_file_->Refresh());
    });
  }
  gatekeeper->identity_refresh_.emplace(kRefreshInterval, [raw = gatekeeper.get()] {
    raw->identity_report_.Report(raw->authenticator_->Refresh());
  });
  return gatekeeper;
}

absl::Status Gatekeeper::ShareQuotas(redis::QuotaStoreOptions options,
                                     telemetry::Metrics* metrics, telemetry::Log* log) {
  options.on_change = [metrics, log](const absl::Status& status) {
    metrics->SetQuotaStoreShared(status.ok());
    telemetry::LogLine line("quota_store", status.ok() ? telemetry::LogLevel::kInfo
                                                       : telemetry::LogLevel::kWarning);
    if (status.ok()) {
      line.Text("message", "quotas are shared");
    } else {
      line.Text("message", "this process counts quotas by itself")
          .Text("error", status.message());
    }
    log->Write(std::move(line));
  };
  options.on_local_answer = [metrics] { metrics->quota_local_decisions().Increment(); };
  auto created = redis::QuotaStore::Create(std::move(options));
  if (!created.ok()) return created.status();
  shared_quotas_ = *std::move(created);
  return absl::OkStatus();
}

access::QuotaStore& Gatekeeper::quotas() {
  if (shared_quotas_ != nullptr) return *shared_quotas_;
  return local_quotas_;
}

std::vector<access::SourceStatus> Gatekeeper::Sources() const {
  std::vector<access::SourceStatus> sources = authenticator_->Sources();
  if (policy_file_ != nullptr) sources.push_back(policy_file_->status("policy"));
  return sources;
}

void Gatekeeper::RefreshSoon() {
  if (policy_refresh_) policy_refresh_->RunSoon();
  identity_refresh_->RunSoon();
}

Gatekeeper::QuotaUse Gatekeeper::DescribeQuotas(std::size_t max) const {
  if (shared_quotas_ == nullptr) return {"this process", local_quotas_.Busiest(max)};
  return {shared_quotas_->shared() ? "shared" : "this process, the shared store is away",
          shared_quotas_->Busiest(max)};
}

void Gatekeeper::CloseQuotas() {
  if (shared_quotas_ != nullptr) shared_quotas_->Stop();
}

absl::StatusOr<access::Caller> Gatekeeper::Identify(
    const grpc::CallbackServerContext& context) const {
  const std::string peer = context.peer();
  const Views authorization = AuthorizationOf(context);
  Views uri_sans;
  Views dns_sans;
  // What a peer says of itself counts only where TLS has verified it.
  const std::shared_ptr<const grpc::AuthContext> authenticated = context.auth_context();
  if (authenticated != nullptr && authenticated->IsPeerAuthenticated()) {
    uri_sans = PropertyOf(*authenticated, GRPC_PEER_URI_PROPERTY_NAME);
    dns_sans = PropertyOf(*authenticated, GRPC_PEER_DNS_PROPERTY_NAME);
  }
  access::Credentials credentials;
  credentials.peer = peer;
  credentials.authorization = authorization;
  credentials.uri_sans = uri_sans;
  credentials.dns_sans = dns_sans;
  return authenticator_->Identify(credentials);
}

std::shared_ptr<const access::Policy> Gatekeeper::policy() const {
  return policy_file_ != nullptr ? policy_file_->Current() : policy_;
}

access::Decision Gatekeeper::Decide(const access::Caller& caller,
                                    const access::MethodTraits& method) const {
  return policy()->Decide(caller, method);
}

}  // namespace fireworks::server
