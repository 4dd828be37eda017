#include "service/contract/percent_encoding.h"

#include "absl/strings/ascii.h"

namespace fireworks::contract {

void AppendPercentEncoded(absl::string_view bytes, std::string* out) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || c == '-' || c == '.' || c == '_' || c == '~') {
      out->push_back(c);
    } else {
      out->append({'%', kHex[byte >> 4], kHex[byte & 15]});
    }
  }
}

}  // namespace fireworks::contract
