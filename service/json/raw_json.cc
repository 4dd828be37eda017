#include "service/json/raw_json.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/json/reader.h"
#include "service/json/repair.h"

namespace fireworks::json {
namespace {

// A Handler of reader.h to which everything is right.
struct Acceptor {
  bool Null(absl::string_view) { return true; }
  bool Bool(bool, absl::string_view) { return true; }
  bool Number(absl::string_view) { return true; }
  bool String(std::string*, absl::string_view) { return true; }
  bool StartObject(absl::string_view) { return true; }
  bool StartArray(absl::string_view) { return true; }
  bool Key(std::string*) { return true; }
  bool EndObject(const char*) { return true; }
  bool EndArray(const char*) { return true; }
};

absl::Status Check(absl::string_view parsed, absl::string_view text, int max_depth,
                   bool* is_syntax_error) {
  Acceptor acceptor;
  internal::SaxAdapter<Acceptor> reader(parsed, text, max_depth, &acceptor);
  *is_syntax_error = false;
  if (reader.Run()) return absl::OkStatus();
  *is_syntax_error = reader.is_syntax_error();
  if (*is_syntax_error) return reader.SyntaxError();
  return absl::InvalidArgumentError(absl::StrCat("nested more than ", max_depth, " levels deep"));
}

}  // namespace

absl::Status CheckRawJson(absl::string_view text, int max_depth) {
  // The parser skips it, but inside of other JSON it is an error.
  if (absl::StartsWith(text, "\xEF\xBB\xBF")) {
    return absl::InvalidArgumentError("invalid JSON at byte 1: a byte order mark");
  }
  bool is_syntax_error = false;
  const absl::Status status = Check(text, text, max_depth, &is_syntax_error);
  if (status.ok() || !is_syntax_error) return status;
  // Numbers beyond double are JSON all the same.
  const Repaired repaired = Repair(text, RepairStrings::kNo);
  if (!repaired.any()) return status;
  return Check(repaired.parser_text, repaired.text, max_depth, &is_syntax_error);
}

}  // namespace fireworks::json
