#include "service/server/listen_credentials.h"

#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdio>
#include <ctime>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_credentials_options.h"

namespace fireworks::server {
namespace {

namespace tls = grpc::experimental;

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using File = std::unique_ptr<std::FILE, Close>;
using Certificate = std::unique_ptr<X509, Close>;
using Key = std::unique_ptr<EVP_PKEY, Close>;

absl::Status Unusable(const char* field, const std::string& path, const char* why) {
  return absl::InvalidArgumentError(
      absl::StrCat("configuration: server.tls.", field, ": ", path, " ", why));
}

absl::StatusOr<Certificate> ReadCertificate(const char* field, const std::string& path) {
  const File file(std::fopen(path.c_str(), "re"));
  if (file == nullptr) return Unusable(field, path, "cannot be read");
  Certificate certificate(PEM_read_X509(file.get(), nullptr, nullptr, nullptr));
  if (certificate == nullptr) return Unusable(field, path, "holds no certificate in PEM form");
  return certificate;
}

// No key of ours has a passphrase, and nobody is there to ask.
int NoPassphrase(char*, int, int, void*) { return 0; }

absl::StatusOr<Key> ReadKey(const std::string& path) {
  const File file(std::fopen(path.c_str(), "re"));
  if (file == nullptr) return Unusable("key_file", path, "cannot be read");
  Key key(PEM_read_PrivateKey(file.get(), nullptr, NoPassphrase, nullptr));
  if (key == nullptr) {
    return Unusable("key_file", path, "holds no private key in PEM form without passphrase");
  }
  return key;
}

}  // namespace

bool IsLoopback(absl::string_view address) {
  if (absl::StartsWith(address, "unix:") || absl::StartsWith(address, "unix-abstract:")) {
    return true;
  }
  const absl::string_view host = address.substr(0, address.rfind(':'));
  if (host == "localhost" || host == "[::1]") return true;
  // 127.0.0.0/8 (RFC 1122 §3.2.1.3); a name like 127.example is no address.
  return absl::StartsWith(host, "127.") &&
         host.find_first_not_of("0123456789.") == absl::string_view::npos;
}

// gRPC reads the files itself, later and again, and says little when it can't: so
// that a mistake is told at start-up, they are read here first.
absl::Status CheckTlsFiles(const TlsOptions& options) {
  if (!options.enabled()) return absl::OkStatus();
  const absl::StatusOr<Certificate> certificate =
      ReadCertificate("certificate_file", options.certificate_file);
  if (!certificate.ok()) return certificate.status();
  const absl::StatusOr<Key> key = ReadKey(options.key_file);
  if (!key.ok()) return key.status();
  if (X509_check_private_key(certificate->get(), key->get()) != 1) {
    return Unusable("key_file", options.key_file, "is not the key of the certificate");
  }
  if (!options.mutual()) return absl::OkStatus();
  return ReadCertificate("client_ca_file", options.client_ca_file).status();
}

absl::StatusOr<absl::Time> CertificateExpiry(const TlsOptions& options) {
  if (!options.enabled()) return absl::FailedPreconditionError("callers come without TLS");
  const absl::StatusOr<Certificate> certificate =
      ReadCertificate("certificate_file", options.certificate_file);
  if (!certificate.ok()) return certificate.status();
  std::tm parts{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate->get()), &parts) != 1) {
    return Unusable("certificate_file", options.certificate_file, "ends at no time that there is");
  }
  return absl::FromTM(parts, absl::UTCTimeZone());
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeListenCredentials(
    const TlsOptions& options) {
  if (!options.enabled()) return grpc::InsecureServerCredentials();
  if (absl::Status status = CheckTlsFiles(options); !status.ok()) return status;
  auto files = std::make_shared<tls::FileWatcherCertificateProvider>(
      options.key_file, options.certificate_file, options.client_ca_file,
      static_cast<unsigned int>(options.reload_interval.count()));
  tls::TlsServerCredentialsOptions credentials(std::move(files));
  credentials.watch_identity_key_cert_pairs();
  if (options.mutual()) {
    credentials.watch_root_certs();
    credentials.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return tls::TlsServerCredentials(credentials);
}

}  // namespace fireworks::server
