// Tells ThreadSanitizer that what a thread did before it started an operation of gRPC's
// comes before what the operation's completion brings about, on whichever thread.
//
// Callbacks and tags go from thread to thread through gRPC's completion queue, whose
// fast path is made of atomics in Debian's library, which is not instrumented: TSan
// would report a callback that is run against its having been made, now and then.
//
// Linked into programs under --config=tsan only. The definitions here come before those
// of libgrpc for libgrpc++ too, and hand on to them. Of gRPC's headers, only the
// declarations are used, so that programs without gRPC need not link it.
#include <dlfcn.h>
#include <grpc/grpc.h>

#include <cstdlib>

extern "C" {
// TSan's own interface; <sanitizer/tsan_interface.h> declares the same.
void __tsan_acquire(void* address);
void __tsan_release(void* address);
}

namespace {

template <typename Function>
Function* Original(const char* name, Function* /*type*/) {
  void* const found = dlsym(RTLD_NEXT, name);
  if (found == nullptr) std::abort();
  return reinterpret_cast<Function*>(found);
}

grpc_event Received(grpc_event event) {
  if (event.type == GRPC_OP_COMPLETE) __tsan_acquire(event.tag);
  return event;
}

}  // namespace

grpc_call_error grpc_call_start_batch(grpc_call* call, const grpc_op* operations, size_t count,
                                      void* tag, void* reserved) {
  static const auto original = Original("grpc_call_start_batch", &grpc_call_start_batch);
  __tsan_release(tag);
  return original(call, operations, count, tag, reserved);
}

// The threads that run callbacks take them from here, and so do servers' and clients' own.
grpc_event grpc_completion_queue_next(grpc_completion_queue* queue, gpr_timespec deadline,
                                      void* reserved) {
  static const auto original = Original("grpc_completion_queue_next", &grpc_completion_queue_next);
  return Received(original(queue, deadline, reserved));
}

grpc_event grpc_completion_queue_pluck(grpc_completion_queue* queue, void* tag,
                                       gpr_timespec deadline, void* reserved) {
  static const auto original =
      Original("grpc_completion_queue_pluck", &grpc_completion_queue_pluck);
  return Received(original(queue, tag, deadline, reserved));
}
