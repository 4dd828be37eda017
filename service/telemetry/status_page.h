// The page that tells what a process is doing: for people, and with `format=json` for
// programs.
#ifndef FIREWORKS_SERVICE_TELEMETRY_STATUS_PAGE_H_
#define FIREWORKS_SERVICE_TELEMETRY_STATUS_PAGE_H_

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"
#include "service/telemetry/http_pages.h"

namespace fireworks::telemetry {

// Looks at the process once in `interval` at most, however many ask: who reads the page
// in a loop costs it no more than that. Thread-safe.
class StatusPage {
 public:
  // An object; see JsonAsHtml for what becomes of it. One call at a time.
  using Look = std::function<nlohmann::ordered_json()>;

  StatusPage(std::string title, Look look, std::chrono::milliseconds interval)
      : title_(std::move(title)), look_(std::move(look)), interval_(interval) {}

  HttpPage Render(absl::string_view query);

 private:
  std::shared_ptr<const nlohmann::ordered_json> Seen();

  const std::string title_;
  const Look look_;
  const std::chrono::milliseconds interval_;
  std::mutex mutex_;
  std::shared_ptr<const nlohmann::ordered_json> seen_;  // guarded by mutex_
  std::chrono::steady_clock::time_point seen_at_;       // guarded by mutex_
};

}  // namespace fireworks::telemetry

#endif  // FIREWORKS_SERVICE_TELEMETRY_STATUS_PAGE_H_
