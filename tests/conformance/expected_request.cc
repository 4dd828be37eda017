#include "tests/conformance/expected_request.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace fireworks::conformance {
namespace {

using simulator::FindHeader;
using simulator::Headers;
using simulator::HttpRequest;
using Query = std::vector<std::pair<std::string, std::string>>;

std::string PercentEncode(const std::string& segment) {
  std::string encoded;
  for (const char c : segment) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)) || absl::StrContains("-._~", {&c, 1})) {
      encoded.push_back(c);
    } else {
      absl::StrAppendFormat(&encoded, "%%%02X", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

Query QueryOf(const HttpRequest& request) {
  Query query;
  const std::size_t mark = request.target.find('?');
  if (mark == std::string::npos) return query;
  for (const absl::string_view each : absl::StrSplit(request.target.substr(mark + 1), '&')) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(each, absl::MaxSplits('=', 1));
    query.emplace_back(simulator::PercentDecode(parts.first),
                       simulator::PercentDecode(parts.second));
  }
  return query;
}

std::string Format(Query query) {
  std::sort(query.begin(), query.end());
  return Json(query).dump();
}

// The JSON of `text`; discarded when there is none, or when an object has a key
// twice, which a parser would not tell otherwise.
Json ParseStrictly(const std::string& text) {
  std::vector<std::set<std::string>> open;
  bool repeated = false;
  const auto look = [&](int /*depth*/, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) open.emplace_back();
    if (event == Json::parse_event_t::object_end) open.pop_back();
    if (event == Json::parse_event_t::key) repeated |= !open.back().insert(parsed).second;
    return true;
  };
  Json json = Json::parse(text, look, /*allow_exceptions=*/false);
  return repeated ? Json(Json::value_t::discarded) : json;
}

class Comparison {
 public:
  Comparison(const ExpectedRequest& expected, const HttpRequest& actual)
      : expected_(expected), actual_(actual) {}

  std::vector<std::string> Run() {
    Expect("verb", expected_.verb, actual_.method);
    Expect("path", expected_.path, std::string(actual_.path()));
    Expect("query", Format(expected_.query), Format(QueryOf(actual_)));
    for (const auto& [name, value] : expected_.headers) {
      Expect(name, value, std::string(FindHeader(actual_.headers, name)));
    }
    if (!expected_.part.empty()) {
      CompareUpload();
    } else if (expected_.body.has_value()) {
      CompareBody();
    } else {
      Expect("body", "", actual_.body);
      Expect("content-type", "", std::string(FindHeader(actual_.headers, "content-type")));
    }
    return std::move(differences_);
  }

 private:
  void Expect(const std::string& what, const std::string& expected, const std::string& actual) {
    if (expected == actual) return;
    differences_.push_back(absl::StrCat(what, ": expected ", expected, ", was ", actual));
  }

  void CompareBody() {
    Expect("content-type", "application/json",
           std::string(FindHeader(actual_.headers, "content-type")));
    const Json body = ParseStrictly(actual_.body);
    if (body.is_discarded()) {
      differences_.push_back(
          absl::StrCat("body: no JSON, or with a key twice: ", actual_.body));
      return;
    }
    for (const Json& change : Json::diff(*expected_.body, body)) {
      differences_.push_back(absl::StrCat("body: ", change.dump()));
    }
    for (const std::string& text : expected_.verbatim) {
      if (absl::StrContains(actual_.body, text)) continue;
      differences_.push_back(absl::StrCat("body: not byte by byte: ", text));
    }
  }

  void CompareUpload() {
    absl::string_view boundary = FindHeader(actual_.headers, "content-type");
    if (!absl::ConsumePrefix(&boundary, "multipart/form-data; boundary=")) {
      differences_.push_back(absl::StrCat("content-type: ", boundary));
      return;
    }
    const std::vector<std::string> pieces =
        absl::StrSplit("\r\n" + actual_.body, absl::StrCat("\r\n--", boundary));
    if (pieces.size() != 3) {
      differences_.push_back("body: not one part");
      return;
    }
    Expect("end of body", "--\r\n", pieces[2]);
    const std::pair<std::string, std::string> part =
        absl::StrSplit(pieces[1], absl::MaxSplits("\r\n\r\n", 1));
    const std::string name = absl::StrCat("; name=\"", expected_.part, "\"; filename=\"",
                                          expected_.file_name, "\"");
    if (!absl::StrContains(part.first, name)) Expect("part", name, part.first);
    Expect("file", expected_.file, part.second);
  }

  const ExpectedRequest& expected_;
  const HttpRequest& actual_;
  std::vector<std::string> differences_;
};

std::string QueryText(const Json& scalar) {
  return scalar.is_string() ? scalar.get<std::string>() : scalar.dump();
}

}  // namespace

std::vector<std::string> Differences(const ExpectedRequest& expected, const HttpRequest& actual) {
  return Comparison(expected, actual).Run();
}

void AddQuery(const Value& parameter, Query* query) {
  switch (parameter.kind) {
    case Value::Kind::kList:
      for (const Value& part : parameter.parts) {
        query->emplace_back(parameter.key, QueryText(part.scalar));
      }
      break;
    case Value::Kind::kMap:
      for (const Value& entry : parameter.parts) {
        Value list = entry;
        list.key = absl::StrCat(parameter.key, "[", entry.key, "]");
        AddQuery(list, query);
      }
      break;
    default:
      // In a query, masks keep the names of fields.
      query->emplace_back(parameter.key, parameter.node->value("format", "") == "field-mask"
                                             ? SnakeCase(parameter.scalar)
                                             : QueryText(parameter.scalar));
  }
}

std::vector<std::pair<std::string, std::string>> VariablesOf(const std::string& path_template) {
  std::vector<std::pair<std::string, std::string>> variables;
  const std::vector<std::string> parts = absl::StrSplit(path_template, '{');
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::string variable = parts[i].substr(0, parts[i].find('}'));
    const std::size_t equals = variable.find('=');
    variables.emplace_back(variable.substr(0, equals),
                           equals == std::string::npos ? "*" : variable.substr(equals + 1));
  }
  return variables;
}

std::string ExpandTemplate(const std::string& path_template, const Query& values) {
  std::vector<std::string> parts = absl::StrSplit(path_template, '{');
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::vector<std::string> segments = absl::StrSplit(values.at(i - 1).second, '/');
    const std::string expanded =
        absl::StrJoin(segments, "/", [](std::string* out, const std::string& segment) {
          out->append(PercentEncode(segment));
        });
    parts[i].replace(0, parts[i].find('}') + 1, expanded);
  }
  return absl::StrJoin(parts, "");
}

}  // namespace fireworks::conformance
