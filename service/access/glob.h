// Names with wildcards, as configuration and policy write them.
#ifndef FIREWORKS_SERVICE_ACCESS_GLOB_H_
#define FIREWORKS_SERVICE_ACCESS_GLOB_H_

#include "absl/strings/string_view.h"

namespace fireworks::access {

// Whether `pattern` describes the whole of `text`: `*` stands for any number of
// any characters, everything else for itself. Takes no more than the product of
// both lengths.
bool MatchesGlob(absl::string_view pattern, absl::string_view text);

}  // namespace fireworks::access

#endif  // FIREWORKS_SERVICE_ACCESS_GLOB_H_
