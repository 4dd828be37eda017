#include "client/cpp/fwctl_policy.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/cpp/command.h"
#include "client/cpp/flag_set.h"
#include "client/cpp/policy/policy_check.h"
#include "client/cpp/text.h"

namespace fireworks::client {
namespace {

constexpr int kCannotTell = 1;
constexpr int kDenied = 3;

constexpr char kDescription[] =
    R"(Tells whether a policy allows a call, by which rule, and what the rules before it
lack. Reads the file as the service would, and asks no service.

  fwctl policy check --policy policy.textproto --caller token:ops \
      --method fireworks.gateway.v1.ModelService/DeleteModel
  fwctl policy check --policy policy.textproto \
      --caller system:serviceaccount:web:chat --model default --max-tokens 4096 \
      --method fireworks.inference.v1.ChatCompletionService/StreamChatCompletion
)";

constexpr char kCheckExitCodes[] = R"(Exit codes:
  0    allowed
  1    the policy could not be read, or stdout not written
  2    wrong usage
  3    denied
)";

absl::Status SetMaxTokens(absl::string_view text, PolicyQuestion* question) {
  std::int64_t value = 0;
  if (!absl::SimpleAtoi(text, &value)) {
    return absl::InvalidArgumentError(absl::StrCat("'", text, "' is not a number of tokens"));
  }
  question->max_tokens = value;
  return absl::OkStatus();
}

void AddCheckFlags(PolicyQuestion* question, FlagSet* set) {
  set->AddString("policy", "FILE",
                 "the policy, in text format (default: what counts where the service\n"
                 "has no policy file)",
                 &question->policy_file);
  set->AddString("caller", "NAME", "who calls, as logs name it (default: anonymous)",
                 &question->caller);
  set->AddString("method", "METHOD", "what is called, package.Service/Method", &question->method);
  set->AddString("model", "MODEL",
                 "the model that the request names; aliases of the policy are\n"
                 "resolved, those of the configuration are not known here",
                 &question->model);
  set->Add("max-tokens", "N", "the limit of tokens that the request asks for",
           [question](absl::string_view text) { return SetMaxTokens(text, question); });
}

class Check final : public Invocation {
 public:
  void AddFlags(FlagSet* set) override {
    question_.caller = "anonymous";
    AddCheckFlags(&question_, set);
  }

  absl::StatusOr<int> Run(const std::vector<std::string>& words) override {
    if (!words.empty()) {
      return absl::InvalidArgumentError(absl::StrCat("unexpected argument '", words[0], "'"));
    }
    if (question_.method.empty()) return absl::InvalidArgumentError("--method is missing");
    const absl::StatusOr<PolicyAnswer> answer = CheckPolicy(question_);
    if (!answer.ok()) {
      PrintToStderr(absl::StrCat("error: ", ForTerminal(answer.status().message()), "\n"));
      return kCannotTell;
    }
    const absl::Status written = Print(ForTerminal(answer->explanation));
    if (!written.ok()) return ReportWriteError(written);
    return answer->allowed ? kOk : kDenied;
  }

 private:
  PolicyQuestion question_;
};

}  // namespace

Command PolicyCommand() {
  Command check;
  check.name = "check";
  check.summary = "tell what a policy file says of a call";
  check.description = kDescription;
  check.exit_codes = kCheckExitCodes;
  check.start = [] { return std::make_unique<Check>(); };
  Command command;
  command.name = "policy";
  command.summary = "look at policy files";
  command.description = "Looks at policy files, offline.\n";
  command.commands.push_back(std::move(check));
  return command;
}

}  // namespace fireworks::client
