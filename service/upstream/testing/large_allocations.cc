#include "service/upstream/testing/large_allocations.h"

#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::size_t> large_bytes{0};

}  // namespace

namespace fireworks::upstream::testing {

std::size_t LargeBytesHeld() { return large_bytes; }

}  // namespace fireworks::upstream::testing

void* operator new(std::size_t size) {
  void* memory = std::malloc(size);
  if (memory == nullptr) std::abort();
  const std::size_t got = malloc_usable_size(memory);
  if (got >= fireworks::upstream::testing::kLarge) large_bytes += got;
  return memory;
}

void operator delete(void* memory) noexcept {
  const std::size_t held = malloc_usable_size(memory);
  if (held >= fireworks::upstream::testing::kLarge) large_bytes -= held;
  std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept { operator delete(memory); }
