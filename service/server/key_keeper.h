// The upstream keys of a server: which call gets which, and what is told of them.
#ifndef FIREWORKS_SERVICE_SERVER_KEY_KEEPER_H_
#define FIREWORKS_SERVICE_SERVER_KEY_KEEPER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "service/telemetry/log.h"
#include "service/telemetry/metrics.h"
#include "service/upstream/key_ring.h"

namespace fireworks::server {

// A KeyRing that logs and counts what happens to its keys. Thread-safe.
class KeyKeeper {
 public:
  // `log` and `metrics` must outlive this. Errors name the file or option.
  static absl::StatusOr<std::unique_ptr<KeyKeeper>> Create(const upstream::KeyRingOptions& options,
                                                           telemetry::Metrics* metrics,
                                                           telemetry::Log* log);

  // FAILED_PRECONDITION when there is no such label; empty: the default one.
  absl::StatusOr<std::shared_ptr<const upstream::ApiKey>> Pick(const std::string& label) const;

  // The keys as people may know them.
  std::vector<upstream::KeyStatus> List() const { return ring_->List(); }

  // Reads the files again; about every second.
  void Refresh();

  // Upstream took the key, or would not have it.
  void Accepted(const upstream::ApiKey& key) { Tell(ring_->Accepted(key)); }
  void Refused(const upstream::ApiKey& key) { Tell(ring_->Refused(key)); }

 private:
  KeyKeeper(std::unique_ptr<upstream::KeyRing> ring, telemetry::Metrics* metrics,
            telemetry::Log* log)
      : ring_(std::move(ring)), metrics_(metrics), log_(log) {
    metrics_->SetReload("upstream_keys", true);
    CountUsable();
  }

  void Tell(const std::vector<upstream::KeyEvent>& events);
  // Says of each label whether its key is good.
  void CountUsable();

  const std::unique_ptr<upstream::KeyRing> ring_;
  telemetry::Metrics* const metrics_;
  telemetry::Log* const log_;
};

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_KEY_KEEPER_H_
