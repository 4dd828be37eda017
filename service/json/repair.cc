#include "service/json/repair.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/charconv.h"
#include "service/json/reader.h"
#include "service/json/utf8.h"

namespace fireworks::json {
namespace {

constexpr absl::string_view kReplacement = "\xEF\xBF\xBD";

// The code unit of the escape \uXXXX that `text` begins with; -1 for anything
// else.
int EscapedUnit(absl::string_view text) {
  if (text.size() < 6 || text[0] != '\\' || text[1] != 'u') return -1;
  int unit = 0;
  for (const char c : text.substr(2, 4)) {
    if (!absl::ascii_isxdigit(static_cast<unsigned char>(c))) return -1;
    const int digit = c <= '9' ? c - '0' : absl::ascii_tolower(static_cast<unsigned char>(c)) -
                                               'a' + 10;
    unit = unit * 16 + digit;
  }
  return unit;
}

bool IsHighSurrogate(int unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool IsLowSurrogate(int unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

// Appends the escape that `text` begins with to `out` and returns its length in
// `text`. Sets `changed` when it was half of a surrogate pair.
std::size_t RepairEscape(absl::string_view text, std::string* out, bool* changed) {
  const int unit = EscapedUnit(text);
  std::size_t length = unit < 0 ? std::min<std::size_t>(2, text.size()) : 6;
  if (IsHighSurrogate(unit) && IsLowSurrogate(EscapedUnit(text.substr(6)))) {
    length = 12;
  } else if (IsHighSurrogate(unit) || IsLowSurrogate(unit)) {
    out->append(kReplacement.data(), kReplacement.size());
    *changed = true;
    return length;
  }
  out->append(text.data(), length);
  return length;
}

// Appends the string that `text` begins with, repaired, to `out`; returns its
// length in `text`.
std::size_t RepairString(absl::string_view text, std::string* out, bool* changed) {
  out->push_back('"');
  std::size_t i = 1;
  while (i < text.size() && text[i] != '"') {
    if (text[i] == '\\') {
      i += RepairEscape(text.substr(i), out, changed);
      continue;
    }
    const Utf8Step step = NextCharacter(text.substr(i));
    if (step.valid) {
      out->append(text.data() + i, step.length);
    } else {
      out->append(kReplacement.data(), kReplacement.size());
      *changed = true;
    }
    i += step.length;
  }
  if (i < text.size()) {
    out->push_back('"');
    ++i;
  }
  return i;
}

std::size_t StringLength(absl::string_view text) {
  std::size_t i = 1;
  while (i < text.size() && text[i] != '"') i += text[i] == '\\' ? 2 : 1;
  return std::min(i + 1, text.size());
}

// Of what looks like a number.
std::size_t NumeralLength(absl::string_view text) {
  const std::size_t end = text.find_first_not_of("0123456789+-.eE");
  return end == absl::string_view::npos ? text.size() : end;
}

bool Overflows(absl::string_view number) {
  if (internal::NumberLength(number) != number.size()) return false;
  double value = 0;
  const absl::from_chars_result result =
      absl::from_chars(number.data(), number.data() + number.size(), value);
  return result.ec == std::errc::result_out_of_range && std::abs(value) > 1;
}

}  // namespace

Repaired Repair(absl::string_view text, RepairStrings strings) {
  Repaired repaired;
  std::string& out = repaired.text;
  std::string& parsed = repaired.parser_text;
  for (std::size_t i = 0; i < text.size();) {
    const absl::string_view rest = text.substr(i);
    const char c = rest[0];
    const std::size_t begin = out.size();
    if (c == '"' && strings == RepairStrings::kYes) {
      bool changed = false;
      i += RepairString(rest, &out, &changed);
      repaired.strings += changed;
    } else if (c == '"') {
      const std::size_t length = StringLength(rest);
      out.append(rest.data(), length);
      i += length;
    } else if (c == '-' || absl::ascii_isdigit(static_cast<unsigned char>(c))) {
      const std::size_t length = NumeralLength(rest);
      out.append(rest.data(), length);
      i += length;
      if (Overflows(rest.substr(0, length))) {
        ++repaired.numbers;
        parsed.append("0.").append(length - 2, '0');
        continue;
      }
    } else {
      out.push_back(c);
      ++i;
    }
    parsed.append(out, begin, std::string::npos);
  }
  return repaired;
}

}  // namespace fireworks::json
