#include "service/server/listen_address.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace fireworks::server {
namespace {

using upstream::FileDescriptor;

constexpr absl::string_view kUnix = "unix:";
constexpr absl::string_view kUnixAbstract = "unix-abstract:";

struct FreeAddresses {
  void operator()(addrinfo* addresses) const { freeaddrinfo(addresses); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

absl::Status CannotListen(const std::string& address, absl::string_view why) {
  return absl::UnavailableError(absl::StrCat("cannot listen on ", address, ": ", why));
}

absl::Status CannotListen(const std::string& address) {
  const int error = errno;
  absl::Status status = CannotListen(address, std::strerror(error));
  errno = error;
  return status;
}

void Enable(int socket, int level, int option) {
  const int one = 1;
  setsockopt(socket, level, option, &one, sizeof(one));
}

FileDescriptor NewSocket(int family) {
  return FileDescriptor(socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

bool BindAndListen(int socket, const sockaddr* address, socklen_t size) {
  return bind(socket, address, size) == 0 && listen(socket, SOMAXCONN) == 0;
}

int PortOf(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  if (address.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
  }
  return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

void SetPort(int port, sockaddr* address) {
  if (address->sa_family == AF_INET6) {
    reinterpret_cast<sockaddr_in6*>(address)->sin6_port = htons(port);
  } else {
    reinterpret_cast<sockaddr_in*>(address)->sin_port = htons(port);
  }
}

absl::StatusOr<ListenSockets> ListenOnPath(const std::string& address, absl::string_view path,
                                           bool abstract) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  // An abstract name begins with a NUL.
  const std::size_t offset = abstract ? 1 : 0;
  if (path.empty() || path.size() + offset >= sizeof(name.sun_path)) {
    return CannotListen(address, "the path is empty or too long");
  }
  std::memcpy(name.sun_path + offset, path.data(), path.size());
  const auto size = static_cast<socklen_t>(
      abstract ? offsetof(sockaddr_un, sun_path) + offset + path.size() : sizeof(name));
  // What a process that is gone has left there; nothing but a socket is removed.
  struct stat old {};
  if (!abstract && lstat(name.sun_path, &old) == 0 && S_ISSOCK(old.st_mode)) unlink(name.sun_path);
  FileDescriptor socket = NewSocket(AF_UNIX);
  if (!socket.valid() ||
      !BindAndListen(socket.get(), reinterpret_cast<const sockaddr*>(&name), size)) {
    return CannotListen(address);
  }
  ListenSockets result;
  result.sockets.push_back(std::move(socket));
  return result;
}

absl::StatusOr<Addresses> Resolve(const std::string& address, const std::string& host,
                                  const std::string& port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failed = getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
  if (failed != 0) return CannotListen(address, gai_strerror(failed));
  return Addresses(found);
}

// None, and why in errno, when that fails.
FileDescriptor ListenOnTcp(const addrinfo& where, bool both_families) {
  FileDescriptor socket = NewSocket(where.ai_family);
  if (!socket.valid()) return socket;
  Enable(socket.get(), SOL_SOCKET, SO_REUSEADDR);
  // Accepted connections have it from here.
  Enable(socket.get(), IPPROTO_TCP, TCP_NODELAY);
  if (where.ai_family == AF_INET6) {
    const int only = both_families ? 0 : 1;
    setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only));
  }
  if (!BindAndListen(socket.get(), where.ai_addr, where.ai_addrlen)) return FileDescriptor();
  return socket;
}

absl::StatusOr<ListenSockets> ListenOnHost(const std::string& address, const std::string& host,
                                           const std::string& port, bool both_families) {
  absl::StatusOr<Addresses> addresses = Resolve(address, host, port);
  if (!addresses.ok()) return addresses.status();
  ListenSockets result;
  absl::Status absent = CannotListen(address, "it has no address");
  for (addrinfo* where = addresses->get(); where != nullptr; where = where->ai_next) {
    if (result.port != 0) SetPort(result.port, where->ai_addr);
    FileDescriptor socket = ListenOnTcp(*where, both_families);
    if (!socket.valid()) {
      absent = CannotListen(address);
      // `localhost` often has an address of a family that this machine does not speak.
      if (errno != EAFNOSUPPORT && errno != EADDRNOTAVAIL) return absent;
      continue;
    }
    result.port = PortOf(socket.get());
    result.sockets.push_back(std::move(socket));
  }
  if (result.sockets.empty()) return absent;
  return result;
}

}  // namespace

absl::StatusOr<ListenSockets> ListenOn(const std::string& address) {
  if (absl::StartsWith(address, kUnixAbstract)) {
    return ListenOnPath(address, absl::string_view(address).substr(kUnixAbstract.size()), true);
  }
  if (absl::StartsWith(address, kUnix)) {
    return ListenOnPath(address, absl::string_view(address).substr(kUnix.size()), false);
  }
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon == 0) {
    return CannotListen(address, "it must be host:port, such as 127.0.0.1:50051");
  }
  std::string host = address.substr(0, colon);
  const std::string port = address.substr(colon + 1);
  if (host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  if (host == "0.0.0.0" || host == "::") {
    absl::StatusOr<ListenSockets> both = ListenOnHost(address, "::", port, true);
    // Where there is no IPv6, all addresses are those of IPv4.
    if (both.ok() || host == "::") return both;
  }
  return ListenOnHost(address, host, port, false);
}

}  // namespace fireworks::server
