#include "service/contract/path_template.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "service/contract/percent_encoding.h"
#include "service/errors/field_violations.h"

namespace fireworks::contract {
namespace {

// A character of a literal segment: RFC 3986 §3.3 `pchar` without `*`, which is
// the wildcard, `:`, which starts the verb, and percent-encoding.
bool IsLiteralChar(char c) {
  return absl::ascii_isalnum(c) || absl::StrContains("-._~!$&'()+,;=@", absl::string_view(&c, 1));
}

bool IsIdentifierChar(char c) { return absl::ascii_isalnum(c) || c == '_'; }

bool IsDots(absl::string_view segment) { return segment == "." || segment == ".."; }

// Recursive descent over the grammar of path_template.h. The first error wins;
// after it, every Parse… returns false.
class Parser {
 public:
  explicit Parser(absl::string_view text) : text_(text) {}

  bool Parse();

  absl::Status status() const {
    return absl::InvalidArgumentError(
        absl::StrCat("path template \"", text_, "\": ", error_, " at byte ", at_));
  }

  std::vector<std::string> literals = {""};
  std::vector<PathTemplate::Variable> variables;

 private:
  bool Fail(absl::string_view error) {
    error_ = std::string(error);
    return false;
  }
  bool AtEnd() const { return at_ == text_.size(); }
  bool Next(char c) const { return !AtEnd() && text_[at_] == c; }
  bool Take(char c) {
    if (!Next(c)) return false;
    ++at_;
    return true;
  }
  bool ParseLiteral(std::string* literal);
  bool ParseFieldPath(std::string* path);
  bool ParsePattern(std::vector<std::string>* pattern);
  bool ParseVariable();

  const absl::string_view text_;
  size_t at_ = 0;
  std::string error_;
};

bool Parser::ParseLiteral(std::string* literal) {
  const size_t begin = at_;
  while (!AtEnd() && IsLiteralChar(text_[at_])) ++at_;
  *literal = std::string(text_.substr(begin, at_ - begin));
  if (literal->empty()) return Fail("expected a segment");
  if (IsDots(*literal)) return Fail("a segment of dots");
  return true;
}

bool Parser::ParseFieldPath(std::string* path) {
  const size_t begin = at_;
  do {
    if (AtEnd() || !IsIdentifierChar(text_[at_]) || absl::ascii_isdigit(text_[at_])) {
      return Fail("expected a field name");
    }
    while (!AtEnd() && IsIdentifierChar(text_[at_])) ++at_;
  } while (Take('.'));
  *path = std::string(text_.substr(begin, at_ - begin));
  return true;
}

bool Parser::ParsePattern(std::vector<std::string>* pattern) {
  do {
    if (!pattern->empty() && pattern->back() == "**") return Fail("\"**\" is not the last segment");
    if (Next('{')) return Fail("a variable inside a variable");
    std::string segment;
    if (Take('*')) {
      segment = Take('*') ? "**" : "*";
    } else if (!ParseLiteral(&segment)) {
      return false;
    }
    pattern->push_back(std::move(segment));
  } while (Take('/'));
  return true;
}

bool Parser::ParseVariable() {
  PathTemplate::Variable variable;
  if (!ParseFieldPath(&variable.field_path)) return false;
  for (const PathTemplate::Variable& other : variables) {
    if (other.field_path == variable.field_path) return Fail("a second variable for one field");
  }
  if (Take('=')) {
    if (!ParsePattern(&variable.pattern)) return false;
  } else {
    variable.pattern = {"*"};
  }
  if (!Take('}')) return Fail("expected \"}\"");
  variables.push_back(std::move(variable));
  literals.emplace_back();
  return true;
}

bool Parser::Parse() {
  if (!Next('/')) return Fail("expected \"/\"");
  while (Take('/')) {
    literals.back() += '/';
    if (!variables.empty() && variables.back().pattern.back() == "**") {
      return Fail("\"**\" is not the last segment");
    }
    if (Next('*')) return Fail("a wildcard outside a variable");
    if (Take('{')) {
      if (!ParseVariable()) return false;
    } else {
      std::string literal;
      if (!ParseLiteral(&literal)) return false;
      literals.back() += literal;
    }
  }
  if (Take(':')) {
    std::string verb;
    if (!ParseLiteral(&verb)) return false;
    absl::StrAppend(&literals.back(), ":", verb);
  }
  return AtEnd() || Fail("expected \"/\", \":\" or the end");
}

// Why a caller's `segment` must not stand in a path; empty if it may.
absl::string_view RefusalOf(absl::string_view segment) {
  if (segment.empty()) return "holds an empty segment";
  if (IsDots(segment)) return "holds a segment of dots";
  for (const char c : segment) {
    if (absl::ascii_iscntrl(c)) return "holds a control character";
    if (c == ':' || c == '?' || c == '#' || c == '%') return "holds one of : ? # %";
  }
  return "";
}

// Appends `value` to `path` if it matches `pattern`; else returns why not.
absl::string_view AppendValue(const std::vector<std::string>& pattern, absl::string_view value,
                              std::string* path) {
  if (value.empty()) return "is required";
  const std::vector<absl::string_view> segments = absl::StrSplit(value, '/');
  const bool open_end = pattern.back() == "**";
  if (open_end ? segments.size() < pattern.size() : segments.size() != pattern.size()) {
    return "has the wrong number of segments";
  }
  for (size_t i = 0; i < segments.size(); ++i) {
    const absl::string_view refusal = RefusalOf(segments[i]);
    if (!refusal.empty()) return refusal;
    const bool wildcard = i >= pattern.size() || pattern[i] == "*" || pattern[i] == "**";
    if (!wildcard && segments[i] != pattern[i]) return "does not match";
    if (i > 0) path->push_back('/');
    AppendPercentEncoded(segments[i], path);
  }
  return "";
}

}  // namespace

absl::StatusOr<PathTemplate> PathTemplate::Parse(absl::string_view text) {
  Parser parser(text);
  if (!parser.Parse()) return parser.status();
  PathTemplate result;
  result.text_ = std::string(text);
  result.literals_ = std::move(parser.literals);
  result.variables_ = std::move(parser.variables);
  return result;
}

absl::StatusOr<std::string> PathTemplate::Expand(const std::vector<std::string>& values) const {
  if (values.size() != variables_.size()) {
    return absl::InternalError(absl::StrCat("path template \"", text_, "\" needs ",
                                            variables_.size(), " values, got ", values.size()));
  }
  errors::FieldViolations violations;
  std::string path = literals_[0];
  for (size_t i = 0; i < values.size(); ++i) {
    const Variable& variable = variables_[i];
    const absl::string_view refusal = AppendValue(variable.pattern, values[i], &path);
    if (!refusal.empty()) {
      violations.Add(variable.field_path, absl::StrCat(refusal, "; must look like \"",
                                                       absl::StrJoin(variable.pattern, "/"), "\""));
    }
    path += literals_[i + 1];
  }
  if (!violations.empty()) return violations.ToStatus();
  return path;
}

}  // namespace fireworks::contract
