// The calloc that libcurl is given.
#ifndef FIREWORKS_SERVICE_UPSTREAM_LAZY_CALLOC_H_
#define FIREWORKS_SERVICE_UPSTREAM_LAZY_CALLOC_H_

#include <cstddef>

namespace fireworks::upstream {

// As calloc, for std::free. Pages of a large block take no memory until they are written:
// libcurl asks for 16 KiB to send a request from, keeps them as long as the answer lasts,
// and uses the first of them. calloc itself writes them all where the block has been in use
// before. Thread-safe.
void* LazyCalloc(std::size_t count, std::size_t size);

}  // namespace fireworks::upstream

#endif  // FIREWORKS_SERVICE_UPSTREAM_LAZY_CALLOC_H_
