// One of the project's programs as a child process of a test, which never
// outlives it.
//
// One owner; thread-compatible. To be started and destroyed on one thread.
#ifndef FIREWORKS_TESTS_E2E_PROGRAM_H_
#define FIREWORKS_TESTS_E2E_PROGRAM_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/types/optional.h"

namespace fireworks::e2e {

class Program {
 public:
  // Starts `arguments[0]`, a path in the runfiles, with `environment`
  // ("NAME=value") and nothing of this process's but sanitizer options.
  Program(const std::vector<std::string>& arguments, const std::vector<std::string>& environment);
  // Kills it when it still runs.
  ~Program();

  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // What it has written so far.
  std::string Output() const;
  std::string Errors() const;

  // Waits for "listening on …" in its output and returns the port at that line's
  // end; 0 when it exits, or kPatience passes, before.
  int AwaitPort();

  // Its command line as the system shows it to everybody.
  std::string CommandLine() const;
  // What the system says of it under that name, such as "limits"; see proc(5).
  std::string Proc(const std::string& name) const;

  void Signal(int signal) const;

  // Waits for its exit. Nullopt when it was killed by a signal, or still runs
  // when kPatience has passed.
  absl::optional<int> AwaitExit();

 private:
  bool Running();

  const std::string output_path_;
  const std::string errors_path_;
  pid_t pid_ = 0;
  // Of waitpid; set once the process is gone.
  absl::optional<int> wait_status_;
};

}  // namespace fireworks::e2e

#endif  // FIREWORKS_TESTS_E2E_PROGRAM_H_
