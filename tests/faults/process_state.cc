#include "tests/faults/process_state.h"

#include <arpa/inet.h>
#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

// Of the sanitizers' libraries, where there are any.
extern "C" {
__attribute__((weak)) void __asan_init();
__attribute__((weak)) void __tsan_init();
}

namespace fireworks::faults {
namespace {

// The fields of a line of /proc/net/tcp (proc(5)).
constexpr std::size_t kRemoteField = 2;
constexpr std::size_t kInodeField = 9;

// One of them is what looks at them.
std::vector<int> Descriptors() {
  std::vector<int> descriptors;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    int descriptor = 0;
    if (absl::SimpleAtoi(entry.path().filename().string(), &descriptor)) {
      descriptors.push_back(descriptor);
    }
  }
  return descriptors;
}

// One of linux/tcp.h's states; 0 for what is no TCP socket.
int TcpState(int descriptor) {
  tcp_info info{};
  socklen_t size = sizeof(info);
  return getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 ? info.tcpi_state : 0;
}

// The port of a socket's far end; 0 when it has none.
int PeerPort(int descriptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  if (getpeername(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  if (address.ss_family != AF_INET) return 0;
  return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
}

// What "socket:[4711]" says of a descriptor.
std::string Inode(int descriptor) {
  char target[64];
  const ssize_t size =
      readlink(absl::StrCat("/proc/self/fd/", descriptor).c_str(), target, sizeof(target));
  const std::vector<std::string> parts =
      absl::StrSplit(std::string(target, size > 0 ? static_cast<std::size_t>(size) : 0),
                     absl::ByAnyChar("[]"));
  return parts.size() > 1 ? parts[1] : std::string();
}

// The same for one that is not connected yet: only the kernel's table tells.
int PortBeingConnected(int descriptor) {
  const std::string inode = Inode(descriptor);
  std::ifstream table("/proc/net/tcp");
  std::string line;
  while (std::getline(table, line)) {
    const std::vector<std::string> fields = absl::StrSplit(line, ' ', absl::SkipEmpty());
    if (fields.size() <= kInodeField || fields[kInodeField] != inode) continue;
    const std::vector<std::string> address = absl::StrSplit(fields[kRemoteField], ':');
    return static_cast<int>(std::strtoul(address.back().c_str(), nullptr, 16));
  }
  return 0;
}

}  // namespace

Sockets SocketsTo(int port) {
  Sockets found;
  for (const int descriptor : Descriptors()) {
    const int state = TcpState(descriptor);
    if (state == TCP_SYN_SENT) {
      if (PortBeingConnected(descriptor) == port) ++found.open;
    } else if (state != 0 && PeerPort(descriptor) == port) {
      ++(state == TCP_CLOSE_WAIT ? found.half_closed : found.open);
    }
  }
  return found;
}

std::size_t OpenDescriptors() { return Descriptors().size() - 1; }

std::size_t HeapInUse() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

std::size_t ResidentBytes() {
  malloc_trim(0);
  // The second number of proc(5)'s statm, in pages.
  std::ifstream statm("/proc/self/statm");
  std::size_t all = 0;
  std::size_t resident = 0;
  statm >> all >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

bool IsSanitized() { return __asan_init != nullptr || __tsan_init != nullptr; }

}  // namespace fireworks::faults
