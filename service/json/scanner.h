// Reads JSON text token by token where nothing about it is unusual.
//
// What it takes is JSON as RFC 8259 has it, all of it UTF-8 and within the
// bounds; what it refuses need not be invalid. Who hears a refusal asks the
// parser behind reader.h, which knows words for every error. The scanner reads
// each byte of a token once, none outside of the text, and allocates nothing.
#ifndef FIREWORKS_SERVICE_JSON_SCANNER_H_
#define FIREWORKS_SERVICE_JSON_SCANNER_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "absl/strings/string_view.h"

namespace fireworks::json {

// A position in a text. Every member that returns bool returns whether it was
// there; after false the position is of no use. Thread-compatible.
class Scanner {
 public:
  Scanner() = default;
  // Containers within more than `max_depth` others are refused.
  Scanner(absl::string_view text, int max_depth)
      : at_(text.data()), end_(text.data() + text.size()), depth_left_(max_depth) {}

  const char* at() const { return at_; }
  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
  absl::string_view rest() const { return {at_, left()}; }
  // The text from `begin` to the position.
  absl::string_view Since(const char* begin) const {
    return {begin, static_cast<std::size_t>(at_ - begin)};
  }

  // The byte at the position; NUL at the end, which no token begins with.
  char Peek() const { return at_ == end_ ? '\0' : *at_; }

  void SkipSpace() {
    while (at_ != end_ && static_cast<unsigned char>(*at_) <= ' ' && IsSpace(*at_)) ++at_;
  }

  // Takes `c`.
  bool Take(char c) {
    if (Peek() != c) return false;
    ++at_;
    return true;
  }

  // Takes `word` if the text goes on with it.
  bool TakeWord(absl::string_view word) {
    if (left() < word.size() || std::memcmp(at_, word.data(), word.size()) != 0) return false;
    at_ += word.size();
    return true;
  }

  // Takes the brace or bracket `c` that opens a container, and what closes one.
  bool Open(char c) { return --depth_left_ >= 0 && Take(c); }
  bool Close(char c) {
    ++depth_left_;
    return Take(c);
  }

  // What stands between two members or elements: a comma, with space around it.
  // Sets `more` to whether there was one; else the position is at what follows.
  void TakeComma(bool* more) {
    SkipSpace();
    *more = Take(',');
    if (*more) SkipSpace();
  }

  // The colon behind a key, with space around it.
  bool TakeColon() {
    SkipSpace();
    if (!Take(':')) return false;
    SkipSpace();
    return true;
  }

  // A string. `content` is what stands between the quotes; `escaped` whether it
  // has escapes, which are then well-formed and are characters: no half of a
  // surrogate pair.
  bool TakeString(absl::string_view* content, bool* escaped);

  // A number.
  bool TakeNumber(absl::string_view* text);

  // A number without sign, fraction and exponent, below 10^18. Where there is
  // none, false, and the position stays.
  bool TakeDigits(std::uint64_t* value);

  // Any value.
  bool SkipValue();

 private:
  static bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
  bool SkipEscape();
  bool SkipMembers();
  bool SkipElements();

  const char* at_ = nullptr;
  const char* end_ = nullptr;
  int depth_left_ = 0;
};

// Writes what `content`, as TakeString gave it, stands for to `out` and returns
// the end. There must be room for as many bytes as `content` has, and 8 more.
char* WriteUnescaped(absl::string_view content, char* out);

}  // namespace fireworks::json

#endif  // FIREWORKS_SERVICE_JSON_SCANNER_H_
