#include "client/cpp/wait.h"

#include <vector>

#include "absl/status/status.h"
#include "fireworks/gateway/v1/job.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace fireworks::client {
namespace {

using fireworks::gateway::v1::JobState;
using ::testing::ElementsAre;

// Sleeps of a wait over the answers 0, 1, 2 ..., of which `last` is the end.
std::vector<absl::Duration> Sleeps(int last, WaitOptions options) {
  std::vector<absl::Duration> sleeps;
  options.sleep = [&sleeps](absl::Duration time) { sleeps.push_back(time); };
  int next = 0;
  const auto result = WaitFor<int>([&next]() -> absl::StatusOr<int> { return next++; },
                                   [last](int value) { return value == last; }, nullptr, options);
  EXPECT_TRUE(result.ok());
  EXPECT_EQ(*result, last);
  return sleeps;
}

TEST(WaitFor, LooksLessAndLessOften) {
  WaitOptions options;
  options.longest_interval = absl::Seconds(2);
  EXPECT_THAT(Sleeps(4, options), ElementsAre(absl::Seconds(1), absl::Seconds(1.5),
                                              absl::Seconds(2), absl::Seconds(2)));
  EXPECT_THAT(Sleeps(0, options), ElementsAre());
}

TEST(WaitFor, TellsEveryLook) {
  WaitOptions options;
  options.sleep = [](absl::Duration) {};
  std::vector<int> told;
  int next = 0;
  ASSERT_TRUE(WaitFor<int>([&next]() -> absl::StatusOr<int> { return next++; },
                           [](int value) { return value == 2; },
                           [&told](int value) { told.push_back(value); }, options)
                  .ok());
  EXPECT_THAT(told, ElementsAre(0, 1, 2));
}

TEST(WaitFor, AnUnavailableServiceIsAskedAgain) {
  WaitOptions options;
  options.sleep = [](absl::Duration) {};
  int looks = 0;
  const auto result = WaitFor<int>(
      [&looks]() -> absl::StatusOr<int> {
        if (++looks < 3) return absl::UnavailableError("restarting");
        return 7;
      },
      [](int) { return true; }, nullptr, options);
  EXPECT_EQ(*result, 7);
}

TEST(WaitFor, AnyOtherErrorEndsIt) {
  const auto result = WaitFor<int>([]() -> absl::StatusOr<int> { return absl::NotFoundError("no"); },
                                   [](int) { return true; });
  EXPECT_TRUE(absl::IsNotFound(result.status()));
}

TEST(WaitFor, TimePasses) {
  WaitOptions options;
  options.timeout = absl::ZeroDuration();
  options.sleep = [](absl::Duration) { FAIL() << "there is no time to sleep"; };
  const auto result = WaitFor<int>([]() -> absl::StatusOr<int> { return 1; },
                                   [](int) { return false; }, nullptr, options);
  EXPECT_TRUE(absl::IsDeadlineExceeded(result.status()));
}

TEST(HasEnded, KnowsTheStatesOfJobs) {
  EXPECT_TRUE(HasEnded(JobState::JOB_STATE_COMPLETED));
  EXPECT_TRUE(HasEnded(JobState::JOB_STATE_FAILED));
  EXPECT_FALSE(HasEnded(JobState::JOB_STATE_RUNNING));
  EXPECT_FALSE(HasEnded(JobState::JOB_STATE_PAUSED));
}

}  // namespace
}  // namespace fireworks::client
