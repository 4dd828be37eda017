#include "service/upstream/lazy_calloc.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace fireworks::upstream {
namespace {

// Below, a system call costs more than it saves.
constexpr std::size_t kLargeBlock = 16 << 10;

// Zeroes whole pages by giving them back. What malloc hands out is private memory, so that
// new pages are zero.
bool GiveBack(char* begin, char* end) {
  return madvise(begin, static_cast<std::size_t>(end - begin), MADV_DONTNEED) == 0;
}

}  // namespace

void* LazyCalloc(std::size_t count, std::size_t size) {
  std::size_t bytes = 0;
  if (__builtin_mul_overflow(count, size, &bytes)) return nullptr;
  if (bytes < kLargeBlock) return std::calloc(count, size);
  static const std::size_t page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  auto* const block = static_cast<char*>(std::malloc(bytes));
  if (block == nullptr) return nullptr;
  const std::size_t before = (page - reinterpret_cast<std::uintptr_t>(block) % page) % page;
  if (bytes < before + page) return std::memset(block, 0, bytes);
  char* const first = block + before;
  char* const last = first + (bytes - before) / page * page;
  if (!GiveBack(first, last)) return std::memset(block, 0, bytes);
  std::memset(block, 0, before);
  std::memset(last, 0, static_cast<std::size_t>(block + bytes - last));
  return block;
}

}  // namespace fireworks::upstream
