#include "tests/fuzz/check.h"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/escaping.h"

namespace fireworks::fuzz {

void Check(bool holds, absl::string_view law, absl::string_view details) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n%s\n", std::string(law).c_str(),
               absl::CEscape(details).c_str());
  std::abort();
}

bool IsUtf8(absl::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if ((lead >= 0x80 && lead < 0xC2) || lead > 0xF4 || at + length > text.size()) return false;
    char32_t point = length == 1 ? lead : lead & (0x7F >> length);
    for (std::size_t i = 1; i < length; ++i) {
      const auto byte = static_cast<unsigned char>(text[at + i]);
      if ((byte & 0xC0) != 0x80) return false;
      point = point << 6 | (byte & 0x3F);
    }
    if (length == 3 && (point < 0x800 || (point >= 0xD800 && point < 0xE000))) return false;
    if (length == 4 && (point < 0x10000 || point > 0x10FFFF)) return false;
    at += length;
  }
  return true;
}

bool IsPrintable(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c <= 0x7E; });
}

absl::string_view TakeUntil(char separator, absl::string_view* input) {
  const std::size_t end = input->find(separator);
  const absl::string_view part = input->substr(0, end);
  input->remove_prefix(end == input->npos ? input->size() : end + 1);
  return part;
}

}  // namespace fireworks::fuzz
