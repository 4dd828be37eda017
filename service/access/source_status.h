// What people may know of a file, or an address, that is read again while we run.
#ifndef FIREWORKS_SERVICE_ACCESS_SOURCE_STATUS_H_
#define FIREWORKS_SERVICE_ACCESS_SOURCE_STATUS_H_

#include <string>

#include "absl/time/time.h"

namespace fireworks::access {

// A value.
struct SourceStatus {
  std::string what;    // "policy", "tokens", ...
  std::string where;   // path or URL
  std::string sha256;  // of the content that counts, in hexadecimal; empty: none, or not known
  absl::Time read_at = absl::InfinitePast();  // when that came
  std::string problem;  // why a later one does not count; empty: there is none
};

}  // namespace fireworks::access

#endif  // FIREWORKS_SERVICE_ACCESS_SOURCE_STATUS_H_
