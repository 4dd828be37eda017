// TLS and HTTP/2 in front of the simulator, which speaks neither: Debian's
// nghttpx with a certificate of a CA made for the occasion. No one here wrote
// it, so it is also a second opinion on our HTTP/2 client.
//
// One owner; thread-compatible. To be started and destroyed on one thread.
#ifndef FIREWORKS_TESTS_SIMULATOR_NGHTTPX_H_
#define FIREWORKS_TESTS_SIMULATOR_NGHTTPX_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "tests/simulator/child_process.h"

namespace fireworks::simulator {

class NghttpxProxy {
 public:
  // Serves h2 and http/1.1 over TLS for `localhost` and 127.0.0.1 and hands all
  // requests to 127.0.0.1:`backend_port` over HTTP/1.1. Accepts connections
  // when it returns.
  static absl::StatusOr<std::unique_ptr<NghttpxProxy>> Start(int backend_port);
  // Kills the proxy and removes its files.
  ~NghttpxProxy();

  NghttpxProxy(const NghttpxProxy&) = delete;
  NghttpxProxy& operator=(const NghttpxProxy&) = delete;

  int port() const { return port_; }
  // The CA certificate to trust, PEM.
  const std::string& ca_path() const { return ca_path_; }
  // "https://localhost:PORT"
  std::string base_url() const;

  // For Start.
  NghttpxProxy(std::string folder, ChildProcess process, int port);

 private:
  const std::string folder_;
  const std::string ca_path_;
  ChildProcess process_;
  const int port_;
};

}  // namespace fireworks::simulator

#endif  // FIREWORKS_TESTS_SIMULATOR_NGHTTPX_H_
