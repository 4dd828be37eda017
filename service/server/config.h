// The service's configuration: file, flags and environment made into options.
#ifndef FIREWORKS_SERVICE_SERVER_CONFIG_H_
#define FIREWORKS_SERVICE_SERVER_CONFIG_H_

#include <chrono>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "fireworks/service/v1/config.pb.h"
#include "service/server/connection_limits.h"
#include "service/server/environment.h"
#include "service/server/gatekeeper.h"
#include "service/server/listen_credentials.h"
#include "service/server/self_probe.h"
#include "service/telemetry/log.h"
#include "service/upstream/client.h"
#include "service/upstream/key_ring.h"

namespace fireworks::server {

// The file that options were made from, so that it can be looked at again.
struct ConfigSource {
  std::string path;  // empty: there is no file
  fireworks::service::v1::Config started_with;  // what it said
  // Puts on top of a file's settings what wins over them: flags, environment.
  std::function<void(fireworks::service::v1::Config*)> override_settings;
};

// What the server is built from.
struct Options {
  std::string listen;
  std::string metrics_listen;  // empty: none
  std::string health_listen;   // empty: none
  std::chrono::milliseconds drain_grace{30'000};
  ConnectionLimits connections;  // of callers
  int descriptor_ceiling = 0;    // as of DescriptorBudget; the server finds it
  SelfProbe::Options self_probe;
  std::chrono::milliseconds self_probe_interval{5'000};
  bool reflection = true;        // where it may be; see Server::AddReflection
  TlsOptions tls;                // for callers
  bool allow_plaintext = false;  // on other addresses than loopback
  // The first 16 hexadecimal digits of the configuration's SHA-256, flags included.
  std::string config_hash;
  Names names;
  Limits limits;
  access::AdmissionOptions admission;
  AccessOptions access;
  telemetry::LogSettings log;
  ConfigSource config_file;
  // How often the status page looks at the process, at most.
  std::chrono::milliseconds status_interval{1'000};
  upstream::ClientOptions upstream;  // without its key
  upstream::KeyRingOptions keys;     // without labels: the key is in the environment
};

// Reads a text-format fireworks.service.v1.Config. Errors name file, line and
// column; unknown fields are errors.
absl::StatusOr<fireworks::service::v1::Config> ReadConfig(const std::string& path);
absl::StatusOr<fireworks::service::v1::Config> ParseConfig(absl::string_view text,
                                                           absl::string_view name);

// Fills in defaults and checks ranges. Errors name the field.
absl::StatusOr<Options> MakeOptions(const fireworks::service::v1::Config& config);

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_CONFIG_H_
