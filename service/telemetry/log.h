// Structured logs: one JSON object per line, on one file descriptor.
#ifndef FIREWORKS_SERVICE_TELEMETRY_LOG_H_
#define FIREWORKS_SERVICE_TELEMETRY_LOG_H_

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

#include "absl/strings/string_view.h"

namespace fireworks::telemetry {

// Builds one line. Members appear in the order in which they were added; text
// is escaped, and bytes that are not UTF-8 become U+FFFD, so that nothing a
// caller sends can break or forge a line.
class LogLine {
 public:
  // Every line starts with `time` (UTC, microseconds) and `event`.
  explicit LogLine(absl::string_view event);

  LogLine& Text(absl::string_view key, absl::string_view value);
  LogLine& Number(absl::string_view key, std::int64_t value);
  // Leaves the member out when `value` is empty.
  LogLine& TextIfAny(absl::string_view key, absl::string_view value);

  // The line with its closing brace and newline. The builder is then spent:
  // call once.
  std::string Finish();

 private:
  void Key(absl::string_view key);

  std::string line_;
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

  void Write(LogLine line);

  // Lines that found no room so far.
  std::uint64_t dropped() const;

 private:
  void Run();

  const int fd_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::string pending_;        // guarded by mutex_
  bool stopping_ = false;      // guarded by mutex_
  std::uint64_t dropped_ = 0;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace fireworks::telemetry

#endif  // FIREWORKS_SERVICE_TELEMETRY_LOG_H_
