#include "service/redis/stream.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "openssl/err.h"
#include "openssl/x509v3.h"

namespace fireworks::redis {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using upstream::FileDescriptor;

struct AddressesFree {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, AddressesFree>;

struct ContextFree {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

absl::Status SystemError(absl::string_view what, int error) {
  return absl::UnavailableError(absl::StrCat(what, ": ", strerror(error)));
}

// The first of OpenSSL's complaints; the rest is forgotten.
absl::Status SslError(absl::string_view what) {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* reason = ERR_reason_error_string(code);
  return absl::UnavailableError(absl::StrCat(what, ": ", reason != nullptr ? reason : "failed"));
}

absl::Status AwaitSocket(int socket, short events, Deadline deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now()).count();
    if (left <= 0) return absl::DeadlineExceededError("no answer in time");
    pollfd wait{socket, events, 0};
    // In parts, so that any deadline fits into an int.
    const int ready = poll(&wait, 1, static_cast<int>(std::min<std::int64_t>(left, 60'000)));
    if (ready > 0) return absl::OkStatus();
    if (ready < 0 && errno != EINTR) return SystemError("poll", errno);
  }
}

absl::StatusOr<FileDescriptor> ConnectTo(const sockaddr* address, socklen_t size,
                                         Deadline deadline) {
  FileDescriptor socket(
      ::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) return SystemError("socket", errno);
  if (connect(socket.get(), address, size) != 0) {
    if (errno != EINPROGRESS) return SystemError("connect", errno);
    absl::Status connected = AwaitSocket(socket.get(), POLLOUT, deadline);
    if (!connected.ok()) return connected;
    int error = 0;
    socklen_t error_size = sizeof(error);
    getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &error_size);
    if (error != 0) return SystemError("connect", error);
  }
  // Each exchange is one write: nothing is gained by collecting.
  const int on = 1;
  if (address->sa_family != AF_UNIX) {
    setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }
  return socket;
}

absl::StatusOr<FileDescriptor> ConnectUnix(const std::string& path, Deadline deadline) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    return absl::UnavailableError("the path of the Unix socket is too long");
  }
  path.copy(address.sun_path, path.size());
  return ConnectTo(reinterpret_cast<const sockaddr*>(&address), sizeof(address), deadline);
}

absl::StatusOr<FileDescriptor> ConnectTcp(const Address& address, Deadline deadline) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(address.host.c_str(), address.port.c_str(), &hints, &found);
  const Addresses addresses(found);
  if (error != 0) {
    return absl::UnavailableError(absl::StrCat("looking up the host: ", gai_strerror(error)));
  }
  absl::StatusOr<FileDescriptor> socket = absl::UnavailableError("the host has no address");
  int left = 0;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) ++left;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    // A share for each, so that one that swallows everything does not hide the others.
    const auto now = std::chrono::steady_clock::now();
    socket = ConnectTo(each->ai_addr, each->ai_addrlen, now + (deadline - now) / left--);
    if (socket.ok()) break;
  }
  return socket;
}

absl::StatusOr<std::unique_ptr<SSL_CTX, ContextFree>> MakeContext(const Tls& tls) {
  std::unique_ptr<SSL_CTX, ContextFree> context(SSL_CTX_new(TLS_client_method()));
  if (context == nullptr) return SslError("TLS");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  const bool trusts =
      tls.ca_file.empty()
          ? SSL_CTX_set_default_verify_paths(context.get()) == 1
          : SSL_CTX_load_verify_locations(context.get(), tls.ca_file.c_str(), nullptr) == 1;
  if (!trusts) return SslError(absl::StrCat("authorities ", tls.ca_file));
  if (tls.certificate_file.empty()) return context;
  if (SSL_CTX_use_certificate_chain_file(context.get(), tls.certificate_file.c_str()) != 1) {
    return SslError(absl::StrCat("certificate ", tls.certificate_file));
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), tls.key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context.get()) != 1) {
    return SslError(absl::StrCat("key ", tls.key_file));
  }
  return context;
}

// Makes `ssl` insist on a certificate of `name`, and ask for it.
bool ExpectName(SSL* ssl, const std::string& name) {
  in6_addr ignored{};
  const bool is_ip = inet_pton(AF_INET, name.c_str(), &ignored) == 1 ||
                     inet_pton(AF_INET6, name.c_str(), &ignored) == 1;
  if (is_ip) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str()) == 1;
  return SSL_set1_host(ssl, name.c_str()) == 1 && SSL_set_tlsext_host_name(ssl, name.c_str()) == 1;
}

}  // namespace

