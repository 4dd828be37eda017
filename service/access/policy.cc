#include "service/access/policy.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/access/glob.h"
#include "service/access/sha256.h"

namespace fireworks::access {
namespace {

namespace v1 = fireworks::service::v1;

bool MatchesAny(const std::vector<std::string>& patterns, absl::string_view text) {
  return std::any_of(patterns.begin(), patterns.end(), [text](const std::string& pattern) {
    return MatchesGlob(pattern, text);
  });
}

// Whether a pattern describes a model. What follows a `#` picks a deployment, which a
// pattern that speaks of models only has not allowed.
bool DescribesModel(absl::string_view pattern, absl::string_view model) {
  const bool picks = model.find('#') != absl::string_view::npos;
  const bool may_pick = pattern.find('#') != absl::string_view::npos;
  return (may_pick || !picks) && MatchesGlob(pattern, model);
}

// How `rule` comes to say nothing about the call.
std::string WhyNot(const PolicyRule& rule, const Decision& decision) {
  if (!rule.DescribesCaller(decision.caller())) {
    return absl::StrCat("is about other callers: ", absl::StrJoin(rule.callers, ", "));
  }
  if (!rule.methods.empty() && !MatchesAny(rule.methods, decision.method())) {
    return absl::StrCat("is about other methods: ", absl::StrJoin(rule.methods, ", "));
  }
  return absl::StrCat("is about other classes: ",
                      absl::StrJoin(rule.classes, ", ", [](std::string* out, v1::MethodClass c) {
                        out->append(ClassName(c));
                      }));
}

// What a rule says of a value that tells callers apart.
absl::string_view InWords(IdentityUse use) {
  return use == IdentityUse::kCaller ? "the caller's own"
                                     : "the caller's own, unless the request has one";
}

// What a rule that allows asks for, one line each.
std::string Terms(const PolicyRule& rule) {
  std::string text;
  const auto line = [&text](absl::string_view what, const auto& value) {
    absl::StrAppend(&text, "  ", what, ": ", value, "\n");
  };
  if (!rule.models.empty()) line("models", absl::StrJoin(rule.models, ", "));
  if (rule.max_tokens) line("max_tokens", *rule.max_tokens);
  if (rule.quota.concurrent_streams > 0) {
    line("concurrent streams", rule.quota.concurrent_streams);
  }
  if (rule.quota.requests_per_minute > 0) {
    line("requests per minute", rule.quota.requests_per_minute);
  }
  if (rule.quota.tokens_per_minute > 0) line("tokens per minute", rule.quota.tokens_per_minute);
  std::vector<std::string> aliases;
  for (const auto& [alias, model] : rule.model_aliases) {
    aliases.push_back(absl::StrCat(alias, " = ", model));
  }
  std::sort(aliases.begin(), aliases.end());
  if (!aliases.empty()) line("model aliases", absl::StrJoin(aliases, ", "));
  if (!rule.upstream_key.empty()) line("upstream key", rule.upstream_key);
  if (rule.caller_key != CallerKey::kNever) {
    line("the caller's own upstream key",
         rule.caller_key == CallerKey::kRequired ? "required" : "if it sends one");
  }
  if (rule.media_urls != MediaUrls::kAny) {
    line("media URLs", rule.media_urls == MediaUrls::kHttpsOnly ? "https: and data:" : "data:");
  }
  if (rule.prompt_cache != IdentityUse::kOff) line("prompt cache", InWords(rule.prompt_cache));
  if (rule.affinity != IdentityUse::kOff) line("session affinity", InWords(rule.affinity));
  if (rule.log_content) {
    line("content is logged until", absl::FormatTime(absl::RFC3339_sec, rule.log_content->until,
                                                     absl::UTCTimeZone()));
  }
  return text;
}

// A value made of the caller's name, one for each `purpose`; nullopt where the request
// is to stay as it is.
absl::optional<std::string> ValueOf(IdentityUse use, bool is_set, absl::string_view purpose,
                                    absl::string_view caller) {
  if (use == IdentityUse::kOff || (use == IdentityUse::kCallerUnlessSet && is_set)) {
    return absl::nullopt;
  }
  return absl::StrCat("caller-",
                      ToHex(Sha256(absl::StrCat(purpose, " of ", caller))).substr(0, 32));
}

}  // namespace

bool PolicyRule::DescribesCaller(absl::string_view caller) const {
  return MatchesAny(callers, caller);
}

bool PolicyRule::DescribesMethod(absl::string_view method, v1::MethodClass method_class) const {
  if (!classes.empty() &&
      std::find(classes.begin(), classes.end(), method_class) == classes.end()) {
    return false;
  }
  return methods.empty() || MatchesAny(methods, method);
}

Decision Policy::Decide(const Caller& caller, const MethodTraits& method) const {
  Decision decision;
  decision.policy_ = shared_from_this();
  decision.caller_ = caller.name;
  decision.method_ = method.name;
  decision.class_ = ClassOf(method);
  for (const PolicyRule& rule : rules_) {
    if (rule.DescribesCaller(caller.name) && rule.DescribesMethod(method.name, decision.class_)) {
      decision.rule_ = &rule;
      break;
    }
  }
  return decision;
}

absl::Status Decision::status() const {
  if (allowed()) return absl::OkStatus();
  return absl::PermissionDeniedError(absl::StrCat(
      "the policy does not allow ", caller_, " to call ", method_,
      rule_ == nullptr ? ": no rule allows it"
                       : absl::StrCat(": rule `", rule_->name, "` denies it")));
}

std::string Decision::ResolveModel(absl::string_view model) const {
  const auto alias = rule_->model_aliases.find(model);
  return alias == rule_->model_aliases.end() ? std::string(model) : alias->second;
}

absl::Status Decision::CheckModel(absl::string_view model) const {
  if (rule_->models.empty()) return absl::OkStatus();
  if (model.empty()) {
    return absl::PermissionDeniedError(
        absl::StrCat("rule `", rule_->name, "` of the policy wants a model to be named"));
  }
  for (const std::string& pattern : rule_->models) {
    if (DescribesModel(pattern, model)) return absl::OkStatus();
  }
  return absl::PermissionDeniedError(absl::StrCat("rule `", rule_->name,
                                                  "` of the policy does not allow ", caller_,
                                                  " the model ", model));
}

absl::StatusOr<absl::optional<std::int64_t>> Decision::CheckMaxTokens(
    absl::optional<std::int64_t> requested) const {
  if (!rule_->max_tokens || !requested) return requested ? requested : rule_->max_tokens;
  if (*requested >= 0 && *requested <= *rule_->max_tokens) return requested;
  return absl::PermissionDeniedError(absl::StrCat("rule `", rule_->name,
                                                  "` of the policy allows ", *rule_->max_tokens,
                                                  " tokens, not ", *requested));
}

std::string Decision::quota_key() const {
  // Names have no spaces: no two pairs give the same key.
  return absl::StrCat(rule_->name, " ", caller_);
}

absl::Status Decision::CheckMedia(absl::string_view body) const {
  const absl::Status checked = CheckMediaUrls(rule_->media_urls, body);
  if (!absl::IsPermissionDenied(checked)) return checked;
  return absl::PermissionDeniedError(
      absl::StrCat("rule `", rule_->name, "` of the policy ", checked.message()));
}

absl::optional<std::string> Decision::PromptCacheIsolationKey(bool is_set) const {
  return ValueOf(rule_->prompt_cache, is_set, "prompt cache", caller_);
}

absl::optional<std::string> Decision::SessionAffinity(bool is_set) const {
  return ValueOf(rule_->affinity, is_set, "sessions", caller_);
}

bool Decision::delivers_secrets() const {
  const auto& classes = rule_->classes;
  return classes.empty() ||
         std::find(classes.begin(), classes.end(), v1::METHOD_CLASS_SECRET) != classes.end();
}

std::string Explain(const Decision& decision) {
  std::string text = absl::StrCat("caller: ", decision.caller_, "\nmethod: ", decision.method_,
                                  " (", ClassName(decision.class_), ")\n");
  for (const PolicyRule& rule : decision.policy_->rules()) {
    if (&rule == decision.rule_) break;
    absl::StrAppend(&text, "rule `", rule.name, "` ", WhyNot(rule, decision), "\n");
  }
  if (decision.rule_ == nullptr) {
    return absl::StrCat(text, "denied: no rule is about this caller and method\n");
  }
  absl::StrAppend(&text, decision.allowed() ? "allowed" : "denied", " by rule `",
                  decision.rule_->name, "`\n");
  return text + Terms(*decision.rule_);
}

}  // namespace fireworks::access
