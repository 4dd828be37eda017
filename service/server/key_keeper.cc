#include "service/server/key_keeper.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace fireworks::server {
namespace {

telemetry::LogLevel LevelOf(upstream::KeyEvent::Kind kind) {
  switch (kind) {
    case upstream::KeyEvent::Kind::kRefused:
    case upstream::KeyEvent::Kind::kUnreadable:
      return telemetry::LogLevel::kError;
    default:
      return telemetry::LogLevel::kInfo;
  }
}

}  // namespace

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

void KeyKeeper::Refresh() {
  Tell(ring_->Refresh());
  bool readable = true;
  for (const upstream::KeyStatus& key : ring_->List()) readable &= key.problem.empty();
  metrics_->SetReload("upstream_keys", readable);
  // Again, because two that told of changes at a time may have told of them in any order.
  CountUsable();
}

void KeyKeeper::CountUsable() {
  for (const upstream::KeyStatus& key : ring_->List()) {
    if (!key.in_use) continue;
    metrics_->upstream().SetKeyUsable(key.label, key.state != upstream::KeyState::kRefused);
  }
}

void KeyKeeper::Tell(const std::vector<upstream::KeyEvent>& events) {
  for (const upstream::KeyEvent& event : events) {
    const absl::string_view what = upstream::KeyEventName(event.kind);
    metrics_->upstream().CountKeyEvent(what);
    if (event.kind == upstream::KeyEvent::Kind::kUnreadable) {
      metrics_->CountReloadFailure("upstream_keys");
    }
    log_->Write(telemetry::LogLine("upstream_key", LevelOf(event.kind))
                    .Text("what", what)
                    .Text("label", event.label)
                    .Text("file", event.file)
                    .Text("fingerprint", event.fingerprint)
                    .TextIfAny("detail", event.detail));
  }
  if (!events.empty()) CountUsable();
}

}  // namespace fireworks::server
