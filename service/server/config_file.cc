#include "service/server/config_file.h"

#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/util/message_differencer.h"

namespace fireworks::server {
namespace {

namespace v1 = fireworks::service::v1;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;
using telemetry::LogLevel;
using telemetry::LogLine;

// As large as a policy may be.
constexpr std::size_t kMaxBytes = 4 * 1024 * 1024;

// Collects the paths of the fields that differ.
class PathCollector : public MessageDifferencer::Reporter {
 public:
  using Path = std::vector<MessageDifferencer::SpecificField>;

  void ReportAdded(const Message&, const Message&, const Path& path) override { Add(path); }
  void ReportDeleted(const Message&, const Message&, const Path& path) override { Add(path); }
  void ReportModified(const Message&, const Message&, const Path& path) override { Add(path); }

  // A message that was changed is reported with its fields: these say more.
  std::vector<std::string> paths() const {
    std::vector<std::string> paths;
    for (const std::string& path : paths_) {
      const auto below = paths_.upper_bound(path);
      if (below == paths_.end() || !absl::StartsWith(*below, path + ".")) paths.push_back(path);
    }
    return paths;
  }

 private:
  void Add(const Path& path) {
    std::string name;
    for (const MessageDifferencer::SpecificField& step : path) {
      absl::StrAppend(&name, name.empty() ? "" : ".", step.field->name());
      // Beyond that it is an element's matter; and people think of a duration as one.
      const bool whole = step.field->is_repeated() ||
                         (step.field->message_type() != nullptr &&
                          absl::StartsWith(step.field->message_type()->full_name(), "google."));
      if (whole) break;
    }
    paths_.insert(std::move(name));
  }

  std::set<std::string> paths_;
};

}  // namespace

std::vector<std::string> DifferingSettings(const v1::Config& a, const v1::Config& b) {
  PathCollector collector;
  MessageDifferencer differencer;
  differencer.ReportDifferencesTo(&collector);
  differencer.Compare(a, b);
  return collector.paths();
}

ConfigFile::ConfigFile(ConfigSource source, telemetry::Log* log, telemetry::Metrics* metrics)
    : source_(std::move(source)),
      log_(log),
      file_(source_.path, kMaxBytes, [this](const std::string& text, const std::string& path) {
        return Parse(text, path);
      }),
      report_(metrics, log, "config") {}

absl::StatusOr<std::shared_ptr<const ConfigFile::Content>> ConfigFile::Parse(
    const std::string& text, const std::string& path) const {
  absl::StatusOr<v1::Config> config = ParseConfig(text, path);
  if (!config.ok()) return config.status();
  v1::Config effective = *config;
  if (source_.override_settings) source_.override_settings(&effective);
  const absl::StatusOr<Options> options = MakeOptions(effective);
  if (!options.ok()) return options.status();
  auto content = std::make_shared<Content>();
  content->config = *std::move(config);
  content->log = options->log;
  return std::shared_ptr<const Content>(std::move(content));
}

void ConfigFile::Refresh() {
  const absl::Status refreshed = file_.Refresh();
  std::shared_ptr<const Content> current = file_.Current();
  if (current != nullptr && current != taken_) {
    TakeOver(*current);
    taken_ = std::move(current);
  }
  // Last: who reads that all is in order may count on it.
  report_.Report(refreshed);
}

void ConfigFile::TakeOver(const Content& content) {
  v1::Config started_with = source_.started_with;
  v1::Config now = content.config;
  started_with.clear_log();
  now.clear_log();
  std::vector<std::string> waiting = DifferingSettings(started_with, now);
  const v1::Config& before = taken_ == nullptr ? source_.started_with : taken_->config;
  const bool log_changed =
      !MessageDifferencer::Equals(before.log(), content.config.log());
  log_->Configure(content.log);
  if (log_changed) {
    // Whatever the new level leaves out.
    log_->Write(LogLine("config", LogLevel::kAudit)
                    .Text("message", "taken over: log")
                    .Text("file", source_.path));
  }
  std::lock_guard<std::mutex> lock(mutex_);
  if (waiting != needs_restart_ && !waiting.empty()) {
    log_->Write(LogLine("config", LogLevel::kWarning)
                    .Text("message", "some settings in the file differ from those of the "
                                     "process: they need a restart")
                    .Text("settings", absl::StrJoin(waiting, ", "))
                    .Text("file", source_.path));
  }
  needs_restart_ = std::move(waiting);
}

std::vector<std::string> ConfigFile::needs_restart() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return needs_restart_;
}

}  // namespace fireworks::server
