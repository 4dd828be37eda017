// The command line.
#ifndef FIREWORKS_SERVICE_SERVER_FLAGS_H_
#define FIREWORKS_SERVICE_SERVER_FLAGS_H_

#include "absl/status/statusor.h"
#include "service/server/config.h"
#include "service/upstream/secret.h"

namespace fireworks::server {

// What --help begins with.
extern const char kUsage[];

// The configuration file, if one is named, with the flags and environment
// variables that are set on top of it.
absl::StatusOr<Options> OptionsFromFlags();

// The upstream API key: of the options' file, or of $FIREWORKS_API_KEY.
// INVALID_ARGUMENT when there is none, unless --check_config is given. Errors never
// contain it.
absl::StatusOr<upstream::Secret> ReadApiKey(const Options& options);

// --check_config: validate and exit.
bool CheckConfigOnly();

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_FLAGS_H_
