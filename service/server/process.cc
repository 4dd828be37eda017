#include "service/server/process.h"

#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>

namespace fireworks::server {

void HardenProcess() {
  prctl(PR_SET_DUMPABLE, 0);
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

void ReturnLargeBlocks() {
#ifdef __GLIBC__
  constexpr int kLargeBlock = 64 << 10;
  constexpr int kMostAtTheTop = 1 << 20;
  mallopt(M_MMAP_THRESHOLD, kLargeBlock);
  mallopt(M_TRIM_THRESHOLD, kMostAtTheTop);
#endif
}

}  // namespace fireworks::server
