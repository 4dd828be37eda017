#include "service/server/descriptor_budget.h"

#include <sys/resource.h>

#include <algorithm>
#include <climits>

#include "absl/strings/str_cat.h"

namespace fireworks::server {
namespace {

// For what is neither a caller's connection nor one to the upstream.
constexpr int kReserve = 128;
// Fewer serve nobody well.
constexpr int kMinShared = 64;

}  // namespace

absl::StatusOr<DescriptorBudget> DivideDescriptors(int limit, const DescriptorDemand& demand) {
  const int shared = limit - kReserve;
  if (shared < std::max(kMinShared, 2 * demand.loops)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the process may open ", limit, " files, which is too few to serve with: raise the limit ",
        "(RLIMIT_NOFILE) to ", kReserve + std::max(kMinShared, 2 * demand.loops), " or more"));
  }
  DescriptorBudget budget;
  budget.ceiling = shared;
  // In 64 bits: the product of two settings.
  const auto upstream =
      static_cast<long long>(demand.loops) * demand.upstream_connections_per_loop;
  const auto left = static_cast<int>(std::max<long long>(shared - upstream, shared / 2));
  budget.caller_connections = std::min(demand.caller_connections, left);
  budget.upstream_connections_per_loop = std::min(
      demand.upstream_connections_per_loop, (shared - budget.caller_connections) / demand.loops);
  return budget;
}

int DescriptorLimit() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return 0;
  return static_cast<int>(std::min<rlim_t>(files.rlim_cur, INT_MAX));
}

}  // namespace fireworks::server
