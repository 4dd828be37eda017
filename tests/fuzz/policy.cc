// Policy files: refused in words, or decided by their first rule that fits, and by
// nothing else.
//
// Input: the file.
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "service/access/policy.h"
#include "tests/fuzz/check.h"

namespace fireworks {
namespace {

using fuzz::Check;

std::vector<access::MethodTraits> Methods() {
  std::vector<access::MethodTraits> methods(5);
  methods[0].name = "fireworks.inference.v1.ChatCompletionService/CreateChatCompletion";
  methods[0].inference = true;
  methods[1].name = "fireworks.gateway.v1.ModelService/GetModel";
  methods[1].reads = true;
  methods[2].name = "fireworks.gateway.v1.DeploymentService/DeleteDeployment";
  methods[2].deletes = true;
  methods[3].name = "fireworks.gateway.v1.SecretService/GetSecret";
  methods[3].reads = methods[3].sensitive = true;
  methods[4].name = "fireworks.service.v1.ExplainService/Explain";
  methods[4].local = true;
  return methods;
}

std::vector<access::Caller> Callers() {
  return {{access::Caller::Kind::kAnonymous, "anonymous"},
          {access::Caller::Kind::kCertificate, "spiffe://test/ns/a/sa/b"},
          {access::Caller::Kind::kToken, "token:x"}};
}

void CheckTokens(const access::Decision& decision) {
  const absl::optional<std::int64_t> most = decision.rule()->max_tokens;
  for (const std::int64_t asked : {std::int64_t{-1}, std::int64_t{0}, std::int64_t{1000}}) {
    const auto given = decision.CheckMaxTokens(asked);
    if (!given.ok()) {
      Check(absl::IsPermissionDenied(given.status()), "more than allowed is denied");
      continue;
    }
    // Without a limit the upstream judges.
    Check(!most || (asked >= 0 && asked <= *most), "no more than allowed");
  }
  const auto unsaid = decision.CheckMaxTokens(absl::nullopt);
  Check(unsaid.ok() && *unsaid == most, "who does not ask gets the limit");
}

void CheckDecision(const access::Policy& policy, const access::Caller& caller,
                   const access::MethodTraits& method) {
  const access::Decision decision = policy.Decide(caller, method);
  const access::PolicyRule* first = nullptr;
  for (const access::PolicyRule& rule : policy.rules()) {
    if (first == nullptr && rule.DescribesCaller(caller.name) &&
        rule.DescribesMethod(method.name, access::ClassOf(method))) {
      first = &rule;
    }
  }
  Check(decision.rule() == first, "the first rule that fits decides");
  Check(decision.allowed() == (first != nullptr && !first->deny), "what none allows is denied");
  Check(decision.status().ok() == decision.allowed(), "a denial is an error");
  const std::string words = access::Explain(decision);
  Check(absl::StrContains(words, decision.allowed() ? "\nallowed" : "\ndenied"),
        "a decision can be explained", words);
  if (!decision.allowed()) return;
  CheckTokens(decision);
  const std::string model = decision.ResolveModel("default-chat");
  Check(!first->models.empty() || decision.CheckModel(model).ok(), "any model, if none is named");
  Check(decision.quota_key() == policy.Decide(caller, method).quota_key(), "use adds up");
}

void Test(absl::string_view input) {
  const auto policy = access::Policy::Parse(input, "p", {});
  if (!policy.ok()) {
    Check(absl::IsInvalidArgument(policy.status()) &&
              absl::StartsWith(policy.status().message(), "p:"),
          "errors say where", policy.status().message());
    return;
  }
  for (const access::Caller& caller : Callers()) {
    for (const access::MethodTraits& method : Methods()) CheckDecision(**policy, caller, method);
  }
}

}  // namespace
}  // namespace fireworks

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fireworks::Test(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
