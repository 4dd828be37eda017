#include "service/telemetry/log.h"

#include <unistd.h>

#include <algorithm>
#include <string>

#include "gmock/gmock.h"
#include "nlohmann/json.hpp"

namespace fireworks::telemetry {
namespace {

TEST(LogLineTest, MembersKeepTheirOrder) {
  const std::string line =
      LogLine("call").Text("b", "x").Number("a", -3).TextIfAny("none", "").Finish();
  const auto json = nlohmann::ordered_json::parse(line);
  std::string keys;
  for (const auto& item : json.items()) keys += item.key() + " ";
  EXPECT_EQ(keys, "time event b a ");
  EXPECT_EQ(json["a"], -3);
}

TEST(LogLineTest, HostileTextStaysInsideItsString) {
  const std::string hostile = std::string("a\"},\n{\"event\":\"forged\0", 22) + "\xff\xfe";
  const std::string line = LogLine("call").Text("model", hostile).Finish();
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  const auto json = nlohmann::json::parse(line);
  EXPECT_EQ(json["event"], "call");
  EXPECT_THAT(json["model"].get<std::string>(), testing::StartsWith("a\"},\n{"));
  EXPECT_THAT(json["model"].get<std::string>(), testing::EndsWith("\xEF\xBF\xBD"));
}

TEST(LogTest, WritesEveryLineBeforeItIsDestroyed) {
  int pipe_fds[2];
  ASSERT_EQ(::pipe(pipe_fds), 0);
  {
    Log log(pipe_fds[1]);
    for (int i = 0; i < 100; ++i) log.Write(LogLine("call").Number("i", i));
    EXPECT_EQ(log.dropped(), 0u);
  }
  ::close(pipe_fds[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t got; (got = ::read(pipe_fds[0], buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(got));
  }
  ::close(pipe_fds[0]);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 100);
  EXPECT_THAT(text, testing::HasSubstr("\"i\":99}\n"));
}

TEST(LogTest, DropsAndCountsWhenTheReaderStalls) {
  int pipe_fds[2];
  ASSERT_EQ(::pipe(pipe_fds), 0);
  std::uint64_t dropped = 0;
  {
    Log log(pipe_fds[1]);
    const std::string big(1 << 20, 'x');
    for (int i = 0; i < 32; ++i) log.Write(LogLine("call").Text("big", big));
    dropped = log.dropped();
    ::close(pipe_fds[0]);  // Lets the writer go on: EPIPE.
  }
  ::close(pipe_fds[1]);
  EXPECT_GT(dropped, 0u);
}

}  // namespace
}  // namespace fireworks::telemetry
