// What is told of a file or address that is looked at again and again.
#ifndef FIREWORKS_SERVICE_SERVER_RELOAD_REPORT_H_
#define FIREWORKS_SERVICE_SERVER_RELOAD_REPORT_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "service/telemetry/log.h"
#include "service/telemetry/metrics.h"

namespace fireworks::server {

// Thread-compatible.
class ReloadReport {
 public:
  // `what` is the name in log and metrics; `metrics` and `log` outlive this.
  ReloadReport(telemetry::Metrics* metrics, telemetry::Log* log, std::string what)
      : metrics_(metrics), log_(log), what_(std::move(what)) {
    metrics_->SetReload(what_, true);
    metrics_->CountReloadFailure(what_, 0);
  }

  // How the look has gone. What is wrong is logged and counted once, until it changes.
  void Report(const absl::Status& status);

 private:
  telemetry::Metrics* const metrics_;
  telemetry::Log* const log_;
  const std::string what_;
  std::string last_;
};

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_RELOAD_REPORT_H_
