#include "client/cpp/progress_bar.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace fireworks::client {
namespace {

constexpr int kCells = 30;
constexpr double kMebibyte = 1 << 20;

}  // namespace

std::string ProgressBar(std::int64_t done, std::int64_t total) {
  const double share =
      total <= 0 ? 1 : std::clamp(static_cast<double>(done) / static_cast<double>(total), 0., 1.);
  const auto full = static_cast<std::size_t>(share * kCells);
  return absl::StrFormat("[%s%s] %3d%%  %.1f of %.1f MiB", std::string(full, '#'),
                         std::string(kCells - full, ' '), static_cast<int>(share * 100),
                         static_cast<double>(done) / kMebibyte,
                         static_cast<double>(total) / kMebibyte);
}

}  // namespace fireworks::client
