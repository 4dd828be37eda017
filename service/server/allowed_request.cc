#include "service/server/allowed_request.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/server/extra_json.h"
#include "service/server/request_encoder.h"

namespace fireworks::server {
namespace {

using google::protobuf::Message;
using Headers = std::vector<upstream::Header>;

constexpr char kIsolationHeader[] = "x-prompt-cache-isolation-key";
constexpr char kIsolationKey[] = "prompt_cache_isolation_key";
constexpr char kAffinityHeader[] = "x-session-affinity";

bool HasHeader(const Headers& headers, absl::string_view name) {
  return std::any_of(headers.begin(), headers.end(),
                     [name](const auto& header) { return header.name == name; });
}

void SetHeader(absl::string_view name, const std::string& value, Headers* headers) {
  headers->erase(std::remove_if(headers->begin(), headers->end(),
                                [name](const auto& header) { return header.name == name; }),
                 headers->end());
  headers->push_back({std::string(name), value});
}

void ResolveModel(const access::Decision& decision, const Endpoint& endpoint, Message* message,
                  PolicyEffects* effects) {
  const contract::FieldPath& path = endpoint.route->model;
  if (path.empty()) return;
  std::string model = path.GetString(*message);
  std::string resolved = decision.ResolveModel(model);
  if (resolved == model) return;
  path.SetString(message, std::move(resolved));
  effects->model_alias = std::move(model);
}

// What the rule limits may not come by another name, which upstream may know and the
// contract does not.
absl::Status CheckExtras(const access::Decision& decision, const Message& message) {
  const access::PolicyRule* rule = decision.rule();
  const auto* extra = ExtraJsonField(message.GetDescriptor());
  if (rule == nullptr || extra == nullptr) return absl::OkStatus();
  for (const std::string& key : ExtraKeys(extra, message)) {
    const std::string lower = absl::AsciiStrToLower(key);
    const bool tokens = absl::StrContains(lower, "max") && absl::StrContains(lower, "token");
    if ((rule->max_tokens && tokens) || (!rule->models.empty() && lower == "model")) {
      return absl::PermissionDeniedError(absl::StrCat(
          "extra_json: \"", key, "\" says what rule `", rule->name, "` of the policy limits; use ",
          "the field for it"));
    }
  }
  return absl::OkStatus();
}

absl::Status LimitTokens(const access::Decision& decision, const Endpoint& endpoint,
                         Message* message, PolicyEffects* effects) {
  const auto& reflection = *message->GetReflection();
  bool asked = false;
  for (const auto* field : endpoint.max_tokens) {
    if (!reflection.HasField(*message, field)) continue;
    asked = true;
    const auto limit = decision.CheckMaxTokens(reflection.GetInt32(*message, field));
    if (!limit.ok()) return limit.status();
  }
  if (asked || endpoint.max_tokens.empty()) return absl::OkStatus();
  const auto limit = decision.CheckMaxTokens(absl::nullopt);
  if (!limit.ok()) return limit.status();
  if (!*limit) return absl::OkStatus();
  effects->max_tokens = std::min<std::int64_t>(**limit, INT32_MAX);
  reflection.SetInt32(message, endpoint.max_tokens.front(),
                      static_cast<std::int32_t>(*effects->max_tokens));
  return absl::OkStatus();
}

// The upstream takes the key as a header and, of some requests, as a field; where the
// contract has no such field, a caller might still put it into `extra_json`. Whichever
// of them upstream prefers, all must say the same.
void IsolateCache(const access::Decision& decision, const Endpoint& endpoint, Headers* headers,
                  Message* message, PolicyEffects* effects) {
  const auto& reflection = *message->GetReflection();
  const auto* field = endpoint.cache_isolation;
  const auto* extra = ExtraJsonField(message->GetDescriptor());
  const bool is_set =
      HasHeader(*headers, kIsolationHeader) ||
      (field != nullptr && !reflection.GetString(*message, field).empty()) ||
      (extra != nullptr && HasExtra(extra, kIsolationKey, *message));
  effects->isolation_key = decision.PromptCacheIsolationKey(is_set);
  if (!effects->isolation_key) return;
  if (field != nullptr) reflection.SetString(message, field, *effects->isolation_key);
  if (extra != nullptr) RemoveExtra(extra, kIsolationKey, message);
  SetHeader(kIsolationHeader, *effects->isolation_key, headers);
}

}  // namespace

absl::StatusOr<upstream::Request> EncodeAllowedRequest(const access::Decision& decision,
                                                       const Endpoint& endpoint,
                                                       const Names& names, Headers context,
                                                       Message* message,
                                                       PolicyEffects* effects) {
  if (endpoint.traits.inference) {
    if (absl::Status extras = CheckExtras(decision, *message); !extras.ok()) return extras;
  }
  ResolveModel(decision, endpoint, message, effects);
  if (absl::Status limited = LimitTokens(decision, endpoint, message, effects); !limited.ok()) {
    return limited;
  }
  if (endpoint.traits.inference) {
    IsolateCache(decision, endpoint, &context, message, effects);
    effects->affinity = decision.SessionAffinity(HasHeader(context, kAffinityHeader));
    if (effects->affinity) SetHeader(kAffinityHeader, *effects->affinity, &context);
  }

  absl::StatusOr<upstream::Request> encoded = EncodeRequest(endpoint, names, message);
  if (!encoded.ok()) return encoded.status();
  // Only now the model is what upstream would be asked for, and the body what it would
  // read.
  if (!endpoint.route->model.empty()) {
    const absl::Status model = decision.CheckModel(endpoint.route->model.GetString(*message));
    if (!model.ok()) return model;
  }
  if (endpoint.traits.inference && encoded->has_body) {
    if (absl::Status media = decision.CheckMedia(encoded->body); !media.ok()) return media;
  }
  std::move(context.begin(), context.end(), std::back_inserter(encoded->headers));
  return encoded;
}

}  // namespace fireworks::server
