#include "tests/simulator/resource_query.h"

#include <cstdint>
#include <limits>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"

namespace fireworks::simulator {
namespace {

using Json = nlohmann::json;
using Kind = Type::Kind;

absl::Status BadFilter(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("invalid filter: ", what));
}

// A filter cut into words, quoted strings and operators.
struct Token {
  std::string text;
  bool quoted = false;
};

bool IsWord(char c) {
  return absl::ascii_isalnum(c) || c == '_' || c == '-' || c == '.' || c == '/' || c == '@' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Takes a string with its quotes from the front of `rest`; a backslash takes the
// character behind it as it is.
absl::StatusOr<Token> TakeQuoted(absl::string_view* rest) {
  const char quote = rest->front();
  Token token{"", true};
  for (std::size_t i = 1; i < rest->size(); ++i) {
    char c = (*rest)[i];
    if (c == quote) {
      rest->remove_prefix(i + 1);
      return token;
    }
    if (c == '\\' && i + 1 < rest->size()) c = (*rest)[++i];
    token.text += c;
  }
  return BadFilter(absl::StrCat("a string is not closed: ", *rest));
}

absl::StatusOr<std::vector<Token>> Tokenize(absl::string_view rest) {
  std::vector<Token> tokens;
  while (true) {
    rest = absl::StripLeadingAsciiWhitespace(rest);
    if (rest.empty()) return tokens;
    if (rest.front() == '"' || rest.front() == '\'') {
      absl::StatusOr<Token> token = TakeQuoted(&rest);
      if (!token.ok()) return token.status();
      tokens.push_back(*std::move(token));
      continue;
    }
    const bool word = IsWord(rest.front());
    std::size_t length = 1;
    while (word && length < rest.size() && IsWord(rest[length])) ++length;
    // Operators of two characters end in "=".
    if (!word && length < rest.size() && rest[length] == '=') ++length;
    tokens.push_back({std::string(rest.substr(0, length)), false});
    rest.remove_prefix(length);
  }
}

// What was asked may hold bytes that are not UTF-8.
std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool IsComparable(const Type& type) {
  return type.kind != Kind::kMessage && type.kind != Kind::kList && type.kind != Kind::kMap &&
         type.kind != Kind::kJsonObject && type.kind != Kind::kJsonValue;
}

absl::StatusOr<FieldPath> ComparablePath(const Type& message, absl::string_view path) {
  absl::StatusOr<FieldPath> found = FindPath(message, path);
  if (found.ok() && !IsComparable(*found->type)) {
    return absl::InvalidArgumentError(absl::StrCat("field \"", path, "\" cannot be compared"));
  }
  return found;
}

// As what its text stands for; null and what is no value of the type come first.
absl::Time TimeOf(const Json& value) {
  absl::Time time = absl::InfinitePast();
  std::string error;
  if (!value.is_string()) return time;
  absl::ParseTime(absl::RFC3339_full, value.get<std::string>(), &time, &error);
  return time;
}

std::int64_t Int64Of(const Json& value) {
  std::int64_t number = 0;
  if (!value.is_string() || !absl::SimpleAtoi(value.get<std::string>(), &number)) {
    return std::numeric_limits<std::int64_t>::min();
  }
  return number;
}

template <typename Value>
int Compare(const Value& left, const Value& right) {
  return left < right ? -1 : right < left;
}

int CompareAs(const Type& type, const Json& left, const Json& right) {
  if (type.kind == Kind::kInt64Text) return Compare(Int64Of(left), Int64Of(right));
  if (type.kind == Kind::kTimestamp) return Compare(TimeOf(left), TimeOf(right));
  return Compare(left, right);
}

}  // namespace

absl::StatusOr<ListFilter> ListFilter::Parse(const Type& message, absl::string_view text) {
  ListFilter filter;
  const absl::StatusOr<std::vector<Token>> tokens = Tokenize(text);
  if (!tokens.ok()) return tokens.status();
  for (std::size_t i = 0; i < tokens->size(); i += 3) {
    if (i > 0 && (*tokens)[i++].text != "AND") {
      return BadFilter(absl::StrCat("\"", (*tokens)[i - 1].text, "\" where AND is expected"));
    }
    if (i + 2 >= tokens->size()) return BadFilter("it ends where a comparison is expected");
    const Token& field = (*tokens)[i];
    const Token& comparator = (*tokens)[i + 1];
    const Token& value = (*tokens)[i + 2];
    if (comparator.quoted || (comparator.text != "=" && comparator.text != "!=")) {
      return BadFilter(
          absl::StrCat("\"", field.text, " ", comparator.text, "\" is no comparison by = or !="));
    }
    absl::StatusOr<FieldPath> path = ComparablePath(message, field.text);
    if (!path.ok()) return BadFilter(path.status().message());
    absl::StatusOr<Json> parsed = ParseText(*path->type, value.text);
    if (!parsed.ok()) return BadFilter(absl::StrCat(parsed.status().message(), " of ", field.text));
    filter.comparisons_.push_back({*std::move(path), comparator.text == "=", *std::move(parsed)});
  }
  return filter;
}

bool ListFilter::Matches(const Json& resource) const {
  for (const Comparison& comparison : comparisons_) {
    if ((ValueAt(resource, comparison.path) == comparison.value) != comparison.equal) return false;
  }
  return true;
}

absl::StatusOr<ListOrder> ListOrder::Parse(const Type& message, absl::string_view text) {
  ListOrder order;
  if (absl::StripAsciiWhitespace(text).empty()) return order;
  for (const absl::string_view term : absl::StrSplit(text, ',')) {
    const std::vector<std::string> words = absl::StrSplit(term, ' ', absl::SkipEmpty());
    if (words.empty() || words.size() > 2 ||
        (words.size() == 2 && words[1] != "asc" && words[1] != "desc")) {
      return absl::InvalidArgumentError(absl::StrCat("invalid order_by: \"", term, "\""));
    }
    absl::StatusOr<FieldPath> path = ComparablePath(message, words[0]);
    if (!path.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("invalid order_by: ", path.status().message()));
    }
    order.terms_.push_back({*std::move(path), words.size() == 2 && words[1] == "desc"});
  }
  return order;
}

Json ListOrder::Keys(const Json& resource) const {
  Json keys = Json::array();
  for (const Term& term : terms_) keys.push_back(ValueAt(resource, term.path));
  return keys;
}

bool ListOrder::Before(const Json& left, const Json& right) const {
  // Page tokens come from outside.
  if (left.size() != terms_.size() || right.size() != terms_.size()) return false;
  for (std::size_t i = 0; i < terms_.size(); ++i) {
    const int compared = CompareAs(*terms_[i].path.type, left[i], right[i]);
    if (compared != 0) return (compared < 0) != terms_[i].descending;
  }
  return false;
}

absl::StatusOr<PageToken> PageToken::Parse(absl::string_view text, absl::string_view list) {
  std::string unescaped;
  Json json;
  if (absl::WebSafeBase64Unescape(text, &unescaped)) {
    json = Json::parse(unescaped, nullptr, /*allow_exceptions=*/false);
  }
  const bool ours = json.is_array() && json.size() == 3 && json[0] == std::string(list) &&
                    json[1].is_array() && json[2].is_string();
  if (!ours) return absl::InvalidArgumentError("page_token is not valid");
  return PageToken{json[1], json[2]};
}

std::string PageToken::Text(absl::string_view list) const {
  return absl::WebSafeBase64Escape(Dump(Json::array({std::string(list), keys, name})));
}

}  // namespace fireworks::simulator
