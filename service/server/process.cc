#include "service/server/process.h"

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

}  // namespace fireworks::server
