#include "service/server/key_keeper.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace fireworks::server {

absl::StatusOr<std::unique_ptr<KeyKeeper>> KeyKeeper::Create(
    const upstream::KeyRingOptions& options, telemetry::Metrics* metrics, telemetry::Log* log) {
  absl::StatusOr<std::unique_ptr<upstream::KeyRing>> ring = upstream::KeyRing::Create(options);
  if (!ring.ok()) return ring.status();
  return std::unique_ptr<KeyKeeper>(new KeyKeeper(*std::move(ring), metrics, log));
}

absl::StatusOr<std::shared_ptr<const upstream::ApiKey>> KeyKeeper::Pick(
    const std::string& label) const {
  auto key = ring_->Pick(label);
  if (key.ok()) return key;
  return absl::FailedPreconditionError(absl::StrCat(
      "the policy chooses the upstream key \"", label, "\", which `upstream.keys` does not have"));
}

void KeyKeeper::Tell(const std::vector<upstream::KeyEvent>& events) {
  for (const upstream::KeyEvent& event : events) {
    const absl::string_view what = upstream::KeyEventName(event.kind);
    metrics_->CountKeyEvent(what);
    log_->Write(telemetry::LogLine("upstream_key")
                    .Text("what", what)
                    .Text("label", event.label)
                    .Text("file", event.file)
                    .Text("fingerprint", event.fingerprint)
                    .TextIfAny("detail", event.detail));
  }
}

}  // namespace fireworks::server
