// The configuration file of a process that runs: what changes in it, and what of that
// counts.
#ifndef FIREWORKS_SERVICE_SERVER_CONFIG_FILE_H_
#define FIREWORKS_SERVICE_SERVER_CONFIG_FILE_H_

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "fireworks/service/v1/config.pb.h"
#include "service/access/reloaded_file.h"
#include "service/server/config.h"
#include "service/server/reload_report.h"
#include "service/telemetry/log.h"
#include "service/telemetry/metrics.h"

namespace fireworks::server {

// Reads the file again when it has changed. Of a valid one, `log` is taken over; other
// settings that differ from those that the process started with need a restart, which is
// logged with their names. One that is not valid changes nothing.
class ConfigFile {
 public:
  // `log` and `metrics` must outlive this.
  ConfigFile(ConfigSource source, telemetry::Log* log, telemetry::Metrics* metrics);

  ConfigFile(const ConfigFile&) = delete;
  ConfigFile& operator=(const ConfigFile&) = delete;

  // To be called about every second, on one thread.
  void Refresh();

  // Thread-safe, as is the next one; neither waits for a file.
  access::SourceStatus status() const { return file_.status("configuration"); }
  // The settings in the file that need a restart, such as `limits.idle_timeout`.
  std::vector<std::string> needs_restart() const;

 private:
  // A file that makes sense: its settings and what the server would be built from.
  struct Content {
    fireworks::service::v1::Config config;
    telemetry::LogSettings log;
  };

  absl::StatusOr<std::shared_ptr<const Content>> Parse(const std::string& text,
                                                       const std::string& path) const;
  void TakeOver(const Content& content);

  const ConfigSource source_;
  telemetry::Log* const log_;
  access::ReloadedFile<Content> file_;

  // Of Refresh's thread.
  ReloadReport report_;
  std::shared_ptr<const Content> taken_;

  mutable std::mutex mutex_;
  std::vector<std::string> needs_restart_;  // guarded by mutex_
};

// The settings by whose values `a` and `b` differ, as paths of field names, in the order
// of their paths: fields of messages one by one, lists and maps as wholes. Exposed for
// tests.
std::vector<std::string> DifferingSettings(const fireworks::service::v1::Config& a,
                                           const fireworks::service::v1::Config& b);

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_CONFIG_FILE_H_
