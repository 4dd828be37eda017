#include "service/server/self_probe.h"

#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "service/upstream/file_descriptor.h"

namespace fireworks::server {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Neither TLS nor HTTP/2, and long enough to be known for that.
constexpr char kGreeting[] = "self-probe: not a protocol\r\n\r\n";

absl::Status Failed(const char* what, int error) {
  return absl::UnavailableError(absl::StrCat(what, ": ", std::strerror(error)));
}

// 127.0.0.1 as a socket of both families writes it.
constexpr in6_addr kMappedLoopback = {{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1}}};

bool TakesIpv4(int socket) {
  int only_v6 = 1;
  socklen_t size = sizeof(only_v6);
  getsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &only_v6, &size);
  return only_v6 == 0;
}

// Who listens on all addresses is reached on the loopback one: IPv4's where possible,
// because containers often lack ::1.
void ReplaceWildcard(int listening_socket, sockaddr_storage* address) {
  if (address->ss_family == AF_INET6) {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(*address);
    if (!IN6_IS_ADDR_UNSPECIFIED(&v6.sin6_addr)) return;
    v6.sin6_addr = TakesIpv4(listening_socket) ? kMappedLoopback : in6addr_loopback;
  } else if (address->ss_family == AF_INET) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(*address);
    if (v4.sin_addr.s_addr == htonl(INADDR_ANY)) v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  }
}

// Waits until `socket` has one of `events`; false when `deadline` passes before.
bool Await(int socket, short events, steady_clock::time_point deadline) {
  pollfd awaited{socket, events, 0};
  while (true) {
    const auto left =
        std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now()).count();
    const int ready = poll(&awaited, 1, static_cast<int>(std::max<long long>(left, 0)));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

}  // namespace

SelfProbe::SelfProbe(int listening_socket, const Options& options) : options_(options) {
  getsockname(listening_socket, reinterpret_cast<sockaddr*>(&address_), &address_size_);
  ReplaceWildcard(listening_socket, &address_);
}

absl::Status SelfProbe::Probe() {
  const absl::Status result = Try();
  failures_ = result.ok() ? 0 : failures_ + 1;
  return result;
}

absl::Status SelfProbe::Try() const {
  const auto deadline = steady_clock::now() + options_.timeout;
  const upstream::FileDescriptor probe(
      socket(address_.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!probe.valid()) return Failed("no socket", errno);
  if (connect(probe.get(), reinterpret_cast<const sockaddr*>(&address_), address_size_) != 0 &&
      errno != EINPROGRESS) {
    return Failed("cannot connect", errno);
  }
  if (!Await(probe.get(), POLLOUT, deadline)) return Failed("cannot connect", ETIMEDOUT);
  int error = 0;
  socklen_t size = sizeof(error);
  getsockopt(probe.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return Failed("cannot connect", error);
  // That fails on a connection that is closed already, which is what is waited for.
  if (send(probe.get(), kGreeting, sizeof(kGreeting) - 1, MSG_NOSIGNAL) < 0) {
    return absl::OkStatus();
  }
  char answer[256];
  do {
    if (!Await(probe.get(), POLLIN, deadline)) return Failed("no answer", ETIMEDOUT);
  } while (recv(probe.get(), answer, sizeof(answer), 0) > 0);
  return absl::OkStatus();
}

}  // namespace fireworks::server
