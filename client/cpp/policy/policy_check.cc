#include "client/cpp/policy/policy_check.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "fireworks/options/v1/request_role.pb.h"
#include "service/access/caller.h"
#include "service/access/policy.h"
#include "service/contract/route.h"
#include "service/server/contract_methods.h"

namespace fireworks::client {
namespace {

using contract::Route;
using contract::RouteTable;

absl::StatusOr<std::shared_ptr<const access::Policy>> ReadPolicy(const std::string& path,
                                                                 const RouteTable& routes) {
  if (path.empty()) return access::Policy::Default();
  std::vector<std::string> methods;
  for (const Route& route : routes.routes()) methods.push_back(route.rpc_path.substr(1));
  const std::vector<std::string>& reflection = server::ReflectionMethods();
  methods.insert(methods.end(), reflection.begin(), reflection.end());
  const auto file = access::MakePolicyFile(path, std::move(methods));
  if (absl::Status read = file->Refresh(); !read.ok()) return read;
  return file->Current();
}

// Adds a line on `what`, and the denial if it is one.
void Judge(const std::string& what, const absl::Status& status, PolicyAnswer* answer) {
  absl::StrAppend(&answer->explanation, what, ": ",
                  status.ok() ? "allowed" : absl::StrCat("denied: ", status.message()), "\n");
  answer->allowed = answer->allowed && status.ok();
}

absl::Status JudgeModel(const std::string& model, const Route& route,
                        const access::Decision& decision, PolicyAnswer* answer) {
  if (route.model.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("requests of ", decision.method(), " name no model"));
  }
  const std::string resolved = decision.ResolveModel(model);
  Judge(absl::StrCat("model ", model, resolved == model ? "" : absl::StrCat(" = ", resolved)),
        decision.CheckModel(resolved), answer);
  return absl::OkStatus();
}

absl::Status JudgeMaxTokens(std::int64_t max_tokens, const Route& route,
                            const access::Decision& decision, PolicyAnswer* answer) {
  if (server::FieldsWithRole(route.method->input_type(),
                             fireworks::options::v1::REQUEST_ROLE_MAX_TOKENS)
          .empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("requests of ", decision.method(), " have no limit of tokens"));
  }
  Judge(absl::StrCat("max_tokens ", max_tokens), decision.CheckMaxTokens(max_tokens).status(),
        answer);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<PolicyAnswer> CheckPolicy(const PolicyQuestion& question) {
  if (!access::IsCallerName(question.caller)) {
    return absl::InvalidArgumentError("a caller's name is visible ASCII without spaces");
  }
  const absl::StatusOr<RouteTable> routes = RouteTable::Compile(server::ContractServices());
  if (!routes.ok()) return routes.status();
  const auto policy = ReadPolicy(question.policy_file, *routes);
  if (!policy.ok()) return policy.status();
  const Route* route = routes->Find(absl::StrCat("/", server::MethodName(question.method)));
  if (route == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat(
        "no method \"", question.method, "\"; a full name is needed, such as "
        "`fireworks.inference.v1.ChatCompletionService/CreateChatCompletion`"));
  }

  access::Caller caller;
  caller.name = question.caller;
  const access::Decision decision =
      (*policy)->Decide(caller, server::ContractMethods(*routes).TraitsOf(*route));
  PolicyAnswer answer{decision.allowed(), access::Explain(decision)};
  if (!answer.allowed) return answer;
  if (!decision.delivers_secrets()) {
    absl::StrAppend(&answer.explanation, "  answers: without what is sensitive\n");
  }
  absl::Status judged;
  if (question.model) judged = JudgeModel(*question.model, *route, decision, &answer);
  if (judged.ok() && question.max_tokens) {
    judged = JudgeMaxTokens(*question.max_tokens, *route, decision, &answer);
  }
  if (!judged.ok()) return judged;
  return answer;
}

}  // namespace fireworks::client
