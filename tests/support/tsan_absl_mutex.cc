// Tells ThreadSanitizer about Abseil's locks, on which all of gRPC's own
// synchronisation rests. Debian's libraries are not instrumented, so that TSan
// would see none of it and report a race for whatever gRPC hands from one thread
// to another, our own reactors among them.
//
// Linked into tests under --config=tsan only. The definitions here come before
// those of libabsl for every library of the process, and hand on to them.
#include <dlfcn.h>

#include <cstdlib>
#include <string>

#include "absl/base/config.h"
#include "absl/base/options.h"
#include "absl/synchronization/mutex.h"

extern "C" {
// TSan's own interface; <sanitizer/tsan_interface.h> declares the same.
void __tsan_acquire(void* address);
void __tsan_release(void* address);
}

#define FIREWORKS_TEXT_OF(name) #name
#define FIREWORKS_TEXT(name) FIREWORKS_TEXT_OF(name)

namespace {

// libabsl's own definition of the function that `rest`, the end of a mangled
// name, stands for.
template <typename Function>
Function Original(const char* rest) {
  const std::string inline_namespace = FIREWORKS_TEXT(ABSL_OPTION_INLINE_NAMESPACE_NAME);
  const std::string name =
      "_ZN4absl" + std::to_string(inline_namespace.size()) + inline_namespace + rest;
  void* const found = dlsym(RTLD_NEXT, name.c_str());
  if (found == nullptr) std::abort();
  return reinterpret_cast<Function>(found);
}

using MutexFunction = void (*)(absl::Mutex*);
using TryFunction = bool (*)(absl::Mutex*);

}  // namespace

void absl::Mutex::Lock() {
  static const auto original = Original<MutexFunction>("5Mutex4LockEv");
  original(this);
  __tsan_acquire(this);
}

void absl::Mutex::Unlock() {
  static const auto original = Original<MutexFunction>("5Mutex6UnlockEv");
  __tsan_release(this);
  original(this);
}

bool absl::Mutex::TryLock() {
  static const auto original = Original<TryFunction>("5Mutex7TryLockEv");
  const bool locked = original(this);
  if (locked) __tsan_acquire(this);
  return locked;
}

void absl::Mutex::ReaderLock() {
  static const auto original = Original<MutexFunction>("5Mutex10ReaderLockEv");
  original(this);
  __tsan_acquire(this);
}

void absl::Mutex::ReaderUnlock() {
  static const auto original = Original<MutexFunction>("5Mutex12ReaderUnlockEv");
  __tsan_release(this);
  original(this);
}

// Later releases define these inline.
#if ABSL_LTS_RELEASE_VERSION <= 20220623

void absl::CondVar::Wait(Mutex* mutex) {
  static const auto original =
      Original<void (*)(CondVar*, Mutex*)>("7CondVar4WaitEPNS0_5MutexE");
  __tsan_release(mutex);
  original(this, mutex);
  __tsan_acquire(mutex);
}

bool absl::CondVar::WaitWithTimeout(Mutex* mutex, absl::Duration timeout) {
  static const auto original = Original<bool (*)(CondVar*, Mutex*, absl::Duration)>(
      "7CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE");
  __tsan_release(mutex);
  const bool timed_out = original(this, mutex, timeout);
  __tsan_acquire(mutex);
  return timed_out;
}

bool absl::CondVar::WaitWithDeadline(Mutex* mutex, absl::Time deadline) {
  static const auto original = Original<bool (*)(CondVar*, Mutex*, absl::Time)>(
      "7CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE");
  __tsan_release(mutex);
  const bool timed_out = original(this, mutex, deadline);
  __tsan_acquire(mutex);
  return timed_out;
}

#endif  // ABSL_LTS_RELEASE_VERSION
