#include "service/access/watched_file.h"

#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "service/access/reloaded_file.h"
#include "tests/support/test_folder.h"

namespace fireworks::access {
namespace {

using testing_support::TestFolder;
namespace fs = std::filesystem;

// The content that a look finds, "(same)", or the name of the error's code.
std::string Look(WatchedFile* file) {
  const auto content = file->Poll();
  if (!content.ok()) return absl::StatusCodeToString(content.status().code());
  return content->value_or("(same)");
}

class WatchedFileTest : public testing::Test {
 protected:
  TestFolder folder_;
  WatchedFile file_{folder_.Path("f"), 64};
};

TEST_F(WatchedFileTest, TellsEachContentOnce) {
  folder_.WriteOver("f", "one");
  EXPECT_EQ(Look(&file_), "one");
  EXPECT_EQ(Look(&file_), "(same)");
}

TEST_F(WatchedFileTest, NoticesAFileRenamedOverIt) {
  folder_.Replace("f", "one");
  EXPECT_EQ(Look(&file_), "one");
  folder_.Replace("f", "two");
  EXPECT_EQ(Look(&file_), "two");
}

TEST_F(WatchedFileTest, NoticesAChangeThatLeavesSizeAndTimeAlone) {
  folder_.WriteOver("f", "one");
  const auto time = fs::last_write_time(folder_.Path("f"));
  EXPECT_EQ(Look(&file_), "one");
  folder_.WriteOver("f", "two");
  fs::last_write_time(folder_.Path("f"), time);
  EXPECT_EQ(Look(&file_), "two");
}

// The clocks of file systems tick every few milliseconds only.
TEST_F(WatchedFileTest, NoticesChangesWithinOneTickOfTheClock) {
  for (int i = 100; i < 400; ++i) {
    const std::string content = std::to_string(i);
    folder_.WriteOver("f", content);
    EXPECT_EQ(Look(&file_), content);
  }
}

TEST_F(WatchedFileTest, TheSameContentInANewFileIsNoChange) {
  folder_.Replace("f", "one");
  EXPECT_EQ(Look(&file_), "one");
  folder_.Replace("f", "one");
  EXPECT_EQ(Look(&file_), "(same)");
}

// As Kubernetes mounts it: f -> ..data/f, ..data -> ..2026_01, and ..data is swapped.
TEST_F(WatchedFileTest, FollowsASwapOfALinkOnTheWay) {
  fs::create_directory(folder_.Path("..2026_01"));
  fs::create_directory(folder_.Path("..2026_02"));
  folder_.WriteOver("..2026_01/f", "one");
  folder_.WriteOver("..2026_02/f", "two");
  fs::create_symlink("..2026_01", folder_.Path("..data"));
  fs::create_symlink("..data/f", folder_.Path("f"));
  EXPECT_EQ(Look(&file_), "one");
  fs::create_symlink("..2026_02", folder_.Path("..data_tmp"));
  fs::rename(folder_.Path("..data_tmp"), folder_.Path("..data"));
  fs::remove_all(folder_.Path("..2026_01"));
  EXPECT_EQ(Look(&file_), "two");
}

TEST_F(WatchedFileTest, AFileThatComesBackUnchangedIsNoChange) {
  EXPECT_EQ(Look(&file_), "NOT_FOUND");
  folder_.WriteOver("f", "one");
  EXPECT_EQ(Look(&file_), "one");
  fs::remove(folder_.Path("f"));
  EXPECT_EQ(Look(&file_), "NOT_FOUND");
  folder_.WriteOver("f", "one");
  EXPECT_EQ(Look(&file_), "(same)");
}

TEST_F(WatchedFileTest, AnEmptyFileIsContentToo) {
  folder_.WriteOver("f", "");
  EXPECT_EQ(Look(&file_), "");
  EXPECT_EQ(Look(&file_), "(same)");
}

TEST_F(WatchedFileTest, TakesAsManyBytesAsItMayAndNoMore) {
  folder_.WriteOver("f", std::string(64, 'x'));
  EXPECT_EQ(Look(&file_), std::string(64, 'x'));
  folder_.WriteOver("f", std::string(65, 'x'));
  EXPECT_EQ(Look(&file_), "RESOURCE_EXHAUSTED");
}

TEST_F(WatchedFileTest, WhatIsNoFileIsRefusedAndDoesNotBlock) {
  fs::create_directory(folder_.Path("f"));
  EXPECT_EQ(Look(&file_), "FAILED_PRECONDITION");
  fs::remove(folder_.Path("f"));
  ASSERT_EQ(mkfifo(folder_.Path("f").c_str(), 0600), 0);
  EXPECT_EQ(Look(&file_), "FAILED_PRECONDITION");
}

class ReloadedFileTest : public testing::Test {
 protected:
  static absl::StatusOr<std::shared_ptr<const std::string>> Parse(const std::string& content,
                                                                  const std::string& path) {
    if (content.rfind("good", 0) != 0) return absl::InvalidArgumentError(path + ": not good");
    return std::make_shared<const std::string>(content);
  }

  TestFolder folder_;
  ReloadedFile<std::string> file_{folder_.Path("f"), 64, Parse};
};

TEST_F(ReloadedFileTest, KeepsTheLastGoodVersionAndSaysWhatIsWrong) {
  EXPECT_EQ(file_.Refresh().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(file_.Current(), nullptr);
  folder_.Replace("f", "good 1");
  EXPECT_TRUE(file_.Refresh().ok());
  EXPECT_EQ(*file_.Current(), "good 1");

  folder_.Replace("f", "bad");
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(file_.Refresh(), absl::InvalidArgumentError(folder_.Path("f") + ": not good"));
    EXPECT_EQ(*file_.Current(), "good 1");
  }
  fs::remove(folder_.Path("f"));
  EXPECT_EQ(file_.Refresh().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(*file_.Current(), "good 1");

  folder_.Replace("f", "good 2");
  EXPECT_TRUE(file_.Refresh().ok());
  EXPECT_EQ(*file_.Current(), "good 2");
}

TEST_F(ReloadedFileTest, WhatSomeoneStillUsesOutlivesAReload) {
  folder_.Replace("f", "good 1");
  ASSERT_TRUE(file_.Refresh().ok());
  const std::shared_ptr<const std::string> used = file_.Current();
  folder_.Replace("f", "good 2");
  ASSERT_TRUE(file_.Refresh().ok());
  EXPECT_EQ(*used, "good 1");
}

TEST_F(ReloadedFileTest, ReadersSeeOneVersionOrTheOther) {
  folder_.Replace("f", "good 0");
  ASSERT_TRUE(file_.Refresh().ok());
  std::atomic<bool> done{false};
  std::thread reader([&] {
    while (!done) EXPECT_EQ(file_.Current()->rfind("good ", 0), 0u);
  });
  for (int i = 1; i <= 100; ++i) {
    folder_.Replace("f", "good " + std::to_string(i));
    EXPECT_TRUE(file_.Refresh().ok());
  }
  done = true;
  reader.join();
  EXPECT_EQ(*file_.Current(), "good 100");
}

}  // namespace
}  // namespace fireworks::access
