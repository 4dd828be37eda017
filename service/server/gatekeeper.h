// Who may call what: access/ as the server uses it.
#ifndef FIREWORKS_SERVICE_SERVER_GATEKEEPER_H_
#define FIREWORKS_SERVICE_SERVER_GATEKEEPER_H_

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "fireworks/service/v1/policy.pb.h"
#include "grpcpp/server_context.h"
#include "service/access/caller.h"
#include "service/access/configured_authenticator.h"
#include "service/access/local_quota_store.h"
#include "service/access/method_traits.h"
#include "service/access/policy.h"
#include "service/access/quota.h"
#include "service/redis/quota_store.h"
#include "service/server/periodic.h"
#include "service/server/reload_report.h"
#include "service/telemetry/log.h"
#include "service/telemetry/metrics.h"

namespace fireworks::server {

struct AccessOptions {
  fireworks::service::v1::Identity identity;  // without sources: everyone is anonymous
  std::string policy_file;                    // empty: `policy`
  std::shared_ptr<const access::Policy> policy = access::Policy::Default();
  absl::optional<redis::QuotaStoreOptions> quota_store;  // none: counted in this process
};

// What is wrong with `options`: all of it, one line each. Reads the files, and fetches
// nothing. `methods` are all methods, `key_labels` the upstream keys that rules can
// choose; `private_listener`: nobody on the way can read what callers send;
// `content_allowed`: the configuration lets content be logged.
absl::Status CheckAccess(const AccessOptions& options, std::vector<std::string> methods,
                         const std::vector<std::string>& key_labels, bool private_listener,
                         bool content_allowed);

// Identifies callers, decides by the policy that counts at the moment, and counts
// use. Reads changed files and keys on threads of its own. Thread-safe.
class Gatekeeper {
 public:
  // `methods` are all methods, "package.Service/Method"; metrics and log must outlive
  // this. Errors name the setting, or the policy's file, line and column.
  static absl::StatusOr<std::unique_ptr<Gatekeeper>> Create(const AccessOptions& options,
                                                            std::vector<std::string> methods,
                                                            telemetry::Metrics* metrics,
                                                            telemetry::Log* log);

  Gatekeeper(const Gatekeeper&) = delete;
  Gatekeeper& operator=(const Gatekeeper&) = delete;

  // UNAUTHENTICATED, without saying why.
  absl::StatusOr<access::Caller> Identify(const grpc::CallbackServerContext& context) const;

  access::Decision Decide(const access::Caller& caller, const access::MethodTraits& method) const;

  // The policy that counts at the moment.
  std::shared_ptr<const access::Policy> policy() const;

  // Whether all sources of identity have what they need; once they do, they keep it.
  bool ready() const { return authenticator_->ready(); }

  access::QuotaStore& quotas();
  // What is read again while this runs: files and addresses. Does not block.
  std::vector<access::SourceStatus> Sources() const;
  // Looks at them without waiting for the time. Does not wait.
  void RefreshSoon();

  // Who uses quotas now, those with the most calls first, `max` at most, and where they
  // are counted: "this process", "shared", or "this process, the shared store is away".
  struct QuotaUse {
    std::string counted_by;
    std::vector<access::LocalQuotaStore::KeyUse> busiest;
  };
  QuotaUse DescribeQuotas(std::size_t max) const;

  // Answers what quotas() was asked, and tells others what it was told. To be called
  // while calls could still be answered; later ones may not ask.
  void CloseQuotas();

 private:
  absl::Status ShareQuotas(redis::QuotaStoreOptions options, telemetry::Metrics* metrics,
                           telemetry::Log* log);

  Gatekeeper(const AccessOptions& options, telemetry::Metrics* metrics, telemetry::Log* log)
      : policy_(options.policy),
        policy_report_(metrics, log, "policy"),
        identity_report_(metrics, log, "identity") {}

  std::unique_ptr<access::ConfiguredAuthenticator> authenticator_;
  std::unique_ptr<access::PolicyFile> policy_file_;  // null: policy_ counts
  const std::shared_ptr<const access::Policy> policy_;
  access::LocalQuotaStore local_quotas_;
  std::unique_ptr<redis::QuotaStore> shared_quotas_;  // null: local_quotas_ count
  ReloadReport policy_report_;    // of its Periodic
  ReloadReport identity_report_;  // of its Periodic
  // Fetching keys may take seconds, reading the policy does not: a thread each.
  absl::optional<Periodic> policy_refresh_;
  absl::optional<Periodic> identity_refresh_;
};

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_GATEKEEPER_H_
