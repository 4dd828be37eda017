#include "tests/bench/samples.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"

namespace fireworks::bench {

double Samples::Quantile(double share) const {
  if (values_.empty()) return 0;
  std::vector<double> sorted = values_;
  const double rank = std::ceil(share * static_cast<double>(sorted.size()));
  const std::size_t place = std::min(sorted.size(), static_cast<std::size_t>(std::max(rank, 1.0)));
  const auto nth = sorted.begin() + static_cast<std::ptrdiff_t>(place - 1);
  std::nth_element(sorted.begin(), nth, sorted.end());
  return *nth;
}

std::string Samples::Json() const {
  return absl::StrCat("{\"count\":", values_.size(), ",\"p50\":", Quantile(0.5),
                      ",\"p99\":", Quantile(0.99), ",\"max\":", Quantile(1), "}");
}

}  // namespace fireworks::bench
