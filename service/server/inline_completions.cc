#include "service/server/inline_completions.h"

namespace fireworks::server {
namespace {

// Then others get their turn on this thread; as many as a call may have queued.
constexpr int kMostAtOnce = 64;

thread_local bool running = false;

}  // namespace

void RunWithCompletions(grpc_completion_queue* queue, absl::FunctionRef<void()> start) {
  if (running) {
    start();
    return;
  }
  running = true;
  grpc_completion_queue_thread_local_cache_init(queue);
  start();
  void* tag = nullptr;
  int ok = 0;
  for (int left = kMostAtOnce;
       grpc_completion_queue_thread_local_cache_flush(queue, &tag, &ok) != 0; --left) {
    // The last one finds no place for what it brings about.
    if (left > 0) grpc_completion_queue_thread_local_cache_init(queue);
    auto* functor = static_cast<grpc_completion_queue_functor*>(tag);
    functor->functor_run(functor, ok);
  }
  running = false;
}

}  // namespace fireworks::server
