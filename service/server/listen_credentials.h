// How callers' connections are secured.
#ifndef FIREWORKS_SERVICE_SERVER_LISTEN_CREDENTIALS_H_
#define FIREWORKS_SERVICE_SERVER_LISTEN_CREDENTIALS_H_

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "grpcpp/security/server_credentials.h"

namespace fireworks::server {

// TLS for callers; as fireworks.service.v1.ServerTls.
struct TlsOptions {
  std::string certificate_file;  // PEM chain; empty: plaintext
  std::string key_file;
  std::string client_ca_file;  // PEM bundle; empty: callers need no certificate
  std::chrono::seconds reload_interval{5};

  bool enabled() const { return !certificate_file.empty(); }
  bool mutual() const { return !client_ca_file.empty(); }
};

// Whether what is sent to `address`, "host:port" or "unix:path", stays on this
// machine. Names other than `localhost` might be anywhere.
bool IsLoopback(absl::string_view address);

// Whether the files of `options` are there and make sense together; OK without any.
// INVALID_ARGUMENT names the one that cannot be read or makes no sense, or says that key
// and certificate do not belong together.
absl::Status CheckTlsFiles(const TlsOptions& options);

// When the certificate of `options` ceases to be valid. FAILED_PRECONDITION without one, else
// as CheckTlsFiles.
absl::StatusOr<absl::Time> CertificateExpiry(const TlsOptions& options);

// TLS 1.2 or later with the files of `options`, which are read again when they
// change: connections that stand go on with what they have. Plaintext when there
// are none. Errors are those of CheckTlsFiles.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeListenCredentials(
    const TlsOptions& options);

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_LISTEN_CREDENTIALS_H_
