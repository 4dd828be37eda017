// Names that people give to things in the configuration.
#ifndef FIREWORKS_SERVICE_ACCESS_LABEL_H_
#define FIREWORKS_SERVICE_ACCESS_LABEL_H_

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"

namespace fireworks::access {

inline constexpr char kLabelRule[] = "must be 1 to 64 letters, digits, `.`, `_` and `-`";

// Whether `text` is as kLabelRule says.
inline bool IsLabel(absl::string_view text) {
  return !text.empty() && text.size() <= 64 &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '-';
         });
}

}  // namespace fireworks::access

#endif  // FIREWORKS_SERVICE_ACCESS_LABEL_H_
