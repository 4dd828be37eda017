#include "client/cpp/fwctl_policy.h"

#include <cstdint>

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

constexpr char kCommand[] = "fwctl policy";
constexpr char kCheckCommand[] = "fwctl policy check";
constexpr int kCannotTell = 1;
constexpr int kDenied = 3;

constexpr char kUsage[] = R"(Usage: fwctl policy COMMAND

Commands:
  check                 tell what a policy file says of a call

Try 'fwctl policy check --help'.
)";

constexpr char kCheckUsage[] = R"(Usage: fwctl policy check --method METHOD [flags]

Tells whether a policy allows a call, by which rule, and what the rules before it
lack. Reads the file as the service would, and asks no service.

  fwctl policy check --policy policy.textproto --caller token:ops \
      --method fireworks.gateway.v1.ModelService/DeleteModel
  fwctl policy check --policy policy.textproto \
      --caller system:serviceaccount:web:chat --model default --max-tokens 4096 \
      --method fireworks.inference.v1.ChatCompletionService/StreamChatCompletion

Flags:
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

void AddCheckFlags(PolicyQuestion* question, bool* help, FlagSet* set) {
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
  set->AddSwitch("help", "show this help", help);
}

int PrintOr(absl::string_view text, int exit_code) {
  const absl::Status written = Print(text);
  return written.ok() ? exit_code : ReportWriteError(written);
}

int RunCheck(const std::vector<std::string>& arguments) {
  PolicyQuestion question;
  question.caller = "anonymous";
  bool help = false;
  FlagSet set;
  AddCheckFlags(&question, &help, &set);
  const absl::StatusOr<std::vector<std::string>> words = set.Parse(arguments);
  if (!words.ok()) return ReportUsageError(kCheckCommand, words.status());
  if (help) return PrintOr(absl::StrCat(kCheckUsage, set.Help(), "\n", kCheckExitCodes), kOk);
  if (!words->empty()) {
    return ReportUsageError(kCheckCommand, absl::InvalidArgumentError(absl::StrCat(
                                               "unexpected argument '", words->front(), "'")));
  }
  if (question.method.empty()) {
    return ReportUsageError(kCheckCommand, absl::InvalidArgumentError("--method is missing"));
  }
  const absl::StatusOr<PolicyAnswer> answer = CheckPolicy(question);
  if (!answer.ok()) {
    PrintToStderr(absl::StrCat("error: ", ForTerminal(answer.status().message()), "\n"));
    return kCannotTell;
  }
  return PrintOr(ForTerminal(answer->explanation), answer->allowed ? kOk : kDenied);
}

}  // namespace

int RunPolicy(const std::vector<std::string>& arguments) {
  if (arguments.empty()) {
    return ReportUsageError(kCommand, absl::InvalidArgumentError("a command is missing"));
  }
  if (arguments[0] == "--help" || arguments[0] == "-h") return PrintOr(kUsage, kOk);
  if (arguments[0] != "check") {
    return ReportUsageError(
        kCommand, absl::InvalidArgumentError(absl::StrCat("unknown command '", arguments[0], "'")));
  }
  return RunCheck({arguments.begin() + 1, arguments.end()});
}

}  // namespace fireworks::client
