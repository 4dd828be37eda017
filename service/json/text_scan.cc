#include "service/json/text_scan.h"

#include <cstddef>

#include "nlohmann/json.hpp"

namespace fireworks::json {
namespace {

// A position in a text; never beyond its end.
class Cursor {
 public:
  explicit Cursor(absl::string_view text) : text_(text) {}

  bool AtEnd() const { return at_ == text_.size(); }
  // The next byte; NUL at the end, which is no byte of JSON's syntax.
  char Next() const { return AtEnd() ? '\0' : text_[at_]; }
  void Advance() {
    if (!AtEnd()) ++at_;
  }
  std::size_t at() const { return at_; }

  // Skips white space and the given separator.
  void SkipTo(char separator) {
    while (!AtEnd() && (Next() == ' ' || Next() == '\n' || Next() == '\r' || Next() == '\t' ||
                        Next() == separator)) {
      ++at_;
    }
  }

  absl::string_view TakeString() {
    const std::size_t begin = at_;
    for (Advance(); !AtEnd() && Next() != '"'; Advance()) {
      if (Next() == '\\') Advance();
    }
    Advance();
    return text_.substr(begin, at_ - begin);
  }

  absl::string_view TakeValue() {
    const std::size_t begin = at_;
    if (Next() == '"') return TakeString();
    if (Next() == '{' || Next() == '[') {
      TakeContainer();
    } else {
      const std::size_t end = text_.find_first_of(",]} \n\r\t", at_);
      at_ = end == absl::string_view::npos ? text_.size() : end;
      // Invalid text only: whatever calls must get on.
      if (at_ == begin) Advance();
    }
    return text_.substr(begin, at_ - begin);
  }

 private:
  void TakeContainer() {
    int depth = 0;
    do {
      const char c = Next();
      if (c == '"') {
        TakeString();
        continue;
      }
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      Advance();
    } while (depth > 0 && !AtEnd());
  }

  absl::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

JsonType TypeOfValue(char first) {
  switch (first) {
    case '{':
      return JsonType::kObject;
    case '[':
      return JsonType::kArray;
    case '"':
      return JsonType::kString;
    case 't':
    case 'f':
      return JsonType::kBool;
    case 'n':
      return JsonType::kNull;
    default:
      return JsonType::kNumber;
  }
}

std::string Unquote(absl::string_view quoted) {
  if (quoted.size() < 2) return std::string();
  if (quoted.find('\\') == absl::string_view::npos) {
    return std::string(quoted.substr(1, quoted.size() - 2));
  }
  const nlohmann::json value =
      nlohmann::json::parse(quoted.begin(), quoted.end(), nullptr, /*allow_exceptions=*/false);
  return value.is_string() ? value.get<std::string>() : std::string();
}

bool QuotedEquals(absl::string_view quoted, absl::string_view value) {
  if (quoted.find('\\') != absl::string_view::npos) return Unquote(quoted) == value;
  return quoted.size() == value.size() + 2 && quoted.substr(1, value.size()) == value;
}

void ForEachMember(absl::string_view text,
                   absl::FunctionRef<bool(absl::string_view key, absl::string_view value)> visit) {
  Cursor cursor(text);
  cursor.Advance();
  for (cursor.SkipTo(','); cursor.Next() == '"'; cursor.SkipTo(',')) {
    const absl::string_view key = cursor.TakeString();
    cursor.SkipTo(':');
    if (cursor.AtEnd() || !visit(key, cursor.TakeValue())) return;
  }
}

void ForEachElement(absl::string_view text,
                    absl::FunctionRef<bool(absl::string_view value)> visit) {
  Cursor cursor(text);
  cursor.Advance();
  for (cursor.SkipTo(','); !cursor.AtEnd() && cursor.Next() != ']'; cursor.SkipTo(',')) {
    if (!visit(cursor.TakeValue())) return;
  }
}

}  // namespace fireworks::json
