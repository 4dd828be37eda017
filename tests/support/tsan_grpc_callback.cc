// Tells ThreadSanitizer that a reactor's end comes after all that its callbacks did.
//
// gRPC counts a call's outstanding callbacks; whichever of them takes the count to zero
// brings about OnDone, which frees the reactor and the call. Most of these steps are in
// gRPC's headers, compiled into our programs, and seen. But the step of the completion
// that every call has, which often is the last one, is in Debian's library, which is
// not instrumented: TSan misses that it acquires what the others released, and reports
// the freeing of the call against whatever another callback read of it.
//
// Linked into tests under --config=tsan only, as tsan_absl_mutex.cc is. Names nothing
// of gRPC's headers, so that tests without gRPC need not link it.
#include <dlfcn.h>

#include <atomic>
#include <cstdlib>

extern "C" {
// TSan's own interface; <sanitizer/tsan_interface.h> declares the same.
void __tsan_acquire(void* address);
}

namespace {

// The beginning of grpc::internal::ServerCallbackCall, by support/server_callback.h of
// gRPC 1.51. Of another layout TSan would know nothing, and report as it did.
struct ServerCallbackCall {
  void* virtual_functions;
  std::atomic_int on_cancel_conditions_remaining;
  std::atomic_int callbacks_outstanding;
};

}  // namespace

// grpc::internal::ServerCallbackCall::ScheduleOnDone(bool): the count is zero.
extern "C" void ScheduleOnDone(ServerCallbackCall* call, bool inline_ondone) __asm__(
    "_ZN4grpc8internal18ServerCallbackCall14ScheduleOnDoneEb");

void ScheduleOnDone(ServerCallbackCall* call, bool inline_ondone) {
  static void* const original =
      dlsym(RTLD_NEXT, "_ZN4grpc8internal18ServerCallbackCall14ScheduleOnDoneEb");
  if (original == nullptr) std::abort();
  __tsan_acquire(&call->callbacks_outstanding);
  reinterpret_cast<decltype(&ScheduleOnDone)>(original)(call, inline_ondone);
}
