#include "service/server/process.h"

#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstddef>
#include <vector>

#include "gtest/gtest.h"

namespace fireworks::server {
namespace {

TEST(ProcessTest, LeavesNoDumpAndMayOpenAllFiles) {
  rlimit files{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);
  files.rlim_cur = files.rlim_max / 2;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &files), 0);
  ASSERT_EQ(prctl(PR_GET_DUMPABLE), 1);
  HardenProcess();
  EXPECT_EQ(prctl(PR_GET_DUMPABLE), 0);
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);
  EXPECT_EQ(files.rlim_cur, files.rlim_max);
}

// Also after a larger one, which by itself would raise what malloc takes for large.
TEST(ProcessTest, LargeBlocksGoBackToTheSystem) {
  if (mallinfo2().arena == 0) GTEST_SKIP() << "a sanitizer's malloc is another";
  ReturnLargeBlocks();
  const auto mapped = [] { return mallinfo2().hblkhd; };
  const std::size_t before = mapped();
  for (const std::size_t bytes : {std::size_t{4} << 20, std::size_t{64} << 10}) {
    {
      const std::vector<char> block(bytes);
      EXPECT_GE(mapped(), before + bytes);
    }
    EXPECT_EQ(mapped(), before);
  }
}

}  // namespace
}  // namespace fireworks::server
