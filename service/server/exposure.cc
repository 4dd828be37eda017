#include "service/server/exposure.h"

#include "absl/strings/str_cat.h"
#include "service/server/listen_credentials.h"

namespace fireworks::server {

bool HasPrivateListener(const Options& options) {
  return options.tls.enabled() || IsLoopback(options.listen);
}

absl::Status CheckIdentity(const Options& options) {
  if (!options.access.identity.sources().empty() || IsLoopback(options.listen)) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(absl::StrCat(
      "refusing to serve everyone who reaches ", options.listen, ", which is not loopback: ",
      "configure `identity`; `identity { sources { anonymous {} } }` accepts everyone"));
}

absl::Status CheckPlaintext(const Options& options) {
  if (HasPrivateListener(options) || options.allow_plaintext) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "refusing to serve plaintext on ", options.listen, ", which is not loopback: configure ",
      "`server.tls`, or set `server.allow_plaintext` if something else protects the way"));
}

}  // namespace fireworks::server
