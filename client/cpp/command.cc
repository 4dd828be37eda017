#include "client/cpp/command.h"

#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "client/cpp/terminal.h"
#include "client/cpp/text.h"

namespace fireworks::client {
namespace {

// Longer ones overflow a deadline; a year is as good as no limit.
constexpr double kMaxTimeoutSeconds = 365 * 24 * 3600;

absl::Status SetTimeout(absl::string_view text, CallOptions* call) {
  double seconds = 0;
  if (!absl::SimpleAtod(text, &seconds) || !(seconds > 0) || seconds > kMaxTimeoutSeconds) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", text, "' is not a number of seconds above 0"));
  }
  call->timeout = absl::Seconds(seconds);
  return absl::OkStatus();
}

absl::Status AddMetadata(absl::string_view text, CallOptions* call) {
  std::pair<std::string, std::string> pair = absl::StrSplit(text, absl::MaxSplits('=', 1));
  if (text.find('=') == absl::string_view::npos) {
    return absl::InvalidArgumentError(absl::StrCat("'", text, "' is not of the form KEY=VALUE"));
  }
  absl::AsciiStrToLower(&pair.first);
  absl::Status status = CheckMetadata(pair.first, pair.second);
  if (status.ok()) call->metadata.push_back(std::move(pair));
  return status;
}

}  // namespace

const char kExitCodesHelp[] = R"(Exit codes:
  0    the call succeeded
  1    the call failed, or stdout could not be written
  2    wrong usage
  3    no connection to the service
  130  interrupted by Ctrl-C
)";

void AddCallFlags(absl::string_view json_help, CallFlags* flags, FlagSet* set) {
  flags->target = FromEnvironment("FWCTL_TARGET", kDefaultTarget);
  set->AddString("target", "TARGET",
                 absl::StrCat("where the service listens, HOST:PORT or another gRPC target\n"
                              "(default: $FWCTL_TARGET, else ",
                              kDefaultTarget, ")"),
                 &flags->target);
  set->Add("timeout", "SECONDS", "give up when the call takes longer (default: never)",
           [flags](absl::string_view text) { return SetTimeout(text, &flags->call); });
  set->Add("metadata", "KEY=VALUE", "send this request metadata; may be repeated",
           [flags](absl::string_view text) { return AddMetadata(text, &flags->call); });
  set->AddSwitch("json", std::string(json_help), &flags->json);
  set->AddSwitch("help", "show this help", &flags->help);
}

absl::StatusOr<std::shared_ptr<Connection>> ConnectTo(const CallFlags& flags) {
  ConnectionOptions options;
  options.target = flags.target;
  options.user_agent = absl::StrCat("fwctl/", kVersion);
  return Connect(options);
}

std::string FromEnvironment(const char* name, absl::string_view fallback) {
  const char* value = std::getenv(name);
  return std::string(value == nullptr || *value == '\0' ? fallback : absl::string_view(value));
}

absl::Status Print(absl::string_view text) { return WriteAll(STDOUT_FILENO, text); }

void PrintToStderr(absl::string_view text) { WriteAll(STDERR_FILENO, text).IgnoreError(); }

int ReportUsageError(absl::string_view command, const absl::Status& status) {
  PrintToStderr(absl::StrCat(command, ": ", ForTerminalLine(status.message()), "\nTry '", command,
                             " --help'.\n"));
  return kUsageError;
}

int ReportError(const absl::Status& status, absl::string_view target) {
  const Error error = ErrorFromStatus(status);
  std::string text = absl::StrCat("error: ", ForTerminal(FormatError(error)), "\n");
  if (error.unreachable) {
    absl::StrAppend(&text, "hint: nothing answers at ", ForTerminalLine(target),
                    ". Is the service running there? --target or FWCTL_TARGET name another "
                    "place.\n");
  }
  PrintToStderr(text);
  return error.unreachable ? kUnreachable : kCallFailed;
}

int ReportWriteError(const absl::Status& status) {
  if (absl::IsCancelled(status)) return kOk;
  PrintToStderr(absl::StrCat("error: stdout: ", status.message(), "\n"));
  return kCallFailed;
}

}  // namespace fireworks::client
