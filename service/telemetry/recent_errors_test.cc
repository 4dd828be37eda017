#include "service/telemetry/recent_errors.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace fireworks::telemetry {
namespace {

RecentErrors::Entry Numbered(int number) {
  RecentErrors::Entry entry;
  entry.request_id = absl::StrCat("req_", number);
  return entry;
}

TEST(RecentErrorsTest, TheLatestComeFirst) {
  RecentErrors errors;
  EXPECT_TRUE(errors.List().empty());
  errors.Add(Numbered(1));
  errors.Add(Numbered(2));
  const auto list = errors.List();
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].request_id, "req_2");
  EXPECT_EQ(list[1].request_id, "req_1");
}

TEST(RecentErrorsTest, OldOnesMakeRoomAndStayCounted) {
  RecentErrors errors(3);
  for (int i = 1; i <= 10; ++i) errors.Add(Numbered(i));
  const auto list = errors.List();
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list.front().request_id, "req_10");
  EXPECT_EQ(list.back().request_id, "req_8");
  EXPECT_EQ(errors.total(), 10u);
}

}  // namespace
}  // namespace fireworks::telemetry
