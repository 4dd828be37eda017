// fwctl as users run it: the built binary, with its own environment, signals,
// pipes or terminal.
#ifndef FIREWORKS_CLIENT_CPP_TESTING_FWCTL_PROCESS_H_
#define FIREWORKS_CLIENT_CPP_TESTING_FWCTL_PROCESS_H_

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace fireworks::client {

class FwctlProcess {
 public:
  struct Options {
    std::vector<std::string> arguments;
    // On top of nothing: the test's own environment does not show.
    std::map<std::string, std::string> environment;
    std::string stdin_text;
    // stdout is a terminal instead of a pipe.
    bool terminal = false;
    // stdin is that terminal too, instead of `stdin_text`.
    bool terminal_input = false;
  };

  struct Result {
    // -1: a signal ended the process.
    int exit_code = -1;
    std::string out;
    std::string err;
  };

  explicit FwctlProcess(const Options& options);
  // Kills the process if it still runs.
  ~FwctlProcess();
  FwctlProcess(const FwctlProcess&) = delete;
  FwctlProcess& operator=(const FwctlProcess&) = delete;

  // Waits until stdout so far contains `text`; false if it ends before that, or
  // after half a minute.
  bool AwaitOutput(absl::string_view text);

  // Types on the terminal.
  void Type(absl::string_view text);

  void Signal(int signal);

  // Stops reading: the process's next write fails.
  void CloseOutput();

  // Reads stdout to its end and waits for the process, half a minute at most.
  Result Wait();

 private:
  // Appends what comes next to out_; false at the end or after half a minute.
  bool ReadMore();

  pid_t pid_ = -1;
  int out_fd_ = -1;
  int err_fd_ = -1;
  std::string out_;
};

// Runs fwctl to its end.
FwctlProcess::Result RunFwctl(const FwctlProcess::Options& options);

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_TESTING_FWCTL_PROCESS_H_
