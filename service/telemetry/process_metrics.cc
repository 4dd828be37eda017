#include "service/telemetry/process_metrics.h"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstddef>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "service/telemetry/families.h"

namespace fireworks::telemetry {
namespace {

std::string ReadAll(const char* path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The fields of /proc/self/stat behind the command's name, which may hold anything but
// ends at the last parenthesis. proc(5) counts from 1; the first one here is number 3.
std::vector<std::string> StatFields() {
  const std::string text = ReadAll("/proc/self/stat");
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return {};
  return absl::StrSplit(absl::string_view(text).substr(name_end + 1), absl::ByAnyChar(" \n"),
                        absl::SkipEmpty());
}

absl::optional<double> Field(const std::vector<std::string>& fields, std::size_t number) {
  constexpr std::size_t kFirst = 3;
  double value = 0;
  const bool there = number - kFirst < fields.size() &&
                     absl::SimpleAtod(fields[number - kFirst], &value);
  return there ? absl::make_optional(value) : absl::nullopt;
}

constexpr std::size_t kUserTime = 14;
constexpr std::size_t kSystemTime = 15;
constexpr std::size_t kStartTime = 22;
constexpr std::size_t kVirtualBytes = 23;
constexpr std::size_t kResidentPages = 24;

// When the machine was started, as Unix time.
absl::optional<double> BootTime() {
  for (const absl::string_view line : absl::StrSplit(ReadAll("/proc/stat"), '\n')) {
    const std::pair<absl::string_view, absl::string_view> words =
        absl::StrSplit(line, absl::MaxSplits(' ', 1));
    double seconds = 0;
    if (words.first == "btime" && absl::SimpleAtod(words.second, &seconds)) return seconds;
  }
  return absl::nullopt;
}

absl::optional<double> CountOpenFiles() {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir("/proc/self/fd"), &closedir);
  if (folder == nullptr) return absl::nullopt;
  double count = 0;
  while (const dirent* entry = readdir(folder.get())) {
    if (entry->d_name[0] != '.') ++count;
  }
  return count - 1;  // Without the folder itself.
}

}  // namespace

ProcessMetrics::ProcessMetrics(prometheus::Registry* registry)
    : cpu_seconds_(AddCounter(registry, "process_cpu_seconds_total",
                              "User and system time of the process.")),
      resident_bytes_(AddGauge(registry, "process_resident_memory_bytes",
                               "Memory of the process that is in RAM.")),
      virtual_bytes_(AddGauge(registry, "process_virtual_memory_bytes",
                              "Address space of the process.")),
      open_fds_(AddGauge(registry, "process_open_fds", "Open file descriptors.")),
      max_fds_(AddGauge(registry, "process_max_fds", "The soft limit of open descriptors.")),
      start_time_(AddGauge(registry, "process_start_time_seconds",
                           "When the process was started, as Unix time.")) {
  const auto started = Field(StatFields(), kStartTime);
  const auto boot = BootTime();
  if (started && boot) {
    start_time_.Set(*boot + *started / static_cast<double>(sysconf(_SC_CLK_TCK)));
  }
  Refresh();
}

void ProcessMetrics::Refresh() {
  const std::vector<std::string> fields = StatFields();
  const auto user = Field(fields, kUserTime);
  const auto system = Field(fields, kSystemTime);
  if (user && system) {
    RaiseTo((*user + *system) / static_cast<double>(sysconf(_SC_CLK_TCK)), &cpu_seconds_);
  }
  if (const auto bytes = Field(fields, kVirtualBytes)) virtual_bytes_.Set(*bytes);
  if (const auto pages = Field(fields, kResidentPages)) {
    resident_bytes_.Set(*pages * static_cast<double>(sysconf(_SC_PAGESIZE)));
  }
  if (const auto open = CountOpenFiles()) open_fds_.Set(*open);
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) max_fds_.Set(static_cast<double>(limit.rlim_cur));
}

}  // namespace fireworks::telemetry
