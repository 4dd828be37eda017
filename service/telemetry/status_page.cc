#include "service/telemetry/status_page.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_split.h"
#include "service/telemetry/json_as_html.h"

namespace fireworks::telemetry {
namespace {

bool WantsJson(absl::string_view query) {
  const std::vector<absl::string_view> parameters = absl::StrSplit(query, '&');
  return std::find(parameters.begin(), parameters.end(), "format=json") != parameters.end();
}

}  // namespace

HttpPage StatusPage::Render(absl::string_view query) {
  const std::shared_ptr<const nlohmann::ordered_json> seen = Seen();
  if (!WantsJson(query)) return {"text/html; charset=utf-8", JsonAsHtml(title_, *seen)};
  return {"application/json", seen->dump(2, ' ', /*ensure_ascii=*/false,
                                         nlohmann::ordered_json::error_handler_t::replace) +
                                  "\n"};
}

std::shared_ptr<const nlohmann::ordered_json> StatusPage::Seen() {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (seen_ == nullptr || now - seen_at_ >= interval_) {
    seen_ = std::make_shared<const nlohmann::ordered_json>(look_());
    seen_at_ = now;
  }
  return seen_;
}

}  // namespace fireworks::telemetry
