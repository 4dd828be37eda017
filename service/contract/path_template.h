// Path templates in google.api.http syntax, compiled.
//
//   Template = "/" Segments [ ":" Verb ]
//   Segments = Segment { "/" Segment }
//   Segment  = "*" | "**" | literal | "{" field.path [ "=" Segments ] "}"
//
// Two templates of that syntax are refused, because no request can be built
// from them: a wildcard outside a variable, and a variable inside another.
#ifndef FIREWORKS_SERVICE_CONTRACT_PATH_TEMPLATE_H_
#define FIREWORKS_SERVICE_CONTRACT_PATH_TEMPLATE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace fireworks::contract {

// Immutable value; any thread.
class PathTemplate {
 public:
  // A variable: the field path it binds, and the segments its value must have
  // ("*" one segment, "**" one or more and the last, else a literal).
  struct Variable {
    std::string field_path;
    std::vector<std::string> pattern;
  };

  PathTemplate() = default;

  // Parses `text`. INVALID_ARGUMENT says what is wrong and at which byte.
  static absl::StatusOr<PathTemplate> Parse(absl::string_view text);

  const std::string& text() const { return text_; }
  const std::vector<Variable>& variables() const { return variables_; }

  // The path with `values[i]` in the place of variables()[i], checked against
  // the variable's pattern and percent-encoded per segment (RFC 3986 §2.3: all
  // but unreserved characters). No segment may be empty, `.` or `..`, nor hold
  // a control byte, `:`, `?`, `#` or `%`: an upstream that decodes or
  // normalises once more than we do would else see another operation's path.
  // Errors are INVALID_ARGUMENT with a violation of each variable's field that
  // shows the pattern.
  absl::StatusOr<std::string> Expand(const std::vector<std::string>& values) const;

 private:
  // The path is literals_[0] value[0] literals_[1] … value[n-1] literals_[n].
  std::string text_;
  std::vector<std::string> literals_;
  std::vector<Variable> variables_;
};

}  // namespace fireworks::contract

#endif  // FIREWORKS_SERVICE_CONTRACT_PATH_TEMPLATE_H_
