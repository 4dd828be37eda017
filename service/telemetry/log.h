// Structured logs: one JSON object per line, on one file descriptor.
#ifndef FIREWORKS_SERVICE_TELEMETRY_LOG_H_
#define FIREWORKS_SERVICE_TELEMETRY_LOG_H_

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

#include "absl/strings/string_view.h"

namespace fireworks::telemetry {

// How grave a line is, the gravest first.
enum class LogLevel {
  kAudit,  // a record that must not be missing: written at every level
  kError,
  kWarning,
  kInfo,
  kDebug,
};

// "AUDIT", "ERROR", "WARNING", "INFO", "DEBUG".
absl::string_view LogLevelName(LogLevel level);

// Builds one line. Members appear in the order in which they were added; text
// is escaped, and bytes that are not UTF-8 become U+FFFD, so that nothing a
// caller sends can break or forge a line.
class LogLine {
 public:
  // Every line starts with `time` (UTC, microseconds), `level` and `event`.
  LogLine(absl::string_view event, LogLevel level);

  LogLevel level() const { return level_; }

  LogLine& Text(absl::string_view key, absl::string_view value);
  LogLine& Number(absl::string_view key, std::int64_t value);
  // Leaves the member out when `value` is empty.
  LogLine& TextIfAny(absl::string_view key, absl::string_view value);

  // The line with its closing brace and newline. The builder is then spent:
  // call once.
  std::string Finish();

 private:
  void Key(absl::string_view key);

  const LogLevel level_;
  std::string line_;
};

// What is written. A value.
struct LogSettings {
  LogLevel level = LogLevel::kInfo;  // lines that are less grave are left out
  // Of what is sampled, one in so many is kept; at least 1.
  std::uint32_t sample_one_in = 1;
  // Whether content of calls may be written at all.
  bool allow_content = false;
};

// Writes lines from a thread of its own: a log reader that stalls must not
// stall calls. When too many lines wait, new ones are dropped and counted.
// Thread-safe.
class Log {
 public:
  // Writes to `fd`, which is not owned.
  explicit Log(int fd);
  // Writes what waits, then stops.
  ~Log();

  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  // May be called at any time; counts for the lines that follow.
  void Configure(const LogSettings& settings);
  LogSettings settings() const;

  // Whether lines of `level` are written, so that others need not be made.
  bool Wants(LogLevel level) const { return level <= level_.load(std::memory_order_relaxed); }
  // Whether to write the next of the lines that are sampled.
  bool TakeSample();

  // Leaves out what is not wanted.
  void Write(LogLine line);

  // Lines that found no room so far.
  std::uint64_t dropped() const;

 private:
  void Run();

  const int fd_;
  std::atomic<LogLevel> level_{LogLevel::kInfo};
  std::atomic<std::uint32_t> sample_one_in_{1};
  std::atomic<bool> allow_content_{false};
  std::atomic<std::uint32_t> samples_{0};
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::string pending_;        // guarded by mutex_
  bool stopping_ = false;      // guarded by mutex_
  std::uint64_t dropped_ = 0;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace fireworks::telemetry

#endif  // FIREWORKS_SERVICE_TELEMETRY_LOG_H_
