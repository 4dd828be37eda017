// Policies as people write them, made into rules.
#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/access/glob.h"
#include "service/access/label.h"
#include "service/access/policy.h"
#include "service/access/text_format.h"

namespace fireworks::access {
namespace {

namespace v1 = fireworks::service::v1;

constexpr std::size_t kMaxFileBytes = 4 * 1024 * 1024;
constexpr std::int32_t kMaxLoggedContent = 65536;

// Responses belong to the account: whoever may list them reads everyone's.
constexpr char kDefaultPolicy[] = R"(
  rules {
    name: "stored-responses"
    callers: "*"
    methods: "fireworks.inference.v1.ResponseService/GetResponse"
    methods: "fireworks.inference.v1.ResponseService/ListResponses"
    methods: "fireworks.inference.v1.ResponseService/DeleteResponse"
    deny: true
  }
  rules {
    name: "inference"
    callers: "*"
    method_classes: METHOD_CLASS_INFERENCE
    method_classes: METHOD_CLASS_LOCAL
  }
  rules {
    name: "secrets-and-keys"
    callers: "*"
    methods: "fireworks.gateway.v1.SecretService/*"
    methods: "fireworks.gateway.v1.ApiKeyService/*"
    methods: "fireworks.gateway.v1.IdentityProviderService/*"
    deny: true
  }
  rules {
    name: "management-reads"
    callers: "*"
    method_classes: METHOD_CLASS_READ
  }
)";

absl::Status CheckPatterns(const google::protobuf::RepeatedPtrField<std::string>& patterns,
                           const char* field, const TextPlace& place) {
  for (int i = 0; i < patterns.size(); ++i) {
    const std::string& pattern = patterns[i];
    if (pattern.empty() || !std::all_of(pattern.begin(), pattern.end(), absl::ascii_isgraph)) {
      return place.Error(field, "must be visible ASCII without spaces", i);
    }
  }
  return absl::OkStatus();
}

// Callers and methods of the rule.
absl::Status ReadScope(const v1::PolicyRule& config, const TextPlace& place,
                       absl::Span<const std::string> known_methods, PolicyRule* rule) {
  if (config.callers().empty()) {
    return place.Error("callers", "required; `*` stands for everyone");
  }
  absl::Status checked = CheckPatterns(config.callers(), "callers", place);
  if (!checked.ok()) return checked;
  if (config.methods().empty() && config.method_classes().empty()) {
    return place.Error("methods", "or `method_classes` is required");
  }
  for (int i = 0; i < config.methods_size(); ++i) {
    const std::string& pattern = config.methods(i);
    const bool known = std::any_of(
        known_methods.begin(), known_methods.end(),
        [&pattern](const std::string& method) { return MatchesGlob(pattern, method); });
    if (pattern.empty() || (!known && !known_methods.empty())) {
      return place.Error("methods", absl::StrCat("`", pattern, "` describes no method; they are "
                                                 "called like `package.Service/Method`"),
                         i);
    }
  }
  for (int i = 0; i < config.method_classes_size(); ++i) {
    if (config.method_classes(i) == v1::METHOD_CLASS_UNSPECIFIED) {
      return place.Error("method_classes", "must name a class", i);
    }
    rule->classes.push_back(config.method_classes(i));
  }
  rule->callers.assign(config.callers().begin(), config.callers().end());
  rule->methods.assign(config.methods().begin(), config.methods().end());
  return absl::OkStatus();
}

absl::Status ReadQuota(const v1::CallerQuota& config, const TextPlace& place, QuotaLimits* quota) {
  if (config.concurrent_streams() < 0) {
    return place.Error("concurrent_streams", "must not be negative");
  }
  if (config.requests_per_minute() < 0) {
    return place.Error("requests_per_minute", "must not be negative");
  }
  if (config.tokens_per_minute() < 0) {
    return place.Error("tokens_per_minute", "must not be negative");
  }
  *quota = {config.concurrent_streams(), config.requests_per_minute(),
            config.tokens_per_minute()};
  return absl::OkStatus();
}

absl::Status ReadAliases(const v1::PolicyRule& config, const TextPlace& place, PolicyRule* rule) {
  for (const auto& [alias, model] : config.model_aliases()) {
    if (!IsLabel(alias)) {
      return place.Error("model_aliases", absl::StrCat("key `", alias, "`: ", kLabelRule));
    }
    if (model.empty() || config.model_aliases().contains(model)) {
      return place.Error("model_aliases",
                         absl::StrCat("`", alias, "` must stand for a model, not for an alias"));
    }
    rule->model_aliases.emplace(alias, model);
  }
  return absl::OkStatus();
}

IdentityUse ReadUse(v1::PromptCacheIsolation isolation) {
  switch (isolation) {
    case v1::PROMPT_CACHE_ISOLATION_CALLER: return IdentityUse::kCaller;
    case v1::PROMPT_CACHE_ISOLATION_CALLER_UNLESS_SET: return IdentityUse::kCallerUnlessSet;
    default: return IdentityUse::kOff;
  }
}

IdentityUse ReadUse(v1::SessionAffinity affinity) {
  switch (affinity) {
    case v1::SESSION_AFFINITY_CALLER: return IdentityUse::kCaller;
    case v1::SESSION_AFFINITY_CALLER_UNLESS_SET: return IdentityUse::kCallerUnlessSet;
    default: return IdentityUse::kOff;
  }
}

MediaUrls ReadMediaUrls(v1::MediaUrls urls) {
  switch (urls) {
    case v1::MEDIA_URLS_HTTPS_ONLY: return MediaUrls::kHttpsOnly;
    case v1::MEDIA_URLS_DATA_ONLY: return MediaUrls::kDataOnly;
    default: return MediaUrls::kAny;
  }
}

absl::Status ReadKeys(const v1::PolicyRule& config, const TextPlace& place, PolicyRule* rule) {
  if (!config.upstream_key().empty() && !IsLabel(config.upstream_key())) {
    return place.Error("upstream_key", kLabelRule);
  }
  rule->upstream_key = config.upstream_key();
  if (config.upstream_key_from_caller() == v1::CALLER_KEY_OPTIONAL) {
    rule->caller_key = CallerKey::kOptional;
  } else if (config.upstream_key_from_caller() == v1::CALLER_KEY_REQUIRED) {
    rule->caller_key = CallerKey::kRequired;
  }
  if (rule->caller_key == CallerKey::kRequired && !rule->upstream_key.empty()) {
    return place.Error("upstream_key", "is never used where the caller's own key is required");
  }
  return absl::OkStatus();
}

absl::Status ReadLogContent(const v1::PolicyRule& config, const TextPlace& rule_place,
                            PolicyRule* rule) {
  if (!config.has_log_content()) return absl::OkStatus();
  for (int i = 0; i < config.callers_size(); ++i) {
    if (absl::StrContains(config.callers(i), '*')) {
      return rule_place.Error("callers", "must be named one by one where their content is logged",
                              i);
    }
  }
  const TextPlace place = rule_place.In("log_content");
  ContentLogging& logging = rule->log_content.emplace();
  std::string error;
  // Without an end it would be forgotten.
  if (!absl::ParseTime(absl::RFC3339_full, config.log_content().until(), &logging.until, &error) ||
      logging.until == absl::InfiniteFuture()) {
    return place.Error("until", "must be a time such as `2026-05-01T18:00:00Z`");
  }
  const std::int32_t max_bytes = config.log_content().max_bytes();
  if (max_bytes < 0 || max_bytes > kMaxLoggedContent) {
    return place.Error("max_bytes", absl::StrCat("must be between 1 and ", kMaxLoggedContent));
  }
  if (max_bytes > 0) logging.max_bytes = static_cast<std::size_t>(max_bytes);
  return absl::OkStatus();
}

// A number without a name would else be taken for the default, which limits nothing.
absl::Status CheckEnums(const v1::PolicyRule& config, const TextPlace& place) {
  const auto error = [&place](const char* field) {
    return place.Error(field, "has no such value");
  };
  if (!v1::PromptCacheIsolation_IsValid(config.prompt_cache_isolation())) {
    return error("prompt_cache_isolation");
  }
  if (!v1::MediaUrls_IsValid(config.media_urls())) return error("media_urls");
  if (!v1::CallerKey_IsValid(config.upstream_key_from_caller())) {
    return error("upstream_key_from_caller");
  }
  if (!v1::SessionAffinity_IsValid(config.session_affinity())) return error("session_affinity");
  return absl::OkStatus();
}

// What the rule grants.
absl::Status ReadTerms(const v1::PolicyRule& config, const TextPlace& place, PolicyRule* rule) {
  absl::Status read = CheckEnums(config, place);
  if (!read.ok()) return read;
  read = CheckPatterns(config.models(), "models", place);
  if (!read.ok()) return read;
  rule->models.assign(config.models().begin(), config.models().end());
  if (config.max_tokens() < 0) return place.Error("max_tokens", "must not be negative");
  if (config.max_tokens() > 0) rule->max_tokens = config.max_tokens();
  read = ReadQuota(config.quota(), place.In("quota"), &rule->quota);
  if (!read.ok()) return read;
  read = ReadAliases(config, place, rule);
  if (!read.ok()) return read;
  read = ReadKeys(config, place, rule);
  if (!read.ok()) return read;
  read = ReadLogContent(config, place, rule);
  if (!read.ok()) return read;
  rule->media_urls = ReadMediaUrls(config.media_urls());
  rule->prompt_cache = ReadUse(config.prompt_cache_isolation());
  rule->affinity = ReadUse(config.session_affinity());
  return absl::OkStatus();
}

// Whether the rule has any of the fields that ReadTerms reads.
bool HasTerms(const v1::PolicyRule& config) {
  return !config.models().empty() || config.max_tokens() != 0 || config.has_quota() ||
         !config.model_aliases().empty() || !config.upstream_key().empty() ||
         config.prompt_cache_isolation() != v1::PROMPT_CACHE_ISOLATION_UNSPECIFIED ||
         config.media_urls() != v1::MEDIA_URLS_UNSPECIFIED ||
         config.upstream_key_from_caller() != v1::CALLER_KEY_UNSPECIFIED ||
         config.session_affinity() != v1::SESSION_AFFINITY_UNSPECIFIED ||
         config.has_log_content();
}

absl::StatusOr<PolicyRule> ReadRule(const v1::PolicyRule& config, const TextPlace& place,
                                    absl::Span<const std::string> known_methods) {
  PolicyRule rule;
  rule.name = config.name();
  if (!IsLabel(rule.name)) return place.Error("name", kLabelRule);
  absl::Status read = ReadScope(config, place, known_methods, &rule);
  if (!read.ok()) return read;
  rule.deny = config.deny();
  if (rule.deny && HasTerms(config)) {
    return place.Error("deny", "a rule that denies has nothing but callers and methods");
  }
  read = ReadTerms(config, place, &rule);
  if (!read.ok()) return read;
  return rule;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Policy>> Policy::Parse(
    absl::string_view text, absl::string_view name, absl::Span<const std::string> methods) {
  v1::Policy config;
  ParsedText parsed;
  const absl::Status status = parsed.Parse(text, name, &config);
  if (!status.ok()) return status;
  // Far more likely a file that was cut short than the wish to lock everyone out.
  if (config.rules().empty()) return parsed.place().Error("rules", "a policy needs at least one");
  std::vector<PolicyRule> rules;
  std::set<std::string> names;
  for (int i = 0; i < config.rules_size(); ++i) {
    const TextPlace place = parsed.place().In("rules", i);
    absl::StatusOr<PolicyRule> rule = ReadRule(config.rules(i), place, methods);
    if (!rule.ok()) return rule.status();
    if (!names.insert(rule->name).second) return place.Error("name", "another rule has it");
    rules.push_back(*std::move(rule));
  }
  return std::shared_ptr<const Policy>(std::make_shared<Policy>(std::move(rules)));
}

std::shared_ptr<const Policy> Policy::Default() {
  return *Parse(kDefaultPolicy, "default policy", {});
}

std::unique_ptr<PolicyFile> MakePolicyFile(const std::string& path,
                                           std::vector<std::string> methods) {
  return std::make_unique<PolicyFile>(
      path, kMaxFileBytes, [methods = std::move(methods)](const std::string& content,
                                                          const std::string& name) {
        return Policy::Parse(content, name, methods);
      });
}

}  // namespace fireworks::access
