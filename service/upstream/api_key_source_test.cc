#include "service/upstream/api_key_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace fireworks::upstream {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kVariable[] = "API_KEY_SOURCE_TEST_KEY";

std::string FileWith(absl::string_view bytes) {
  const std::string path = ::testing::TempDir() + "/key";
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

TEST(ReadApiKeyTest, FileWithANewlineAtItsEnd) {
  for (const absl::string_view bytes : {"fw_1", "fw_1\n", "fw_1\r\n"}) {
    const auto key = ReadApiKey(FileWith(bytes), kVariable);
    ASSERT_TRUE(key.ok()) << key.status();
    EXPECT_EQ(key->Reveal(), "fw_1");
  }
}

TEST(ReadApiKeyTest, FileIsPreferredToTheEnvironment) {
  setenv(kVariable, "fw_env", 1);
  EXPECT_EQ(ReadApiKey(FileWith("fw_file"), kVariable)->Reveal(), "fw_file");
  EXPECT_EQ(ReadApiKey("", kVariable)->Reveal(), "fw_env");
  unsetenv(kVariable);
}

TEST(ReadApiKeyTest, NeitherGivesAnEmptySecret) {
  unsetenv(kVariable);
  EXPECT_TRUE(ReadApiKey("", kVariable)->empty());
  setenv(kVariable, "", 1);
  EXPECT_TRUE(ReadApiKey("", kVariable)->empty());
  unsetenv(kVariable);
}

TEST(ReadApiKeyTest, UnusableKeysAreRefusedWithoutShowingThem) {
  const std::string too_long(kMaxApiKeyBytes + 1, 'k');
  const std::string far_too_long(100000, 'k');
  for (const absl::string_view bytes :
       {absl::string_view(""), absl::string_view("\n"), absl::string_view("fw_1\n\n"),
        absl::string_view("fw_1 "), absl::string_view("fw\t1"), absl::string_view("fw_1\0", 5),
        absl::string_view("fw_1\nfw_2"), absl::string_view("fw_\xc3\xa4"),
        absl::string_view(too_long), absl::string_view(far_too_long)}) {
    const auto key = ReadApiKey(FileWith(bytes), kVariable);
    ASSERT_FALSE(key.ok());
    EXPECT_EQ(key.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(key.status().message()), Not(HasSubstr("fw_")));
    EXPECT_THAT(std::string(key.status().message()), Not(HasSubstr("kkkk")));
  }
}

TEST(ReadApiKeyTest, KeyOfTheGreatestLengthIsTaken) {
  const std::string longest(kMaxApiKeyBytes, 'k');
  EXPECT_TRUE(ReadApiKey(FileWith(longest + "\r\n"), kVariable).ok());
}

TEST(ReadApiKeyTest, FileThatIsNotThere) {
  const auto key = ReadApiKey("/nonexistent/key", kVariable);
  EXPECT_EQ(key.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(key.status().message()), HasSubstr("/nonexistent/key"));
}

TEST(ReadApiKeyTest, DirectoryIsNoFile) {
  EXPECT_EQ(ReadApiKey("/", kVariable).status().code(), absl::StatusCode::kUnavailable);
}

TEST(ReadApiKeyTest, FileThatMayNotBeRead) {
  if (geteuid() == 0) GTEST_SKIP() << "root may read everything";
  const std::string path = FileWith("fw_1");
  chmod(path.c_str(), 0);
  EXPECT_EQ(ReadApiKey(path, kVariable).status().code(), absl::StatusCode::kPermissionDenied);
  chmod(path.c_str(), 0600);
}

TEST(ReadApiKeyFileTest, KeyIsThatOfReadApiKey) {
  const std::string path = FileWith("fw_1\r\n");
  const auto file = ReadApiKeyFile(path);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->key.Reveal(), "fw_1");
  FileWith("fw 1");
  EXPECT_FALSE(ReadApiKeyFile(path).ok());
  EXPECT_EQ(ReadApiKeyFile(path).status(), ReadApiKey(path, kVariable).status());
}

TEST(ReadApiKeyFileTest, VersionTellsThatAFileWasWritten) {
  const std::string path = FileWith("fw_1");
  const FileVersion first = ReadApiKeyFile(path)->version;
  EXPECT_EQ(ReadApiKeyFile(path)->version, first);
  // The clock of a file system may stand still between two writes.
  const timespec times[2] = {{1000, 0}, {1000, 0}};
  utimensat(AT_FDCWD, path.c_str(), times, 0);
  EXPECT_NE(ReadApiKeyFile(path)->version, first);
  EXPECT_EQ(ReadApiKeyFile(path)->version.modified(), 1000);
}

TEST(ReadApiKeyFileTest, WhatIsNoRegularFileIsNotRead) {
  EXPECT_EQ(ReadApiKeyFile("/").status().code(), absl::StatusCode::kFailedPrecondition);
  const std::string pipe = ::testing::TempDir() + "/pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(ReadApiKeyFile(pipe).status().code(), absl::StatusCode::kFailedPrecondition);
  unlink(pipe.c_str());
  EXPECT_EQ(ReadApiKeyFile("/nonexistent/key").status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace fireworks::upstream
