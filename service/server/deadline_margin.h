// How long before a caller's deadline the service answers, so that the caller still
// gets the status and its trailers. Pure; any thread.
#ifndef FIREWORKS_SERVICE_SERVER_DEADLINE_MARGIN_H_
#define FIREWORKS_SERVICE_SERVER_DEADLINE_MARGIN_H_

#include <chrono>

namespace fireworks::server {

// `remaining`: from now to the deadline as gRPC tells it here. The caller's own timer
// may go off sooner: gRPC's clients round a deadline up when they send it.
std::chrono::nanoseconds DeadlineMargin(std::chrono::nanoseconds remaining);

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_DEADLINE_MARGIN_H_
