#include "client/cpp/command.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
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
// The service takes no larger message.
constexpr std::size_t kMaxInputBytes = 64 << 20;

// Closes a file at the end of its scope, unless it is stdin.
class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() {
    if (fd_ > STDIN_FILENO) close(fd_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;

  int get() const { return fd_; }

 private:
  const int fd_;
};

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
  4    what was watched ended without success
  130  interrupted by Ctrl-C
)";

const char kEnvironmentHelp[] = R"(Environment:
  FWCTL_TARGET          where the service listens (default: 127.0.0.1:50051)
  FWCTL_TLS_CA          PEM file of the authorities that the service's certificate is from
  FWCTL_TLS_CERT        PEM file of the caller's own certificate
  FWCTL_TLS_KEY         PEM file of its key
  FWCTL_TOKEN_FILE      file with the bearer token that goes with every call
  FWCTL_MODEL           the model that `chat` and `complete` ask
  NO_COLOR              when set and not empty: no colour
)";

void AddCallFlags(CallFlags* flags, FlagSet* set) {
  flags->target = FromEnvironment("FWCTL_TARGET", kDefaultTarget);
  set->AddString("target", "TARGET",
                 absl::StrCat("where the service listens, HOST:PORT or another gRPC target\n"
                              "(default: $FWCTL_TARGET, else ",
                              kDefaultTarget, ")"),
                 &flags->target);
  set->AddSwitch("tls", "connect over TLS; each of the following flags asks for it too",
                 &flags->tls);
  const auto add_file = [set](const char* name, const char* variable, const char* help,
                              std::string* value) {
    *value = FromEnvironment(variable, "");
    set->AddString(name, "FILE", absl::StrCat(help, "\n(default: $", variable, ")"), value);
  };
  add_file("tls-ca", "FWCTL_TLS_CA", "the authorities of the service's certificate, PEM",
           &flags->tls_files.ca_file);
  add_file("tls-cert", "FWCTL_TLS_CERT", "the caller's own certificate, PEM",
           &flags->tls_files.certificate_file);
  add_file("tls-key", "FWCTL_TLS_KEY", "the key of that certificate, PEM",
           &flags->tls_files.key_file);
  add_file("token-file", "FWCTL_TOKEN_FILE",
           "the file with the bearer token; over TLS or on loopback only", &flags->token_file);
  set->Add("timeout", "SECONDS", "give up when the call takes longer (default: never)",
           [flags](absl::string_view text) { return SetTimeout(text, &flags->call); });
  set->Add("metadata", "KEY=VALUE", "send this request metadata; may be repeated",
           [flags](absl::string_view text) { return AddMetadata(text, &flags->call); });
}

absl::StatusOr<std::shared_ptr<Connection>> ConnectTo(const CallFlags& flags) {
  ConnectionOptions options;
  options.target = flags.target;
  options.user_agent = absl::StrCat("fwctl/", kVersion);
  const TlsFiles& files = flags.tls_files;
  if (flags.tls || !files.ca_file.empty() || !files.certificate_file.empty() ||
      !files.key_file.empty()) {
    options.tls = files;
  }
  if (!flags.token_file.empty()) {
    absl::StatusOr<std::string> token = ReadInput(flags.token_file);
    if (!token.ok()) return token.status();
    options.token = std::string(absl::StripAsciiWhitespace(*token));
    if (options.token.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(flags.token_file, ": there is no token"));
    }
  }
  return Connect(options);
}

absl::StatusOr<std::string> ReadInput(const std::string& path) {
  const bool is_stdin = path == "-";
  const absl::string_view name = is_stdin ? "stdin" : absl::string_view(path);
  const FileDescriptor file(is_stdin ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) {
    return absl::InvalidArgumentError(absl::StrCat(name, ": ", std::strerror(errno)));
  }
  std::string text;
  char buffer[1 << 16];
  while (true) {
    const ssize_t count = read(file.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      return absl::InvalidArgumentError(absl::StrCat(name, ": ", std::strerror(errno)));
    }
    if (count == 0) return text;
    text.append(buffer, static_cast<std::size_t>(count));
    if (text.size() > kMaxInputBytes) {
      return absl::InvalidArgumentError(absl::StrCat(name, " is larger than 64 MiB"));
    }
  }
}

std::string FromEnvironment(const char* name, absl::string_view fallback) {
  const char* value = std::getenv(name);
  return std::string(value == nullptr || *value == '\0' ? fallback : absl::string_view(value));
}

absl::StatusOr<std::string> RequestJson(const std::string& argument) {
  if (argument == "-") return ReadInput(argument);
  return absl::StartsWith(argument, "@") ? ReadInput(argument.substr(1))
                                         : absl::StatusOr<std::string>(argument);
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

int ReportEnd(const absl::Status& written, const absl::Status& status, absl::string_view target) {
  if (!written.ok()) return ReportWriteError(written);
  return status.ok() ? kOk : ReportError(status, target);
}

}  // namespace fireworks::client
