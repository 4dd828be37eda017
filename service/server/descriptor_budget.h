// How the process's file descriptors are divided, so that none of its parts takes
// what another one needs: a process without descriptors can neither accept callers
// nor reach the upstream, and serves nobody.
#ifndef FIREWORKS_SERVICE_SERVER_DESCRIPTOR_BUDGET_H_
#define FIREWORKS_SERVICE_SERVER_DESCRIPTOR_BUDGET_H_

#include "absl/status/statusor.h"

namespace fireworks::server {

// What the configuration asks for.
struct DescriptorDemand {
  int caller_connections = 0;
  int loops = 1;
  int upstream_connections_per_loop = 0;
};

struct DescriptorBudget {
  int caller_connections = 0;
  int upstream_connections_per_loop = 0;
  // A connection whose descriptor has this number or a higher one is too many: the
  // kernel gives the lowest free number, so that all below it are in use.
  int ceiling = 0;
};

// Divides `limit` descriptors. A reserve is left for files, name look-ups, health and
// metrics; callers' connections give way first, but never below half of the rest.
// FAILED_PRECONDITION when `limit` is too low to serve with.
absl::StatusOr<DescriptorBudget> DivideDescriptors(int limit, const DescriptorDemand& demand);

// What the process may open (the soft RLIMIT_NOFILE).
int DescriptorLimit();

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_DESCRIPTOR_BUDGET_H_
