#include "service/server/open_connections.h"

#include <sys/stat.h>

namespace fireworks::server {
namespace {

// 0 when nothing is open there: no socket has that inode.
ino_t InodeOf(int descriptor) {
  struct stat file {};
  return fstat(descriptor, &file) == 0 ? file.st_ino : 0;
}

}  // namespace

void OpenConnections::Add(int descriptor) { inodes_[descriptor] = InodeOf(descriptor); }

void OpenConnections::Sweep() {
  for (auto entry = inodes_.begin(); entry != inodes_.end();) {
    const auto here = entry++;
    if (InodeOf(here->first) != here->second) inodes_.erase(here);
  }
}

}  // namespace fireworks::server
