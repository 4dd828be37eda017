// A connection to a server, with or without TLS, on which everything has a deadline.
#ifndef FIREWORKS_SERVICE_REDIS_STREAM_H_
#define FIREWORKS_SERVICE_REDIS_STREAM_H_

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "openssl/ssl.h"
#include "service/upstream/file_descriptor.h"

namespace fireworks::redis {

using Deadline = std::chrono::steady_clock::time_point;

// Where a server listens.
struct Address {
  std::string host;  // a name or an IP address; empty: `path` counts
  std::string port;
  std::string path;  // of a Unix socket
};

// Reads `host:port`, `[ipv6]:port` or `unix:/path`.
absl::StatusOr<Address> ParseAddress(absl::string_view text);

// TLS 1.2 or later; the server's certificate is always verified.
struct Tls {
  std::string ca_file;           // empty: the system's authorities
  std::string certificate_file;  // with key_file: the client's own
  std::string key_file;
  std::string server_name;  // what the certificate must carry
};

// One thread at a time; blocks it until the deadline at most. After an error it is of
// no more use. Errors are UNAVAILABLE or DEADLINE_EXCEEDED. SIGPIPE must be ignored.
class Stream {
 public:
  // Looking up a name knows no deadline but the system's own.
  static absl::StatusOr<std::unique_ptr<Stream>> Connect(const Address& address,
                                                         const absl::optional<Tls>& tls,
                                                         Deadline deadline);

  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Writes all of it.
  absl::Status Write(absl::string_view bytes, Deadline deadline);
  // Reads what is there, at least one byte.
  absl::StatusOr<std::size_t> Read(char* buffer, std::size_t size, Deadline deadline);

 private:
  struct SslFree {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  explicit Stream(upstream::FileDescriptor socket) : socket_(std::move(socket)) {}

  absl::Status StartTls(const Tls& tls, Deadline deadline);
  // What to do after OpenSSL said `result`: OK when it is to be asked again.
  absl::Status AwaitSsl(int result, Deadline deadline);
  absl::Status Await(short events, Deadline deadline);

  upstream::FileDescriptor socket_;
  std::unique_ptr<SSL, SslFree> ssl_;  // null: plaintext
};

}  // namespace fireworks::redis

#endif  // FIREWORKS_SERVICE_REDIS_STREAM_H_
