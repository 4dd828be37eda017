#include "client/cpp/terminal.h"

#include <fcntl.h>
#include <unistd.h>

#include "gtest/gtest.h"

namespace fireworks::client {
namespace {

TEST(UseColor, OnATerminalOnly) {
  EXPECT_TRUE(UseColor(/*is_terminal=*/true, nullptr, "xterm"));
  EXPECT_TRUE(UseColor(/*is_terminal=*/true, nullptr, nullptr));
  EXPECT_FALSE(UseColor(/*is_terminal=*/false, nullptr, "xterm"));
}

TEST(UseColor, NotWithNoColorUnlessItIsEmpty) {
  EXPECT_FALSE(UseColor(/*is_terminal=*/true, "1", "xterm"));
  EXPECT_FALSE(UseColor(/*is_terminal=*/true, "0", "xterm"));
  EXPECT_TRUE(UseColor(/*is_terminal=*/true, "", "xterm"));
}

TEST(UseColor, NotOnDumbTerminals) {
  EXPECT_FALSE(UseColor(/*is_terminal=*/true, nullptr, "dumb"));
}

TEST(Dim, EndsWhatItBegins) { EXPECT_EQ(Dim("hm"), "\x1b[2mhm\x1b[0m"); }

TEST(Dim, LeavesBlanksAlone) {
  EXPECT_EQ(Dim(""), "");
  EXPECT_EQ(Dim(" \n"), " \n");
}

TEST(WriteAll, WritesAll) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  EXPECT_TRUE(WriteAll(ends[1], "hello").ok());
  char buffer[8];
  EXPECT_EQ(read(ends[0], buffer, sizeof buffer), 5);
  close(ends[0]);
  close(ends[1]);
}

TEST(WriteAll, AReaderWhoHasLeftIsCancelled) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  close(ends[0]);
  EXPECT_TRUE(absl::IsCancelled(WriteAll(ends[1], "hello")));
  close(ends[1]);
}

TEST(WriteAll, AFullDeviceIsAnError) {
  const int fd = open("/dev/full", O_WRONLY);
  ASSERT_GE(fd, 0);
  EXPECT_TRUE(absl::IsUnavailable(WriteAll(fd, "hello")));
  close(fd);
}

}  // namespace
}  // namespace fireworks::client
