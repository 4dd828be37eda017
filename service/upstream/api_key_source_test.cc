#include "service/upstream/api_key_source.h"

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

}  // namespace
}  // namespace fireworks::upstream
