#include "service/server/flags.h"

#include <cstdlib>
#include <string>
#include <utility>

#include "absl/flags/flag.h"
#include "service/upstream/api_key_source.h"

ABSL_FLAG(std::string, config, "", "Text-format fireworks.service.v1.Config file.");
ABSL_FLAG(std::string, listen, "",
          "Address and port of the gRPC service; default 127.0.0.1:50051, port 0 takes a free one.");
ABSL_FLAG(std::string, metrics_listen, "",
          "Address and port of /metrics (Prometheus) and /statusz; default none.");
ABSL_FLAG(std::string, health_listen, "",
          "Address and port of a plaintext listener for grpc.health.v1 only; default none.");
ABSL_FLAG(std::string, upstream_base_url, "",
          "Where calls go; default $FIREWORKS_BASE_URL, else https://api.fireworks.ai.");
ABSL_FLAG(std::string, api_key_file, "",
          "File that holds the upstream API key; default: the key in $FIREWORKS_API_KEY.");
ABSL_FLAG(int, upstream_loops, 0, "Threads that run upstream exchanges; default 1.");
ABSL_FLAG(bool, check_config, false,
          "Validate flags, configuration and the files that they name, then exit.");

namespace fireworks::server {
namespace {

// Sets `field` to the flag, if that is given.
void Override(const std::string& flag, std::string* field) {
  if (!flag.empty()) *field = flag;
}

// Flags and environment win over the file.
void OverrideSettings(fireworks::service::v1::Config* config) {
  auto& upstream = *config->mutable_upstream();
  if (const char* url = std::getenv("FIREWORKS_BASE_URL")) Override(url, upstream.mutable_base_url());
  Override(absl::GetFlag(FLAGS_upstream_base_url), upstream.mutable_base_url());
  Override(absl::GetFlag(FLAGS_api_key_file), upstream.mutable_api_key_file());
  if (const int loops = absl::GetFlag(FLAGS_upstream_loops); loops != 0) upstream.set_loops(loops);
  auto& server = *config->mutable_server();
  Override(absl::GetFlag(FLAGS_listen), server.mutable_listen());
  Override(absl::GetFlag(FLAGS_metrics_listen), server.mutable_metrics_listen());
  Override(absl::GetFlag(FLAGS_health_listen), server.mutable_health_listen());
}

}  // namespace

bool CheckConfigOnly() { return absl::GetFlag(FLAGS_check_config); }

const char kUsage[] =
    "Serves the Fireworks AI platform over gRPC.\n\n"
    "The upstream API key comes from --api_key_file or $FIREWORKS_API_KEY. Settings come\n"
    "from --config; flags win over the file. Exit codes: 0 after SIGTERM or SIGINT,\n"
    "1 cannot start, 2 bad flags or configuration.";

absl::StatusOr<Options> OptionsFromFlags() {
  ConfigSource source;
  source.path = absl::GetFlag(FLAGS_config);
  source.override_settings = OverrideSettings;
  if (!source.path.empty()) {
    auto read = ReadConfig(source.path);
    if (!read.ok()) return read.status();
    source.started_with = *std::move(read);
  }
  fireworks::service::v1::Config config = source.started_with;
  OverrideSettings(&config);
  absl::StatusOr<Options> options = MakeOptions(config);
  if (options.ok()) options->config_file = std::move(source);
  return options;
}

absl::StatusOr<upstream::Secret> ReadApiKey(const Options& options) {
  if (!options.keys.labels.empty()) {
    // The server reads the files again; a mistake is told before it begins.
    absl::Status readable = upstream::KeyRing::Create(options.keys).status();
    if (!readable.ok()) return readable;
    return upstream::Secret();
  }
  absl::StatusOr<upstream::Secret> key = upstream::ReadApiKey("", "FIREWORKS_API_KEY");
  if (key.ok() && key->empty() && !CheckConfigOnly()) {
    return absl::InvalidArgumentError("no API key: give --api_key_file or set FIREWORKS_API_KEY");
  }
  return key;
}

}  // namespace fireworks::server
