#include "service/access/jwt.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/types/optional.h"
#include "service/access/caller.h"
#include "service/access/strict_json.h"

namespace fireworks::access {
namespace {

using nlohmann::json;

absl::Status Refused(absl::string_view why) { return absl::UnauthenticatedError(why); }

// Of one part of a token.
absl::StatusOr<json> ParsePart(absl::string_view text) {
  const absl::optional<std::string> bytes = DecodeBase64Url(text);
  if (!bytes) return absl::InvalidArgumentError("no base64url");
  return ParseJsonObject(*bytes);
}

// Tokens of other types, such as logout tokens, have the same form and other meaning
// (RFC 8725 §3.11).
bool IsAccessTokenType(absl::string_view type) {
  absl::ConsumePrefix(&type, "application/");
  return absl::EqualsIgnoreCase(type, "JWT") || absl::EqualsIgnoreCase(type, "at+jwt");
}

absl::Status ReadHeader(const json& header, ParsedJwt* token) {
  if (header.contains("crit")) return absl::InvalidArgumentError("a critical extension");
  const std::string* algorithm = FindString(header, "alg");
  if (algorithm == nullptr) return absl::InvalidArgumentError("no `alg`");
  if (*algorithm == AlgorithmName(JwtAlgorithm::kRs256)) {
    token->algorithm = JwtAlgorithm::kRs256;
  } else if (*algorithm == AlgorithmName(JwtAlgorithm::kEs256)) {
    token->algorithm = JwtAlgorithm::kEs256;
  } else {
    return absl::InvalidArgumentError("another `alg` than RS256 and ES256");
  }
  const std::string* type = FindString(header, "typ");
  if (header.contains("typ") && (type == nullptr || !IsAccessTokenType(*type))) {
    return absl::InvalidArgumentError("another `typ` than JWT and at+jwt");
  }
  const std::string* kid = FindString(header, "kid");
  if (kid == nullptr || kid->empty()) return absl::InvalidArgumentError("no `kid`");
  token->kid = *kid;
  return absl::OkStatus();
}

bool HasAudience(const json& claims, const std::vector<std::string>& accepted) {
  const auto is_accepted = [&accepted](const json& audience) {
    const std::string* text = audience.get_ptr<const std::string*>();
    return text != nullptr && std::find(accepted.begin(), accepted.end(), *text) != accepted.end();
  };
  const auto audience = claims.find("aud");
  if (audience == claims.end()) return false;
  if (!audience->is_array()) return is_accepted(*audience);
  // An audience that is no string makes the claim something else.
  return std::all_of(audience->begin(), audience->end(),
                     [](const json& element) { return element.is_string(); }) &&
         std::any_of(audience->begin(), audience->end(), is_accepted);
}

// A claim that is seconds since 1970 (RFC 7519 §2, NumericDate).
absl::optional<absl::Time> FindTime(const json& claims, const char* name) {
  const auto claim = claims.find(name);
  if (claim == claims.end() || !claim->is_number()) return absl::nullopt;
  const double seconds = claim->get<double>();
  if (!std::isfinite(seconds)) return absl::nullopt;
  return absl::UnixEpoch() + absl::Seconds(seconds);
}

absl::StatusOr<absl::Time> CheckTimes(const json& claims, absl::Duration leeway, absl::Time now) {
  const absl::optional<absl::Time> expires = FindTime(claims, "exp");
  if (!expires) return Refused("no `exp`");
  if (now >= *expires + leeway) return Refused("it has expired");
  if (claims.contains("nbf")) {
    const absl::optional<absl::Time> not_before = FindTime(claims, "nbf");
    if (!not_before) return Refused("`nbf` is no time");
    if (now < *not_before - leeway) return Refused("it is not valid yet");
  }
  return *expires;
}

// A name that Kubernetes gives, of a namespace or a service account.
bool IsKubernetesName(absl::string_view name) {
  return !name.empty() && name.size() <= 253 &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-' || c == '.';
         });
}

