#include "client/cpp/text.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_format.h"

namespace fireworks::client {
namespace {

bool IsContinuation(unsigned char byte) { return (byte & 0xC0) == 0x80; }

// How many bytes the character at the front of `text` has; 0 if it is malformed.
std::size_t CharacterBytes(absl::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if (!IsContinuation(byte(i))) return 0;
  }
  const bool overlong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xF0 && byte(1) < 0x90);
  const bool surrogate = lead == 0xED && byte(1) >= 0xA0;
  const bool too_large = lead == 0xF4 && byte(1) >= 0x90;
  return overlong || surrogate || too_large ? 0 : size;
}

std::string Visible(absl::string_view text, bool keep_layout) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0;
    if (keep_layout && (c == '\n' || c == '\t')) {
      result.push_back(text[i]);
    } else if (c < 0x20 || c == 0x7F) {
      result.push_back('^');
      result.push_back(static_cast<char>(c ^ 0x40));
    } else if (c == 0xC2 && next >= 0x80 && next < 0xA0) {
      // U+0080 to U+009F; U+009B starts an escape sequence too.
      result += absl::StrFormat("\\u%04x", next);
      ++i;
    } else {
      result.push_back(text[i]);
    }
  }
  return result;
}

}  // namespace

bool IsUtf8(absl::string_view text) {
  while (!text.empty()) {
    const std::size_t size = CharacterBytes(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

std::string ForTerminal(absl::string_view text) { return Visible(text, /*keep_layout=*/true); }

std::string ForTerminalLine(absl::string_view text) {
  return Visible(text, /*keep_layout=*/false);
}

std::size_t CountCharacters(absl::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(),
                    [](char c) { return !IsContinuation(static_cast<unsigned char>(c)); }));
}

}  // namespace fireworks::client
