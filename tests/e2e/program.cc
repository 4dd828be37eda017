#include "tests/e2e/program.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "tests/e2e/call_context.h"

namespace fireworks::e2e {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr absl::string_view kListening = "listening on ";

std::string NewPath() {
  static std::atomic<int> count{0};
  const char* folder = std::getenv("TEST_TMPDIR");
  return absl::StrCat(folder == nullptr ? "/tmp" : folder, "/program.", getpid(), ".", ++count);
}

std::string ReadFile(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

int OpenForWriting(const std::string& path) {
  return open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
}

// A sanitized program obeys the same options as the test. But for TSan, which
// is silent: only tests have tsan_absl_mutex.cc.
std::vector<std::string> WithSanitizerOptions(std::vector<std::string> environment) {
  environment.push_back("TSAN_OPTIONS=report_bugs=0");
  for (const char* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS"}) {
    const char* value = std::getenv(name);
    if (value != nullptr) environment.push_back(absl::StrCat(name, "=", value));
  }
  return environment;
}

// Pointers into `texts`, and the null that ends them.
std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// The port at the end of the line that says where the program listens.
int PortIn(absl::string_view output) {
  const std::size_t begin = output.find(kListening);
  if (begin == absl::string_view::npos) return 0;
  absl::string_view line = output.substr(begin);
  const std::size_t end = line.find('\n');
  if (end == absl::string_view::npos) return 0;
  line = line.substr(0, end);
  int port = 0;
  return absl::SimpleAtoi(line.substr(line.find_last_of(" :") + 1), &port) ? port : 0;
}

}  // namespace

Program::Program(const std::vector<std::string>& arguments,
                 const std::vector<std::string>& environment)
    : output_path_(NewPath()), errors_path_(NewPath()) {
  const std::vector<char*> argv = Pointers(arguments);
  const std::vector<std::string> full_environment = WithSanitizerOptions(environment);
  const std::vector<char*> envp = Pointers(full_environment);
  const int output = OpenForWriting(output_path_);
  const int errors = OpenForWriting(errors_path_);
  pid_ = fork();
  if (pid_ == 0) {
    // Between fork and exec: async-signal-safe calls only.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(output, STDOUT_FILENO);
    dup2(errors, STDERR_FILENO);
    execve(argv[0], argv.data(), envp.data());
    _exit(127);
  }
  EXPECT_GT(pid_, 0);
  close(output);
  close(errors);
}

Program::~Program() {
  if (!Running()) return;
  Signal(SIGKILL);
  int status = 0;
  waitpid(pid_, &status, 0);
}

std::string Program::Output() const { return ReadFile(output_path_); }
std::string Program::Errors() const { return ReadFile(errors_path_); }

std::string Program::CommandLine() const { return Proc("cmdline"); }

std::string Program::Proc(const std::string& name) const {
  return ReadFile(absl::StrCat("/proc/", pid_, "/", name));
}

bool Program::Running() {
  if (pid_ <= 0 || wait_status_) return false;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return true;
  wait_status_ = status;
  return false;
}

int Program::AwaitPort() {
  const auto give_up = steady_clock::now() + kPatience;
  while (steady_clock::now() < give_up) {
    const bool running = Running();
    if (const int port = PortIn(Output()); port != 0) return port;
    if (!running) return 0;
    std::this_thread::sleep_for(milliseconds(5));
  }
  return 0;
}

void Program::Signal(int signal) const {
  if (pid_ > 0 && !wait_status_) kill(pid_, signal);
}

absl::optional<int> Program::AwaitExit() {
  const auto give_up = steady_clock::now() + kPatience;
  while (Running() && steady_clock::now() < give_up) {
    std::this_thread::sleep_for(milliseconds(5));
  }
  if (!wait_status_ || !WIFEXITED(*wait_status_)) return absl::nullopt;
  return WEXITSTATUS(*wait_status_);
}

}  // namespace fireworks::e2e
