// gRPC operations that complete at once are completed where they were started.
//
// gRPC's callback API tells of every completion on threads of its own, which are woken for
// it: of a message that merely goes into a buffer, too. A thread may keep the next
// completion of a queue for itself instead (grpc_completion_queue_thread_local_cache_init
// in grpc/grpc.h), and run it when the operation has been started.
#ifndef FIREWORKS_SERVICE_SERVER_INLINE_COMPLETIONS_H_
#define FIREWORKS_SERVICE_SERVER_INLINE_COMPLETIONS_H_

#include "absl/functional/function_ref.h"
#include "grpc/grpc.h"

namespace fireworks::server {

// Calls `start`, which starts an operation of a callback call that `queue` serves, and then
// what completes on this thread meanwhile, and because of that, and so on. That may be
// completions of other calls too, so the caller must hold no lock. Inside of itself it only
// calls `start`. What does not complete at once, gRPC's threads tell of as ever.
void RunWithCompletions(grpc_completion_queue* queue, absl::FunctionRef<void()> start);

}  // namespace fireworks::server

#endif  // FIREWORKS_SERVICE_SERVER_INLINE_COMPLETIONS_H_
