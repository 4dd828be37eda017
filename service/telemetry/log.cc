#include "service/telemetry/log.h"

#include <cerrno>
#include <unistd.h>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"

namespace fireworks::telemetry {
namespace {

// What may wait for a stalled reader.
constexpr std::size_t kMaxPendingBytes = 8 << 20;

std::string Quoted(absl::string_view text) {
  return nlohmann::json(std::string(text))
      .dump(-1, ' ', /*ensure_ascii=*/false, nlohmann::json::error_handler_t::replace);
}

void WriteAll(int fd, const std::string& text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t wrote = ::write(fd, text.data() + done, text.size() - done);
    if (wrote > 0) {
      done += static_cast<std::size_t>(wrote);
    } else if (wrote < 0 && errno != EINTR) {
      return;  // The reader is gone; nobody is left to tell.
    }
  }
}

}  // namespace

absl::string_view LogLevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kAudit: return "AUDIT";
    case LogLevel::kError: return "ERROR";
    case LogLevel::kWarning: return "WARNING";
    case LogLevel::kInfo: return "INFO";
    case LogLevel::kDebug: return "DEBUG";
  }
  return "";
}

LogLine::LogLine(absl::string_view event, LogLevel level) : level_(level) {
  line_ = absl::StrCat(
      "{\"time\":\"",
      absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", absl::Now(), absl::UTCTimeZone()), "\"");
  Text("level", LogLevelName(level)).Text("event", event);
}

void LogLine::Key(absl::string_view key) { absl::StrAppend(&line_, ",\"", key, "\":"); }

LogLine& LogLine::Text(absl::string_view key, absl::string_view value) {
  Key(key);
  line_ += Quoted(value);
  return *this;
}

LogLine& LogLine::Number(absl::string_view key, std::int64_t value) {
  Key(key);
  absl::StrAppend(&line_, value);
  return *this;
}

LogLine& LogLine::TextIfAny(absl::string_view key, absl::string_view value) {
  return value.empty() ? *this : Text(key, value);
}

std::string LogLine::Finish() {
  line_ += "}\n";
  return std::move(line_);
}

Log::Log(int fd) : fd_(fd), thread_([this] { Run(); }) {}

Log::~Log() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Log::Configure(const LogSettings& settings) {
  level_ = settings.level;
  sample_one_in_ = settings.sample_one_in;
  allow_content_ = settings.allow_content;
}

LogSettings Log::settings() const { return {level_, sample_one_in_, allow_content_}; }

bool Log::TakeSample() {
  const std::uint32_t one_in = sample_one_in_.load(std::memory_order_relaxed);
  return one_in <= 1 || samples_.fetch_add(1, std::memory_order_relaxed) % one_in == 0;
}

void Log::Write(LogLine line) {
  if (!Wants(line.level())) return;
  const std::string text = line.Finish();
  bool first = false;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (pending_.size() + text.size() > kMaxPendingBytes) {
      ++dropped_;
      return;
    }
    first = pending_.empty();
    pending_ += text;
  }
  // What joins others, the thread finds with them.
  if (first) wake_.notify_one();
}

std::uint64_t Log::dropped() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return dropped_;
}

void Log::Run() {
  std::string batch;
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !pending_.empty(); });
    if (pending_.empty()) return;
    batch.clear();
    batch.swap(pending_);
    lock.unlock();
    WriteAll(fd_, batch);
    lock.lock();
  }
}

}  // namespace fireworks::telemetry
