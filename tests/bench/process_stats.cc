#include "tests/bench/process_stats.h"

#include <time.h>

#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"

namespace fireworks::bench {
namespace {

// The value of a line `name:  N kB` of /proc/PID/status, in bytes.
long StatusBytes(pid_t pid, const std::string& name) {
  std::ifstream file(absl::StrCat("/proc/", pid, "/status"));
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    std::string key;
    long kilobytes = 0;
    if (fields >> key >> kilobytes && key == name + ":") return kilobytes << 10;
  }
  return 0;
}

}  // namespace

double CpuSeconds(pid_t pid) {
  clockid_t clock;
  timespec time{};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

long ResidentBytes(pid_t pid) { return StatusBytes(pid, "VmRSS"); }

long PeakResidentBytes(pid_t pid) { return StatusBytes(pid, "VmHWM"); }

void ForgetPeak(pid_t pid) {
  // proc(5): 5 resets the peak of resident memory.
  std::ofstream(absl::StrCat("/proc/", pid, "/clear_refs")) << "5";
}

}  // namespace fireworks::bench
