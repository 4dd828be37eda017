// How much of a known amount is done, on one line of a terminal. Pure.
#ifndef FIREWORKS_CLIENT_CPP_PROGRESS_BAR_H_
#define FIREWORKS_CLIENT_CPP_PROGRESS_BAR_H_

#include <cstdint>
#include <string>

namespace fireworks::client {

// `[##########          ]  50%  1.5 of 3.0 MiB`, without a newline. `total` may be 0, which
// is done.
std::string ProgressBar(std::int64_t done, std::int64_t total);

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_PROGRESS_BAR_H_
