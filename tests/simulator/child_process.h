// A program run by a test, which never outlives it.
//
// One owner; thread-compatible. The child dies with the thread that spawned it,
// also when the test crashes.
#ifndef FIREWORKS_TESTS_SIMULATOR_CHILD_PROCESS_H_
#define FIREWORKS_TESTS_SIMULATOR_CHILD_PROCESS_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace fireworks::simulator {

class ChildProcess {
 public:
  // Starts `arguments[0]`, looked up in PATH and in /usr/sbin. Its output goes
  // to the file `log_path`.
  static absl::StatusOr<ChildProcess> Spawn(const std::vector<std::string>& arguments,
                                            const std::string& log_path);

  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  // Kills it when it still runs.
  ~ChildProcess();

  // Whether it has not exited yet.
  bool Running();

  // Stops it, where it stands when this returns, and lets it go on.
  void Freeze() const;
  void Thaw() const;

  // Waits for its exit; an error unless it exited with 0. Its output is in the
  // message.
  absl::Status Wait();

  // What it has written so far.
  std::string Output() const;

 private:
  ChildProcess(pid_t pid, std::string log_path);
  void Kill();

  // 0 once it has been waited for.
  pid_t pid_;
  std::string log_path_;
};

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_CHILD_PROCESS_H_
