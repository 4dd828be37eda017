// TLS and HTTP/2 in front of a scripted server: Debian's nghttpx as a child
// process, with a certificate made for the occasion.
#ifndef FIREWORKS_SERVICE_UPSTREAM_TESTING_TLS_PROXY_H_
#define FIREWORKS_SERVICE_UPSTREAM_TESTING_TLS_PROXY_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "service/upstream/file_descriptor.h"

namespace fireworks::upstream::testing {

// A self-signed certificate and its key, as PEM files.
struct Certificate {
  std::string certificate_file;
  std::string key_file;
};

// Makes one for `subject_alt_name`, such as "IP:127.0.0.1", with the openssl
// command, once per name and process.
const Certificate& CertificateFor(const std::string& subject_alt_name);

// Listens on a free port of the loopback interface; ready when constructed.
class TlsProxy {
 public:
  // Hands requests to 127.0.0.1:`backend_port` over HTTP/1.1, a connection for
  // each that is not done.
  TlsProxy(int backend_port, const Certificate& certificate);
  ~TlsProxy() { Kill(); }

  TlsProxy(const TlsProxy&) = delete;
  TlsProxy& operator=(const TlsProxy&) = delete;

  // "https://127.0.0.1:port".
  std::string url() const;

  // Ends the process at once, and its connections with it. The port refuses
  // connections from then on.
  void Kill();

  // After Kill: a new process at the same port.
  void Start();

  // Hands the port to a new process, without a gap, while the old one tells its
  // peers to go away (HTTP/2: GOAWAY) and ends what runs.
  void HandOver();

 private:
  void Spawn();

  const int backend_port_;
  const Certificate certificate_;
  // Bound and never listening: no one else gets the port.
  FileDescriptor reservation_;
  int port_ = 0;
  FileDescriptor listener_;
  pid_t process_ = -1;
  // Those that HandOver has told to end.
  std::vector<pid_t> leaving_;
};

}  // namespace fireworks::upstream::testing

#endif  // FIREWORKS_SERVICE_UPSTREAM_TESTING_TLS_PROXY_H_
