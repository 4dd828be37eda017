#include "client/cpp/interrupt.h"

#include <atomic>
#include <csignal>
#include <future>
#include <thread>

#include "gtest/gtest.h"

namespace fireworks::client {
namespace {

TEST(InterruptWatcher, CallsOnceOnItsOwnThread) {
  std::promise<std::thread::id> called;
  InterruptWatcher watcher([&called] { called.set_value(std::this_thread::get_id()); });
  EXPECT_FALSE(watcher.interrupted());
  std::raise(SIGINT);
  EXPECT_NE(called.get_future().get(), std::this_thread::get_id());
  EXPECT_TRUE(watcher.interrupted());
}

TEST(InterruptWatcher, WithoutASignalNothingIsCalled) {
  bool called = false;
  { InterruptWatcher watcher([&called] { called = true; }); }
  EXPECT_FALSE(called);
}

TEST(InterruptWatcher, AfterwardsTheSignalDoesWhatItDidBefore) {
  static std::atomic<int> seen{0};
  struct sigaction previous = {};
  struct sigaction counting = {};
  counting.sa_handler = [](int) { ++seen; };
  sigaction(SIGINT, &counting, &previous);
  { InterruptWatcher watcher([] {}); }
  std::raise(SIGINT);
  EXPECT_EQ(seen, 1);
  sigaction(SIGINT, &previous, nullptr);
}

using InterruptWatcherDeathTest = testing::Test;

TEST(InterruptWatcherDeathTest, TheSecondSignalEndsTheProcess) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(
      {
        std::promise<void> never;
        InterruptWatcher watcher([] { std::raise(SIGINT); });
        std::raise(SIGINT);
        never.get_future().wait();
      },
      testing::ExitedWithCode(kInterruptedExitCode), "");
}

TEST(InterruptWatcherDeathTest, ExitOnInterruptEndsTheProcessAtOnce) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(
      {
        ExitOnInterrupt();
        std::raise(SIGINT);
      },
      testing::ExitedWithCode(kInterruptedExitCode), "");
}

}  // namespace
}  // namespace fireworks::client
