#include "service/upstream/retry_after.h"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace fireworks::upstream {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Tue, 14 Nov 2023 22:13:20 GMT.
const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

std::optional<milliseconds> Read(std::vector<Header> headers) {
  ResponseHead head;
  head.headers = std::move(headers);
  return RetryAfter(head, kNow);
}

TEST(RetryAfterTest, Absent) { EXPECT_EQ(Read({}), std::nullopt); }

TEST(RetryAfterTest, Seconds) {
  EXPECT_EQ(Read({{"retry-after", "7"}}), seconds(7));
  EXPECT_EQ(Read({{"retry-after", " 0 "}}), seconds(0));
  EXPECT_EQ(Read({{"retry-after", "1.5"}}), milliseconds(1500));
}

TEST(RetryAfterTest, MillisecondsComeFirst) {
  EXPECT_EQ(Read({{"retry-after", "7"}, {"retry-after-ms", "250"}}), milliseconds(250));
  EXPECT_EQ(Read({{"retry-after-ms", "250.75"}}), milliseconds(250));
  EXPECT_EQ(Read({{"retry-after", "7"}, {"retry-after-ms", "soon"}}), seconds(7));
}

TEST(RetryAfterTest, TheThreeFormsOfADate) {
  for (const char* date : {"Tue, 14 Nov 2023 22:14:20 GMT", "Tuesday, 14-Nov-23 22:14:20 GMT",
                           "Tue Nov 14 22:14:20 2023"}) {
    EXPECT_EQ(Read({{"retry-after", date}}), seconds(60)) << date;
  }
}

TEST(RetryAfterTest, DateCountsFromTheAnswersOwn) {
  EXPECT_EQ(Read({{"retry-after", "Tue, 14 Nov 2023 22:14:20 GMT"},
                  {"date", "Tue, 14 Nov 2023 22:14:15 GMT"}}),
            seconds(5));
  EXPECT_EQ(Read({{"retry-after", "Tue, 14 Nov 2023 22:14:20 GMT"}, {"date", "today"}}),
            seconds(60));
}

TEST(RetryAfterTest, ANegativeNumberIsIgnored) {
  EXPECT_EQ(Read({{"retry-after", "-5"}}), std::nullopt);
  EXPECT_EQ(Read({{"retry-after", "-0"}}), std::nullopt);
  EXPECT_EQ(Read({{"retry-after-ms", "-5"}}), std::nullopt);
  EXPECT_EQ(Read({{"retry-after-ms", "-5"}, {"retry-after", "7"}}), seconds(7));
}

TEST(RetryAfterTest, ADateInThePastIsNow) {
  EXPECT_EQ(Read({{"retry-after", "Tue, 14 Nov 2023 22:12:20 GMT"}}), seconds(0));
}

TEST(RetryAfterTest, AbsurdIsADay) {
  EXPECT_EQ(Read({{"retry-after", "99999999999999999999999"}}), hours(24));
  EXPECT_EQ(Read({{"retry-after", std::string(400, '9')}}), hours(24));
  EXPECT_EQ(Read({{"retry-after-ms", std::string(400, '9')}}), hours(24));
  EXPECT_EQ(Read({{"retry-after", "Tue, 14 Nov 2999 22:12:20 GMT"}}), hours(24));
}

TEST(RetryAfterTest, Nonsense) {
  for (const char* value : {"", "soon", "1e9", "inf", "nan", "0x10", "1,2", "--1", ".", "7 s",
                            "Tue, 14 Nov 2023", "32 Nov 2023 22:12:20 GMT"}) {
    EXPECT_EQ(Read({{"retry-after", value}}), std::nullopt) << value;
  }
}

TEST(ForbidsRetryTest, OnlyFalseDoes) {
  const auto forbids = [](std::string value) {
    ResponseHead head;
    head.headers = {{"x-should-retry", std::move(value)}};
    return ForbidsRetry(head);
  };
  EXPECT_TRUE(forbids("false"));
  EXPECT_TRUE(forbids("False"));
  EXPECT_FALSE(forbids("true"));
  EXPECT_FALSE(forbids(""));
  EXPECT_FALSE(ForbidsRetry(ResponseHead()));
}

}  // namespace
}  // namespace fireworks::upstream
