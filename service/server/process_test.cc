#include "service/server/process.h"

#include <sys/prctl.h>
#include <sys/resource.h>

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

}  // namespace
}  // namespace fireworks::server
