// How much memory is held in large pieces: for tests of when a body is freed.
//
// A program that links this has its operator new and delete replaced.
#ifndef FIREWORKS_SERVICE_UPSTREAM_TESTING_LARGE_ALLOCATIONS_H_
#define FIREWORKS_SERVICE_UPSTREAM_TESTING_LARGE_ALLOCATIONS_H_

#include <cstddef>

namespace fireworks::upstream::testing {

// What counts as large, in bytes.
inline constexpr std::size_t kLarge = 1 << 20;

// Bytes held now in pieces of kLarge and more. Thread-safe.
std::size_t LargeBytesHeld();

}  // namespace fireworks::upstream::testing

#endif  // FIREWORKS_SERVICE_UPSTREAM_TESTING_LARGE_ALLOCATIONS_H_
