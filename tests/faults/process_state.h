// What this process holds: memory, descriptors and, as `lsof` would show them, TCP
// sockets by the port at their far end. So a test sees which connections to an
// upstream are left, whoever holds them. Thread-safe.
#ifndef FIREWORKS_TESTS_FAULTS_PROCESS_STATE_H_
#define FIREWORKS_TESTS_FAULTS_PROCESS_STATE_H_

#include <cstddef>

namespace fireworks::faults {

struct Sockets {
  std::size_t open = 0;         // connected, or connecting
  std::size_t half_closed = 0;  // that the other side has closed

  std::size_t all() const { return open + half_closed; }
};

// Sockets of this process towards `port` of an IPv4 address. Those that only the
// kernel still knows (TIME_WAIT) do not count.
Sockets SocketsTo(int port);

std::size_t OpenDescriptors();

// Bytes that malloc has given out. Of no meaning, but constant, under sanitizers,
// which have a malloc of their own.
std::size_t HeapInUse();

// Bytes of memory that the kernel has given, after malloc has returned what it can.
std::size_t ResidentBytes();

// Whether ASan or TSan is in this process.
bool IsSanitized();

}  // namespace fireworks::faults

#endif  // FIREWORKS_TESTS_FAULTS_PROCESS_STATE_H_