// The name that the `kubernetes.io` claim and `sub` agree on; empty if they do not.
std::string ServiceAccount(const json& claims) {
  const auto kubernetes = claims.find("kubernetes.io");
  if (kubernetes == claims.end() || !kubernetes->is_object()) return "";
  const std::string* space = FindString(*kubernetes, "namespace");
  const auto account = kubernetes->find("serviceaccount");
  if (space == nullptr || account == kubernetes->end()) return "";
  const std::string* name = FindString(*account, "name");
  const std::string* subject = FindString(claims, "sub");
  if (name == nullptr || subject == nullptr) return "";
  if (!IsKubernetesName(*space) || !IsKubernetesName(*name)) return "";
  std::string full = absl::StrCat("system:serviceaccount:", *space, ":", *name);
  return full == *subject ? full : "";
}

absl::StatusOr<std::string> CallerName(const json& claims, const JwtRules& rules) {
  std::string name;
  if (rules.kubernetes) {
    name = ServiceAccount(claims);
    if (name.empty()) return Refused("it names no service account");
  } else {
    const std::string* subject = FindString(claims, rules.subject_claim.c_str());
    if (subject == nullptr || subject->empty()) return Refused("it names no subject");
    name = *subject;
  }
  name.insert(0, rules.name_prefix);
  if (!IsCallerName(name)) return Refused("its subject cannot be a caller's name");
  return name;
}

}  // namespace

absl::StatusOr<ParsedJwt> ParseJwt(absl::string_view token) {
  if (token.size() > kMaxTokenBytes) return absl::InvalidArgumentError("too long");
  const std::size_t header_end = token.find('.');
  const std::size_t claims_end =
      header_end == absl::string_view::npos ? header_end : token.find('.', header_end + 1);
  if (claims_end == absl::string_view::npos ||
      token.find('.', claims_end + 1) != absl::string_view::npos) {
    return absl::InvalidArgumentError("not three parts");
  }
  ParsedJwt parsed;
  const absl::StatusOr<json> header = ParsePart(token.substr(0, header_end));
  if (!header.ok()) return header.status();
  const absl::Status read = ReadHeader(*header, &parsed);
  if (!read.ok()) return read;
  absl::StatusOr<json> claims =
      ParsePart(token.substr(header_end + 1, claims_end - header_end - 1));
  if (!claims.ok()) return claims.status();
  absl::optional<std::string> signature = DecodeBase64Url(token.substr(claims_end + 1));
  if (!signature || signature->empty()) return absl::InvalidArgumentError("no signature");
  parsed.claims = *std::move(claims);
  parsed.signed_text = token.substr(0, claims_end);
  parsed.signature = *std::move(signature);
  return parsed;
}

absl::StatusOr<VerifiedJwt> VerifyJwt(const ParsedJwt& token, const JwtRules& rules,
                                      const KeySet& keys, absl::Time now) {
  const std::string* issuer = FindString(token.claims, "iss");
  if (issuer == nullptr || *issuer != rules.issuer) return Refused("another issuer");
  if (std::find(rules.algorithms.begin(), rules.algorithms.end(), token.algorithm) ==
      rules.algorithms.end()) {
    return Refused("an algorithm that the configuration does not accept");
  }
  const PublicKey* key = keys.Find(token.kid);
  if (key == nullptr) return absl::NotFoundError("signed with an unknown key");
  // The key says what it is for; the token can only agree.
  if (key->algorithm() != token.algorithm) return Refused("its key is for another algorithm");
  if (!key->Verify(token.signed_text, token.signature)) return Refused("a wrong signature");

  if (!HasAudience(token.claims, rules.audiences)) return Refused("another audience");
  const absl::StatusOr<absl::Time> expires = CheckTimes(token.claims, rules.leeway, now);
  if (!expires.ok()) return expires.status();
  absl::StatusOr<std::string> name = CallerName(token.claims, rules);
  if (!name.ok()) return name.status();
  return VerifiedJwt{*std::move(name), *expires};
}

}  // namespace fireworks::access
