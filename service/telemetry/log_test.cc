#include "service/telemetry/log.h"

#include <unistd.h>

#include <algorithm>
#include <functional>
#include <string>

#include "gmock/gmock.h"
#include "nlohmann/json.hpp"

namespace fireworks::telemetry {
namespace {

TEST(LogLineTest, MembersKeepTheirOrder) {
  const std::string line =
      LogLine("call", LogLevel::kInfo).Text("b", "x").Number("a", -3).TextIfAny("none", "").Finish();
  const auto json = nlohmann::ordered_json::parse(line);
  std::string keys;
  for (const auto& item : json.items()) keys += item.key() + " ";
  EXPECT_EQ(keys, "time level event b a ");
  EXPECT_EQ(json["a"], -3);
}

TEST(LogLineTest, HostileTextStaysInsideItsString) {
  const std::string hostile = std::string("a\"},\n{\"event\":\"forged\0", 22) + "\xff\xfe";
  const std::string line = LogLine("call", LogLevel::kInfo).Text("model", hostile).Finish();
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  const auto json = nlohmann::json::parse(line);
  EXPECT_EQ(json["event"], "call");
  EXPECT_THAT(json["model"].get<std::string>(), testing::StartsWith("a\"},\n{"));
  EXPECT_THAT(json["model"].get<std::string>(), testing::EndsWith("\xEF\xBF\xBD"));
}

// What `write` has a log write, in at most a pipe's capacity.
std::string Written(const std::function<void(Log*)>& write) {
  int pipe_fds[2];
  EXPECT_EQ(::pipe(pipe_fds), 0);
  {
    Log log(pipe_fds[1]);
    write(&log);
    EXPECT_EQ(log.dropped(), 0u);
  }
  ::close(pipe_fds[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t got; (got = ::read(pipe_fds[0], buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(got));
  }
  ::close(pipe_fds[0]);
  return text;
}

TEST(LogTest, WritesEveryLineBeforeItIsDestroyed) {
  const std::string text = Written([](Log* log) {
    for (int i = 0; i < 100; ++i) log->Write(LogLine("call", LogLevel::kInfo).Number("i", i));
  });
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 100);
  EXPECT_THAT(text, testing::HasSubstr("\"i\":99}\n"));
}

TEST(LogTest, LessGraveLinesAreLeftOutAndAuditLinesNever) {
  const std::string text = Written([](Log* log) {
    for (const LogLevel level : {LogLevel::kError, LogLevel::kWarning, LogLevel::kInfo}) {
      LogSettings settings;
      settings.level = level;
      log->Configure(settings);
      for (const LogLevel line : {LogLevel::kAudit, LogLevel::kError, LogLevel::kWarning,
                                  LogLevel::kInfo, LogLevel::kDebug}) {
        EXPECT_EQ(log->Wants(line), line <= level);
        log->Write(LogLine(LogLevelName(level), line));
      }
    }
  });
  const auto wrote = [&text](const std::string& line, const std::string& at) {
    return text.find("\"level\":\"" + line + "\",\"event\":\"" + at + "\"") != std::string::npos;
  };
  for (const char* at : {"ERROR", "WARNING", "INFO"}) {
    EXPECT_TRUE(wrote("AUDIT", at) && wrote("ERROR", at)) << text;
    EXPECT_FALSE(wrote("DEBUG", at)) << text;
  }
  EXPECT_FALSE(wrote("WARNING", "ERROR"));
  EXPECT_TRUE(wrote("WARNING", "WARNING"));
  EXPECT_FALSE(wrote("INFO", "WARNING"));
  EXPECT_TRUE(wrote("INFO", "INFO"));
}

TEST(LogTest, OneInSoManySamplesIsTaken) {
  Log log(-1);
  const auto taken = [&log](std::uint32_t one_in) {
    LogSettings settings;
    settings.sample_one_in = one_in;
    log.Configure(settings);
    int count = 0;
    for (int i = 0; i < 100; ++i) count += log.TakeSample() ? 1 : 0;
    return count;
  };
  EXPECT_EQ(taken(1), 100);
  EXPECT_EQ(taken(10), 10);
  EXPECT_EQ(taken(100), 1);
}

TEST(LogTest, DropsAndCountsWhenTheReaderStalls) {
  int pipe_fds[2];
  ASSERT_EQ(::pipe(pipe_fds), 0);
  std::uint64_t dropped = 0;
  {
    Log log(pipe_fds[1]);
    const std::string big(1 << 20, 'x');
    for (int i = 0; i < 32; ++i) log.Write(LogLine("call", LogLevel::kInfo).Text("big", big));
    dropped = log.dropped();
    ::close(pipe_fds[0]);  // Lets the writer go on: EPIPE.
  }
  ::close(pipe_fds[1]);
  EXPECT_GT(dropped, 0u);
}

}  // namespace
}  // namespace fireworks::telemetry
