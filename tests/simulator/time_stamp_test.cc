#include "tests/simulator/time_stamp.h"

#include <vector>

#include "gtest/gtest.h"
#include "tests/simulator/testing/simulator_fixture.h"

namespace fireworks::simulator {
namespace {

using std::chrono::steady_clock;

class TimeStampTest : public SimulatorTest {
 protected:
  // The times in the content events of a stream; those without one are left out.
  std::vector<steady_clock::time_point> Times(const std::string& directives, bool stamped) {
    const auto client = Send("stamped", directives,
                             R"({"model":"m","stream":true,"messages":[{"role":"user"}]})");
    client->ReadHead();
    std::vector<steady_clock::time_point> times;
    // Beside four of content: the role, the end, and the marker.
    const std::vector<std::string> events = client->ReadEvents();
    EXPECT_EQ(events.size(), 7u);
    for (const std::string& event : events) {
      EXPECT_TRUE(stamped || event.find('@') == std::string::npos) << event;
      if (const auto time = FindTimeStamp(event); time) times.push_back(*time);
    }
    return times;
  }
};

TEST_F(TimeStampTest, ContentEventsTellWhenTheyWereWritten) {
  const auto before = steady_clock::now();
  const auto times = Times("stamp=1;events=4;pace_ms=5", true);
  const auto after = steady_clock::now();
  ASSERT_EQ(times.size(), 4u);
  // An event that was made when the one before it left would be a pace too early.
  auto earliest = before + std::chrono::milliseconds(5);
  for (const auto time : times) {
    EXPECT_GE(time, earliest);
    earliest = time + std::chrono::milliseconds(5);
  }
  EXPECT_LE(times.back(), after);
}

TEST_F(TimeStampTest, WithoutTheDirectiveNothingIsTold) {
  EXPECT_TRUE(Times("events=4", false).empty());
}

TEST(FindTimeStampTest, TheFirstWholeTimeCounts) {
  const auto time = FindTimeStamp("a@b @12 @0000000000000000042@0000000000000000043");
  ASSERT_TRUE(time.has_value());
  EXPECT_EQ(time->time_since_epoch(), std::chrono::nanoseconds(42));
  EXPECT_FALSE(FindTimeStamp("").has_value());
  EXPECT_FALSE(FindTimeStamp("@000000000000000004").has_value());
  EXPECT_FALSE(FindTimeStamp(kUnstamped).has_value());
}

}  // namespace
}  // namespace fireworks::simulator
