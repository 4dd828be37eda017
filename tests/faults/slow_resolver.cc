#include "tests/faults/slow_resolver.h"

#include <dlfcn.h>
#include <netdb.h>

#include <cstring>

#include "tests/e2e/call_context.h"

namespace fireworks::faults {

SlowResolver& SlowResolver::Get() {
  static SlowResolver resolver;
  return resolver;
}

int SlowResolver::inside() {
  std::lock_guard<std::mutex> lock(mutex_);
  return inside_;
}

void SlowResolver::Close() {
  std::lock_guard<std::mutex> lock(mutex_);
  open_ = false;
}

bool SlowResolver::OpenAndAwaitAll() {
  std::unique_lock<std::mutex> lock(mutex_);
  open_ = true;
  changed_.notify_all();
  return changed_.wait_for(lock, e2e::kPatience, [this] { return inside_ == 0; });
}

void SlowResolver::LookUp() {
  std::unique_lock<std::mutex> lock(mutex_);
  ++inside_;
  changed_.wait(lock, [this] { return open_; });
  --inside_;
  changed_.notify_all();
}

}  // namespace fireworks::faults

extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints,
                           addrinfo** result) {
  if (name != nullptr && std::strcmp(name, fireworks::faults::kSlowName) == 0) {
    fireworks::faults::SlowResolver::Get().LookUp();
    return EAI_NONAME;
  }
  static const auto libc =
      reinterpret_cast<decltype(&getaddrinfo)>(dlsym(RTLD_NEXT, "getaddrinfo"));
  return libc(name, service, hints, result);
}
