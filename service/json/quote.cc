#include "service/json/quote.h"

#include "service/json/utf8.h"

namespace fireworks::json {
namespace {

void AppendEscaped(char c, std::string* out) {
  constexpr char kHex[] = "0123456789abcdef";
  switch (c) {
    case '"':
      out->append("\\\"");
      break;
    case '\\':
      out->append("\\\\");
      break;
    case '\b':
      out->append("\\b");
      break;
    case '\f':
      out->append("\\f");
      break;
    case '\n':
      out->append("\\n");
      break;
    case '\r':
      out->append("\\r");
      break;
    case '\t':
      out->append("\\t");
      break;
    default:
      out->append("\\u00");
      out->push_back(kHex[(c >> 4) & 0xf]);
      out->push_back(kHex[c & 0xf]);
  }
}

}  // namespace

bool AppendQuoted(absl::string_view text, std::string* out) {
  out->push_back('"');
  std::size_t plain = 0;  // where the bytes begin that need no escape
  std::size_t i = 0;
  while (i < text.size()) {
    const unsigned char byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x80) {
      const Utf8Step step = NextCharacter(text.substr(i));
      if (!step.valid) return false;
      i += step.length;
      continue;
    }
    if (byte < 0x20 || byte == '"' || byte == '\\') {
      out->append(text.data() + plain, i - plain);
      AppendEscaped(text[i], out);
      plain = i + 1;
    }
    ++i;
  }
  out->append(text.data() + plain, text.size() - plain);
  out->push_back('"');
  return true;
}

}  // namespace fireworks::json