absl::StatusOr<Address> ParseAddress(absl::string_view text) {
  const absl::Status wrong = absl::InvalidArgumentError(
      "must be `host:port`, `[ipv6]:port` or `unix:/path/of/socket`");
  Address address;
  if (absl::ConsumePrefix(&text, "unix:")) {
    if (!absl::StartsWith(text, "/")) return wrong;
    address.path = std::string(text);
    return address;
  }
  const std::size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos) return wrong;
  absl::string_view host = text.substr(0, colon);
  const absl::string_view port = text.substr(colon + 1);
  const bool bracketed = absl::ConsumePrefix(&host, "[") && absl::ConsumeSuffix(&host, "]");
  if (!bracketed && host.find_first_of("[]:/ ") != absl::string_view::npos) return wrong;
  int number = 0;
  if (host.empty() || !absl::SimpleAtoi(port, &number) || number < 1 || number > 65535) {
    return wrong;
  }
  address.host = std::string(host);
  address.port = absl::StrCat(number);
  return address;
}

absl::StatusOr<std::unique_ptr<Stream>> Stream::Connect(const Address& address,
                                                        const absl::optional<Tls>& tls,
                                                        Deadline deadline) {
  absl::StatusOr<FileDescriptor> socket = address.host.empty()
                                              ? ConnectUnix(address.path, deadline)
                                              : ConnectTcp(address, deadline);
  if (!socket.ok()) return socket.status();
  auto stream = std::unique_ptr<Stream>(new Stream(*std::move(socket)));
  if (tls) {
    absl::Status secured = stream->StartTls(*tls, deadline);
    if (!secured.ok()) return secured;
  }
  return stream;
}

absl::Status Stream::StartTls(const Tls& tls, Deadline deadline) {
  auto context = MakeContext(tls);
  if (!context.ok()) return context.status();
  ssl_.reset(SSL_new(context->get()));
  if (ssl_ == nullptr || !ExpectName(ssl_.get(), tls.server_name) ||
      SSL_set_fd(ssl_.get(), socket_.get()) != 1) {
    return SslError("TLS");
  }
  SSL_set_connect_state(ssl_.get());
  for (;;) {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    if (result == 1) return absl::OkStatus();
    if (absl::Status status = AwaitSsl(result, deadline); !status.ok()) {
      const long verified = SSL_get_verify_result(ssl_.get());
      if (verified == X509_V_OK) return status;
      return absl::UnavailableError(absl::StrCat("the server's certificate: ",
                                                 X509_verify_cert_error_string(verified)));
    }
  }
}

absl::Status Stream::AwaitSsl(int result, Deadline deadline) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ: return Await(POLLIN, deadline);
    case SSL_ERROR_WANT_WRITE: return Await(POLLOUT, deadline);
    case SSL_ERROR_ZERO_RETURN: return absl::UnavailableError("the connection was closed");
    case SSL_ERROR_SYSCALL:
      return errno != 0 ? SystemError("TLS", errno)
                        : absl::UnavailableError("the connection was closed");
    default: return SslError("TLS");
  }
}

absl::Status Stream::Await(short events, Deadline deadline) {
  return AwaitSocket(socket_.get(), events, deadline);
}

absl::Status Stream::Write(absl::string_view bytes, Deadline deadline) {
  while (!bytes.empty()) {
    absl::Status status;
    ssize_t written = 0;
    if (ssl_ != nullptr) {
      ERR_clear_error();
      // Asked again with the same bytes, as OpenSSL wants it.
      written = SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
      if (written <= 0) status = AwaitSsl(static_cast<int>(written), deadline);
    } else {
      written = send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (written < 0 && errno == EAGAIN) {
        status = Await(POLLOUT, deadline);
      } else if (written < 0 && errno != EINTR) {
        return SystemError("write", errno);
      }
    }
    if (!status.ok()) return status;
    if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::size_t> Stream::Read(char* buffer, std::size_t size, Deadline deadline) {
  for (;;) {
    absl::Status status;
    ssize_t count = 0;
    if (ssl_ != nullptr) {
      ERR_clear_error();
      count = SSL_read(ssl_.get(), buffer, static_cast<int>(size));
      if (count <= 0) status = AwaitSsl(static_cast<int>(count), deadline);
    } else {
      count = recv(socket_.get(), buffer, size, 0);
      if (count == 0) return absl::UnavailableError("the connection was closed");
      if (count < 0 && errno == EAGAIN) {
        status = Await(POLLIN, deadline);
      } else if (count < 0 && errno != EINTR) {
        return SystemError("read", errno);
      }
    }
    if (count > 0) return static_cast<std::size_t>(count);
    if (!status.ok()) return status;
  }
}

}  // namespace fireworks::redis
