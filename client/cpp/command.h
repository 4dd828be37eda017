// What the commands of fwctl share: exit codes, the flags that say where the
// service is and what goes with a call, and how a failure is told.
#ifndef FIREWORKS_CLIENT_CPP_COMMAND_H_
#define FIREWORKS_CLIENT_CPP_COMMAND_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/cpp/connection.h"
#include "client/cpp/error.h"
#include "client/cpp/flag_set.h"
#include "client/cpp/interrupt.h"

namespace fireworks::client {

inline constexpr char kVersion[] = "0.1.0";

enum ExitCode {
  kOk = 0,
  kCallFailed = 1,
  kUsageError = 2,
  kUnreachable = 3,
  kWatchedFailed = 4,
  kInterrupted = kInterruptedExitCode,
};

// For the end of each --help.
extern const char kExitCodesHelp[];

// Flags of every command that makes calls.
struct CallFlags {
  std::string target;
  // Empty strings: not given.
  bool tls = false;
  TlsFiles tls_files;
  std::string token_file;
  CallOptions call;
};

// Adds `--target`, the flags of TLS and of the token, `--timeout` and `--metadata`, and
// sets their defaults from the environment, see kEnvironmentHelp.
void AddCallFlags(CallFlags* flags, FlagSet* set);

// The environment variables that AddCallFlags reads, for fwctl's help.
extern const char kEnvironmentHelp[];

// INVALID_ARGUMENT: flags that can't be, or a file that can't be read.
absl::StatusOr<std::shared_ptr<Connection>> ConnectTo(const CallFlags& flags);

// A value of the environment, or `fallback` when it is unset or empty.
std::string FromEnvironment(const char* name, absl::string_view fallback);

// All of a file, or of stdin if `path` is `-`. INVALID_ARGUMENT: it can't be read, or is
// larger than the service takes.
absl::StatusOr<std::string> ReadInput(const std::string& path);

// What an argument for a request stands for: stdin for `-`, a file for `@FILE`, else itself.
absl::StatusOr<std::string> RequestJson(const std::string& argument);

// Writes to stdout and stderr. A write to stderr that fails has nowhere to be
// told; one to stdout: see WriteAll.
absl::Status Print(absl::string_view text);
void PrintToStderr(absl::string_view text);

// Each tells on stderr what went wrong and returns the exit code for it.
int ReportUsageError(absl::string_view command, const absl::Status& status);
int ReportError(const absl::Status& status, absl::string_view target);
// A reader of stdout who has left is not told, and counts as success: who left
// had read enough.
int ReportWriteError(const absl::Status& status);
// Of both, whichever failed; what could not be written comes first.
int ReportEnd(const absl::Status& written, const absl::Status& status, absl::string_view target);

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_COMMAND_H_
