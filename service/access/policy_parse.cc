// Policies as people write them, made into rules.
#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "service/access/glob.h"
#include "service/access/label.h"
#include "service/access/policy.h"
#include "service/access/text_format.h"

namespace fireworks::access {
namespace {

namespace v1 = fireworks::service::v1;

constexpr std::size_t kMaxFileBytes = 4 * 1024 * 1024;

constexpr char kDefaultPolicy[] = R"(
  rules {
    name: "inference"
    callers: "*"
    method_classes: METHOD_CLASS_INFERENCE
    method_classes: METHOD_CLASS_LOCAL
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

// What the rule grants.
absl::Status ReadTerms(const v1::PolicyRule& config, const TextPlace& place, PolicyRule* rule) {
  absl::Status read = CheckPatterns(config.models(), "models", place);
  if (!read.ok()) return read;
  rule->models.assign(config.models().begin(), config.models().end());
  if (config.max_tokens() < 0) return place.Error("max_tokens", "must not be negative");
  if (config.max_tokens() > 0) rule->max_tokens = config.max_tokens();
  read = ReadQuota(config.quota(), place.In("quota"), &rule->quota);
  if (!read.ok()) return read;
  read = ReadAliases(config, place, rule);
  if (!read.ok()) return read;
  if (!config.upstream_key().empty() && !IsLabel(config.upstream_key())) {
    return place.Error("upstream_key", kLabelRule);
  }
  rule->upstream_key = config.upstream_key();
  rule->isolates_prompt_cache =
      config.prompt_cache_isolation() == v1::PROMPT_CACHE_ISOLATION_CALLER;
  return absl::OkStatus();
}

// Whether the rule has any of the fields that ReadTerms reads.
bool HasTerms(const v1::PolicyRule& config) {
  return !config.models().empty() || config.max_tokens() != 0 || config.has_quota() ||
         !config.model_aliases().empty() || !config.upstream_key().empty() ||
         config.prompt_cache_isolation() != v1::PROMPT_CACHE_ISOLATION_UNSPECIFIED;
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
