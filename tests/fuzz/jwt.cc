// Signed tokens: nothing that was not signed is verified, and what was signed names a
// caller only with claims that allow it.
//
// Input: a token; or, behind the byte 01, a header in one line and claims in the next,
// which get encoded and signed here.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "service/access/caller.h"
#include "service/access/jwt.h"
#include "service/access/key_set.h"
#include "service/access/testing_jwt.h"
#include "tests/fuzz/check.h"

namespace fireworks {
namespace {

using access::TestKey;
using fuzz::Check;

constexpr char kPrefix[] = "test:";

// A day in 2026.
absl::Time Now() { return absl::FromUnixSeconds(1770000000); }

// Whose private half no input can know.
const access::KeySet& Keys() {
  static const auto& keys = *new std::shared_ptr<const access::KeySet>(*access::KeySet::Parse(
      access::JwkSet({TestKey::Ec().Jwk("ec"), TestKey::Rsa().Jwk("rsa")})));
  return *keys;
}

access::JwtRules Rules(bool kubernetes) {
  access::JwtRules rules;
  rules.issuer = "https://issuer.test";
  rules.audiences = {"fireworks-grpc"};
  rules.algorithms = {access::JwtAlgorithm::kRs256, access::JwtAlgorithm::kEs256};
  rules.kubernetes = kubernetes;
  rules.name_prefix = kPrefix;
  return rules;
}

// A parsed token has exactly one text.
void CheckParsed(const access::ParsedJwt& parsed, absl::string_view token) {
  const std::vector<absl::string_view> parts = absl::StrSplit(token, '.');
  Check(parts.size() == 3, "a token has three parts", token);
  Check(parsed.signed_text == absl::StrCat(parts[0], ".", parts[1]), "all of it is signed", token);
  Check(absl::WebSafeBase64Escape(parsed.signature) == parts[2], "one form of a signature", token);
  Check(parsed.claims.is_object(), "claims are an object", token);
  Check(!parsed.kid.empty() && token.size() <= access::kMaxTokenBytes, "what was asked", token);
}

void TestToken(absl::string_view token) {
  const auto parsed = access::ParseJwt(token);
  if (!parsed.ok()) return;
  CheckParsed(*parsed, token);
  Check(!access::VerifyJwt(*parsed, Rules(false), Keys(), Now()).ok(), "only the issuer signs",
        token);
}

void TestSigned(absl::string_view header, absl::string_view claims) {
  const std::string text = access::SignedText(header, claims);
  // To sign takes time: only what can be read.
  if (!access::ParseJwt(text + ".AAAA").ok()) return;
  const std::string token =
      absl::StrCat(text, ".", access::Base64Url(TestKey::Ec().Sign(text)));
  const auto parsed = access::ParseJwt(token);
  if (!parsed.ok()) {
    Check(token.size() > access::kMaxTokenBytes, "a signature changes nothing", token);
    return;
  }
  CheckParsed(*parsed, token);
  for (const bool kubernetes : {false, true}) {
    const auto verified = access::VerifyJwt(*parsed, Rules(kubernetes), Keys(), Now());
    if (!verified.ok()) continue;
    Check(parsed->algorithm == access::JwtAlgorithm::kEs256 && parsed->kid == "ec",
          "the key says what it is for", header);
    Check(access::IsCallerName(verified->name), "a name can be a caller's", verified->name);
    Check(absl::StartsWith(verified->name, kubernetes ? "test:system:serviceaccount:" : kPrefix),
          "a name tells who vouches for it", verified->name);
    Check(verified->expires > Now() - absl::Minutes(1), "it is still valid", claims);
  }
}

void Test(absl::string_view input) {
  if (!absl::ConsumePrefix(&input, "\x01")) return TestToken(input);
  const absl::string_view header = fuzz::TakeUntil('\n', &input);
  TestSigned(header, input);
}

}  // namespace
}  // namespace fireworks

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fireworks::Test(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
