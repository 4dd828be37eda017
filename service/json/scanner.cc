#include "service/json/scanner.h"

#include <cstring>

#include "service/json/reader.h"
#include "service/json/utf8.h"

namespace fireworks::json {
namespace {

constexpr std::uint64_t kOnes = 0x0101010101010101;
constexpr std::uint64_t kHighs = 0x8080808080808080;

// Eight bytes at once, the first in the lowest bits.
std::uint64_t LoadWord(const char* at) {
  std::uint64_t word;
  std::memcpy(&word, at, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  word = __builtin_bswap64(word);
#endif
  return word;
}

// The high bit of each byte that is `c`. Bytes behind the first such may be
// marked wrongly: a borrow runs upwards.
constexpr std::uint64_t MarkByte(std::uint64_t word, unsigned char c) {
  const std::uint64_t zeros = word ^ (kOnes * c);
  return (zeros - kOnes) & ~zeros & kHighs;
}

// The same for bytes that end a run of a string's plain characters: quotes,
// backslashes, control characters, and those of more than one byte.
constexpr std::uint64_t MarkUnusual(std::uint64_t word) {
  const std::uint64_t controls = (word - kOnes * 0x20) & ~word & kHighs;
  return MarkByte(word, '"') | MarkByte(word, '\\') | controls | (word & kHighs);
}

std::size_t FirstMarked(std::uint64_t marks) {
  return static_cast<std::size_t>(__builtin_ctzll(marks)) / 8;
}

bool IsPlain(char c) {
  const unsigned char byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

const char* SkipPlain(const char* at, const char* end) {
  for (; end - at >= 8; at += 8) {
    const std::uint64_t marks = MarkUnusual(LoadWord(at));
    if (marks != 0) return at + FirstMarked(marks);
  }
  while (at != end && IsPlain(*at)) ++at;
  return at;
}

// The value of a hexadecimal digit; -1 for anything else.
int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// The code unit of the four digits at `at`; -1 when they are none.
int HexUnit(const char* at) {
  int unit = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = HexDigit(at[i]);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

bool IsSurrogate(int unit) { return (unit & 0xF800) == 0xD800; }
bool IsHighSurrogate(int unit) { return (unit & 0xFC00) == 0xD800; }
bool IsLowSurrogate(int unit) { return (unit & 0xFC00) == 0xDC00; }

char* WriteUtf8(std::uint32_t point, char* out) {
  const auto put = [&out](std::uint32_t byte) { *out++ = static_cast<char>(byte); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xC0 | point >> 6);
    put(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    put(0xE0 | point >> 12);
    put(0x80 | (point >> 6 & 0x3F));
    put(0x80 | (point & 0x3F));
  } else {
    put(0xF0 | point >> 18);
    put(0x80 | (point >> 12 & 0x3F));
    put(0x80 | (point >> 6 & 0x3F));
    put(0x80 | (point & 0x3F));
  }
  return out;
}

// What the letter behind a backslash stands for; NUL for `u` and what is none.
char EscapedLetter(char letter) {
  switch (letter) {
    case '"':
    case '\\':
    case '/':
      return letter;
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return '\0';
  }
}

// Writes the character of the escape at `*at`, which is well-formed, and moves
// `*at` behind it.
char* WriteEscape(const char** at, char* out) {
  const char letter = EscapedLetter((*at)[1]);
  if (letter != '\0') {
    *out = letter;
    *at += 2;
    return out + 1;
  }
  std::uint32_t point = static_cast<std::uint32_t>(HexUnit(*at + 2));
  *at += 6;
  if (IsHighSurrogate(static_cast<int>(point))) {
    const std::uint32_t low = static_cast<std::uint32_t>(HexUnit(*at + 2));
    point = 0x10000 + ((point & 0x3FF) << 10 | (low & 0x3FF));
    *at += 6;
  }
  return WriteUtf8(point, out);
}

}  // namespace

bool Scanner::TakeString(absl::string_view* content, bool* escaped) {
  if (!Take('"')) return false;
  const char* begin = at_;
  *escaped = false;
  for (;;) {
    at_ = SkipPlain(at_, end_);
    if (at_ == end_) return false;
    if (*at_ == '"') {
      *content = Since(begin);
      ++at_;
      return true;
    }
    if (*at_ == '\\') {
      *escaped = true;
      if (!SkipEscape()) return false;
      continue;
    }
    // Text in other scripts comes in runs.
    do {
      const Utf8Step step = NextCharacter(rest());
      if (!step.valid || static_cast<unsigned char>(*at_) < 0x20) return false;
      at_ += step.length;
    } while (at_ != end_ && static_cast<unsigned char>(*at_) >= 0x80);
  }
}

// Of the position at a backslash.
bool Scanner::SkipEscape() {
  if (left() < 2) return false;
  if (EscapedLetter(at_[1]) != '\0') {
    at_ += 2;
    return true;
  }
  if (at_[1] != 'u' || left() < 6) return false;
  const int unit = HexUnit(at_ + 2);
  if (unit < 0) return false;
  at_ += 6;
  if (!IsSurrogate(unit)) return true;
  const bool paired = IsHighSurrogate(unit) && left() >= 6 && at_[0] == '\\' && at_[1] == 'u' &&
                      IsLowSurrogate(HexUnit(at_ + 2));
  at_ += paired ? 6 : 0;
  return paired;
}

bool Scanner::TakeNumber(absl::string_view* text) {
  *text = rest().substr(0, internal::NumberLength(rest()));
  at_ += text->size();
  return !text->empty();
}

bool Scanner::TakeDigits(std::uint64_t* value) {
  constexpr std::ptrdiff_t kMost = 18;
  const char* at = at_;
  std::uint64_t sum = 0;
  while (at != end_ && *at >= '0' && *at <= '9' && at - at_ < kMost) {
    sum = sum * 10 + static_cast<std::uint64_t>(*at++ - '0');
  }
  const std::ptrdiff_t length = at - at_;
  if (length == 0 || (*at_ == '0' && length > 1)) return false;
  if (at != end_ && (*at == '.' || *at == 'e' || *at == 'E' || (*at >= '0' && *at <= '9'))) {
    return false;
  }
  *value = sum;
  at_ = at;
  return true;
}

bool Scanner::SkipValue() {
  absl::string_view text;
  bool escaped;
  switch (Peek()) {
    case '"':
      return TakeString(&text, &escaped);
    case '{':
      return SkipMembers();
    case '[':
      return SkipElements();
    case 't':
      return TakeWord("true");
    case 'f':
      return TakeWord("false");
    case 'n':
      return TakeWord("null");
    default:
      return TakeNumber(&text);
  }
}

bool Scanner::SkipMembers() {
  if (!Open('{')) return false;
  SkipSpace();
  for (bool more = Peek() != '}'; more; TakeComma(&more)) {
    absl::string_view key;
    bool escaped;
    if (!TakeString(&key, &escaped) || !TakeColon() || !SkipValue()) return false;
  }
  return Close('}');
}

bool Scanner::SkipElements() {
  if (!Open('[')) return false;
  SkipSpace();
  for (bool more = Peek() != ']'; more; TakeComma(&more)) {
    if (!SkipValue()) return false;
  }
  return Close(']');
}

char* WriteUnescaped(absl::string_view content, char* out) {
  const char* at = content.data();
  const char* end = at + content.size();
  while (at != end) {
    if (end - at >= 8) {
      const std::uint64_t marks = MarkByte(LoadWord(at), '\\');
      std::memcpy(out, at, 8);
      const std::size_t plain = marks == 0 ? 8 : FirstMarked(marks);
      at += plain;
      out += plain;
      if (marks == 0) continue;
    }
    if (*at == '\\') {
      out = WriteEscape(&at, out);
    } else {
      *out++ = *at++;
    }
  }
  return out;
}

}  // namespace fireworks::json
