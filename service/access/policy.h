// What callers may do (fireworks.service.v1.Policy).
#ifndef FIREWORKS_SERVICE_ACCESS_POLICY_H_
#define FIREWORKS_SERVICE_ACCESS_POLICY_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "fireworks/service/v1/policy.pb.h"
#include "service/access/caller.h"
#include "service/access/media_urls.h"
#include "service/access/method_traits.h"
#include "service/access/quota.h"
#include "service/access/reloaded_file.h"

namespace fireworks::access {

class Policy;

// Where a value comes from that tells callers apart upstream.
enum class IdentityUse {
  kOff,             // of the request as it is
  kCaller,          // of the caller's name
  kCallerUnlessSet  // of the request, else of the caller's name
};

// Whose key a call is sent with.
enum class CallerKey { kNever, kOptional, kRequired };

// How content of calls is logged.
struct ContentLogging {
  absl::Time until;
  std::size_t max_bytes = 4096;  // of a request, and of an answer
};

// One rule, ready to use. Immutable.
struct PolicyRule {
  std::string name;
  std::vector<std::string> callers;
  std::vector<std::string> methods;                              // empty: any
  std::vector<fireworks::service::v1::MethodClass> classes;      // empty: any
  bool deny = false;
  std::vector<std::string> models;                               // empty: any
  absl::optional<std::int64_t> max_tokens;
  QuotaLimits quota;
  absl::flat_hash_map<std::string, std::string> model_aliases;
  std::string upstream_key;                                      // empty: the default one
  CallerKey caller_key = CallerKey::kNever;
  MediaUrls media_urls = MediaUrls::kAny;
  IdentityUse prompt_cache = IdentityUse::kOff;
  IdentityUse affinity = IdentityUse::kOff;
  absl::optional<ContentLogging> log_content;                    // none: never

  bool DescribesCaller(absl::string_view caller) const;
  bool DescribesMethod(absl::string_view method,
                       fireworks::service::v1::MethodClass method_class) const;
};

// What a policy says of one caller and one method. Keeps its policy alive. A value; any
// thread.
class Decision {
 public:
  bool allowed() const { return rule_ != nullptr && !rule_->deny; }

  // OK, or PERMISSION_DENIED in words for the caller.
  absl::Status status() const;

  // The rule that decided; null when none described caller and method.
  const PolicyRule* rule() const { return rule_; }

  const std::string& caller() const { return caller_; }
  const std::string& method() const { return method_; }
  fireworks::service::v1::MethodClass method_class() const { return class_; }

  // All below is for decisions that allow.

  // What `model` stands for among the rule's aliases; itself if it is none.
  std::string ResolveModel(absl::string_view model) const;

  // Whether the caller may name `model`, after all aliases have been resolved; for
  // methods that have a model. Empty: the request names none. PERMISSION_DENIED.
  absl::Status CheckModel(absl::string_view model) const;

  // The limit of tokens to send upstream for a request that asks for `requested`, or
  // does not say: nullopt leaves it unsaid. PERMISSION_DENIED when it asks for more
  // than the rule allows, or for a negative number, which might mean no limit.
  absl::StatusOr<absl::optional<std::int64_t>> CheckMaxTokens(
      absl::optional<std::int64_t> requested) const;

  // Whose use counts towards rule()->quota: this caller's under this rule.
  std::string quota_key() const;

  // Of an inference request's JSON text, as it will be sent: whether the upstream may
  // fetch what it names. PERMISSION_DENIED; INVALID_ARGUMENT when that can't be told.
  absl::Status CheckMedia(absl::string_view body) const;

  // The upstream's `prompt_cache_isolation_key` and `x-session-affinity` for this
  // caller, where the rule wants the request to have them instead of its own
  // (`is_set`): the same in every process, different for every caller, and not its name.
  absl::optional<std::string> PromptCacheIsolationKey(bool is_set) const;
  absl::optional<std::string> SessionAffinity(bool is_set) const;

  // Whether answers bring what the contract marks as sensitive: the rule is about
  // methods of the class SECRET, too.
  bool delivers_secrets() const;

 private:
  friend class Policy;
  friend std::string Explain(const Decision& decision);

  std::shared_ptr<const Policy> policy_;
  const PolicyRule* rule_ = nullptr;  // of policy_
  std::string caller_;
  std::string method_;
  fireworks::service::v1::MethodClass class_ =
      fireworks::service::v1::METHOD_CLASS_UNSPECIFIED;
};

// An ordered list of rules; the first one that describes caller and method decides, and
// what none describes is denied. Immutable; any thread.
class Policy : public std::enable_shared_from_this<Policy> {
 public:
  // Reads text format; `name` is the file's. `methods` are the full names of all
  // methods of the service: a pattern that describes none of them is an error, as it
  // is most likely misspelt; empty leaves that unchecked. Errors are lines of
  // "<name>:<line>:<column>: <what>".
  static absl::StatusOr<std::shared_ptr<const Policy>> Parse(
      absl::string_view text, absl::string_view name, absl::Span<const std::string> methods);

  // The one that counts where none is configured: everyone may use inference, read
  // management resources without secrets, and call the service's own methods.
  static std::shared_ptr<const Policy> Default();

  // Of Parse.
  explicit Policy(std::vector<PolicyRule> rules) : rules_(std::move(rules)) {}

  Decision Decide(const Caller& caller, const MethodTraits& method) const;

  const std::vector<PolicyRule>& rules() const { return rules_; }

 private:
  const std::vector<PolicyRule> rules_;
};

// Who, which rule, why: a few lines for people, with what each rule before the one that
// decided lacks.
std::string Explain(const Decision& decision);

// The policy in a file. Call Refresh before the first use, and then about every second.
using PolicyFile = ReloadedFile<Policy>;
std::unique_ptr<PolicyFile> MakePolicyFile(const std::string& path,
                                           std::vector<std::string> methods);

}  // namespace fireworks::access

#endif  // FIREWORKS_SERVICE_ACCESS_POLICY_H_
