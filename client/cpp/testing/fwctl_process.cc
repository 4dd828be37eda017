#include "client/cpp/testing/fwctl_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace fireworks::client {
namespace {

constexpr char kBinary[] = "client/cpp/fwctl";
constexpr int kPatienceMilliseconds = 30000;

// An unnamed file with `text`, at its beginning.
int MakeFile(absl::string_view text) {
  const int fd = memfd_create("fwctl", MFD_CLOEXEC);
  EXPECT_EQ(write(fd, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  lseek(fd, 0, SEEK_SET);
  return fd;
}

// Two ends of a terminal, ours first, that passes bytes on as they are.
std::pair<int, int> MakeTerminal() {
  const int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  EXPECT_EQ(grantpt(master), 0);
  EXPECT_EQ(unlockpt(master), 0);
  const int slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
  termios settings = {};
  EXPECT_EQ(tcgetattr(slave, &settings), 0);
  cfmakeraw(&settings);
  EXPECT_EQ(tcsetattr(slave, TCSANOW, &settings), 0);
  return {master, slave};
}

std::pair<int, int> MakePipe() {
  int ends[2];
  EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
  return {ends[0], ends[1]};
}

bool Await(int fd) {
  pollfd waited = {fd, POLLIN, 0};
  return poll(&waited, 1, kPatienceMilliseconds) == 1;
}

std::vector<char*> Pointers(std::vector<std::string>* texts) {
  std::vector<char*> pointers;
  for (std::string& text : *texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

FwctlProcess::FwctlProcess(const Options& options) {
  std::vector<std::string> arguments = {"fwctl"};
  arguments.insert(arguments.end(), options.arguments.begin(), options.arguments.end());
  std::vector<std::string> environment;
  for (const auto& [name, value] : options.environment) {
    environment.push_back(absl::StrCat(name, "=", value));
  }
  // Sanitizers are told of their options this way. gRPC does not wait for its
  // threads when a process ends.
  for (const auto& [name, more] : {std::pair("ASAN_OPTIONS", ""), std::pair("UBSAN_OPTIONS", ""),
                                   std::pair("TSAN_OPTIONS", ":report_thread_leaks=0")}) {
    if (const char* value = std::getenv(name)) {
      environment.push_back(absl::StrCat(name, "=", value, more));
    }
  }

  const int in_fd = MakeFile(options.stdin_text);
  err_fd_ = MakeFile("");
  const auto [ours, theirs] = options.terminal ? MakeTerminal() : MakePipe();
  out_fd_ = ours;

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, options.terminal_input ? theirs : in_fd,
                                   STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, theirs, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err_fd_, STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGINT);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  EXPECT_EQ(posix_spawn(&pid_, kBinary, &actions, &attributes, Pointers(&arguments).data(),
                        Pointers(&environment).data()),
            0);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  close(in_fd);
  close(theirs);
}

FwctlProcess::~FwctlProcess() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  CloseOutput();
  close(err_fd_);
}

bool FwctlProcess::ReadMore() {
  if (out_fd_ < 0 || !Await(out_fd_)) return false;
  char buffer[4096];
  // A terminal ends with EIO.
  const ssize_t count = read(out_fd_, buffer, sizeof buffer);
  if (count <= 0) return false;
  out_.append(buffer, static_cast<std::size_t>(count));
  return true;
}

bool FwctlProcess::AwaitOutput(absl::string_view text) {
  while (!absl::StrContains(out_, text)) {
    if (!ReadMore()) return false;
  }
  return true;
}

void FwctlProcess::Type(absl::string_view text) {
  EXPECT_EQ(write(out_fd_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
}

void FwctlProcess::Signal(int signal) { kill(pid_, signal); }

void FwctlProcess::CloseOutput() {
  if (out_fd_ >= 0) close(out_fd_);
  out_fd_ = -1;
}

FwctlProcess::Result FwctlProcess::Wait() {
  while (ReadMore()) {
  }
  const int process = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  EXPECT_TRUE(Await(process)) << "fwctl does not end";
  close(process);
  kill(pid_, SIGKILL);
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;

  Result result;
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  result.out = out_;
  result.err.resize(static_cast<std::size_t>(lseek(err_fd_, 0, SEEK_END)));
  EXPECT_EQ(pread(err_fd_, result.err.data(), result.err.size(), 0),
            static_cast<ssize_t>(result.err.size()));
  return result;
}

FwctlProcess::Result RunFwctl(const FwctlProcess::Options& options) {
  return FwctlProcess(options).Wait();
}

}  // namespace fireworks::client
