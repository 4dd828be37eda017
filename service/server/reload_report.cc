#include "service/server/reload_report.h"

namespace fireworks::server {

void ReloadReport::Report(const absl::Status& status) {
  metrics_->SetReload(what_, status.ok());
  if (last_ == status.message()) return;
  last_ = std::string(status.message());
  telemetry::LogLine line(what_, status.ok() ? telemetry::LogLevel::kInfo
                                             : telemetry::LogLevel::kError);
  if (status.ok()) {
    line.Text("message", "in order again");
  } else {
    line.Text("message", last_);
    metrics_->CountReloadFailure(what_);
  }
  log_->Write(std::move(line));
}

}  // namespace fireworks::server
