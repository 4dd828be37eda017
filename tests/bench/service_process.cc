#include "tests/bench/service_process.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"

namespace fireworks::bench {
namespace {

// In the child: becomes the service, with its standard output in `output`.
[[noreturn]] void Become(const std::string& program, const std::string& upstream, int output) {
  dup2(output, STDOUT_FILENO);
  if (std::freopen("/dev/null", "w", stderr) == nullptr) _exit(126);
  setenv("FIREWORKS_API_KEY", "benchmark", /*overwrite=*/1);
  const std::string base_url = absl::StrCat("--upstream_base_url=", upstream);
  execl(program.c_str(), program.c_str(), "--listen=127.0.0.1:0", base_url.c_str(), nullptr);
  _exit(127);
}

}  // namespace

std::unique_ptr<ServiceProcess> ServiceProcess::Start(const std::string& program,
                                                      const std::string& upstream) {
  int pipe_ends[2];
  if (pipe(pipe_ends) != 0) return nullptr;
  const pid_t pid = fork();
  if (pid < 0) return nullptr;
  if (pid == 0) Become(program, upstream, pipe_ends[1]);
  close(pipe_ends[1]);
  auto process = std::unique_ptr<ServiceProcess>(new ServiceProcess(pid));
  std::FILE* output = fdopen(pipe_ends[0], "r");
  int port = 0;
  // It says "listening on port N".
  const bool listens = std::fscanf(output, "listening on port %d", &port) == 1;
  std::fclose(output);
  if (!listens) return nullptr;
  process->address_ = absl::StrCat("127.0.0.1:", port);
  return process;
}

ServiceProcess::~ServiceProcess() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

}  // namespace fireworks::bench
