#include "service/telemetry/json_as_html.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace fireworks::telemetry {
namespace {

using Json = nlohmann::ordered_json;

// Tables with more rows are folded.
constexpr std::size_t kOpenRows = 50;

constexpr char kStyle[] =
    ":root{color-scheme:light dark;--line:#8884;--dim:#888;--bad:#c62828}"
    "body{font:14px/1.45 system-ui,sans-serif;margin:1.5rem auto;max-width:96rem;padding:0 1rem}"
    "h1{font-size:1.4rem;margin:0 0 .3rem}"
    "h2{font-size:1.05rem;margin:1.8rem 0 .4rem;border-bottom:2px solid var(--line)}"
    "h3{font-size:.95rem;margin:1rem 0 .3rem}"
    "p{color:var(--dim);margin:.2rem 0}"
    "div{overflow-x:auto}"
    "table{border-collapse:collapse}"
    "th,td{text-align:left;vertical-align:top;padding:.2rem 1.1rem .2rem 0;"
    "border-bottom:1px solid var(--line)}"
    "th{color:var(--dim);font-weight:500;white-space:nowrap}"
    "td{font-variant-numeric:tabular-nums;overflow-wrap:break-word;max-width:34rem}"
    ".number{text-align:right;white-space:nowrap}"
    "td:first-child{white-space:nowrap}"
    ".bad{color:var(--bad);font-weight:600}"
    "summary{cursor:pointer;color:var(--dim)}";

std::string Escaped(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"&", "&amp;"},
                                    {"<", "&lt;"},
                                    {">", "&gt;"},
                                    {"\"", "&quot;"},
                                    {"'", "&#39;"}});
}

// A name for people: "active_calls" is "Active calls".
std::string Heading(absl::string_view name) {
  std::string text = absl::StrReplaceAll(name, {{"_", " "}});
  if (!text.empty()) text[0] = absl::ascii_toupper(static_cast<unsigned char>(text[0]));
  return Escaped(text);
}

// Of a string that may hold any bytes: what is left of it in UTF-8.
std::string Utf8(const std::string& text) {
  const std::string quoted =
      Json(text).dump(-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
  return Json::parse(quoted).get<std::string>();
}

std::string Text(const Json& value) {
  if (value.is_null()) return "–";
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (value.is_string()) return Escaped(Utf8(value.get<std::string>()));
  if (value.is_array()) {
    std::string text;
    for (const Json& element : value) {
      absl::StrAppend(&text, text.empty() ? "" : "<br>", Text(element));
    }
    return text.empty() ? "–" : text;
  }
  if (value.is_object()) {
    std::string text;
    for (const auto& [name, member] : value.items()) {
      absl::StrAppend(&text, text.empty() ? "" : "<br>", Heading(name), ": ", Text(member));
    }
    return text;
  }
  return Escaped(value.dump());
}

std::string Cell(absl::string_view name, const Json& value, bool in_column) {
  const bool bad = name == "problem" && value.is_string() && !value.get<std::string>().empty();
  const char* style = bad ? " class=bad" : in_column && value.is_number() ? " class=number" : "";
  return absl::StrCat("<td", style, ">", Text(value), "</td>");
}

bool IsTable(const Json& value) {
  return value.is_array() && !value.empty() && value.front().is_object();
}

std::string Table(const Json& rows) {
  std::string html = "<div><table><tr>";
  const Json& first = rows.front();
  for (const auto& [name, value] : first.items()) {
    absl::StrAppend(&html, value.is_number() ? "<th class=number>" : "<th>", Heading(name),
                    "</th>");
  }
  html += "</tr>\n";
  for (const Json& row : rows) {
    html += "<tr>";
    for (const auto& column : first.items()) {
      const auto member = row.find(column.key());
      html += member == row.end() ? "<td></td>" : Cell(column.key(), *member, true);
    }
    html += "</tr>\n";
  }
  html += "</table></div>\n";
  if (rows.size() <= kOpenRows) return html;
  return absl::StrCat("<details><summary>", rows.size(), " rows</summary>", html, "</details>\n");
}

// The members that are no tables first, as one table of names and values.
std::string Members(const Json& object) {
  std::string plain;
  std::string tables;
  for (const auto& [name, value] : object.items()) {
    if (IsTable(value)) {
      absl::StrAppend(&tables, "<h3>", Heading(name), "</h3>", Table(value));
    } else {
      absl::StrAppend(&plain, "<tr><th>", Heading(name), "</th>", Cell(name, value, false), "</tr>\n");
    }
  }
  if (!plain.empty()) plain = absl::StrCat("<div><table>", plain, "</table></div>\n");
  return plain + tables;
}

std::string Section(const Json& value) {
  if (value.is_object()) return Members(value);
  if (IsTable(value)) return Table(value);
  return absl::StrCat("<p>", value.is_array() && value.empty() ? "none" : Text(value), "</p>\n");
}

}  // namespace

std::string JsonAsHtml(absl::string_view title, const Json& json) {
  std::string html = absl::StrCat(
      "<!DOCTYPE html>\n<html lang=en><head><meta charset=utf-8>"
      "<meta name=viewport content=\"width=device-width\"><title>",
      Escaped(title), "</title><style>", kStyle, "</style></head>\n<body><h1>", Escaped(title),
      "</h1>\n");
  for (const auto& [name, value] : json.items()) {
    absl::StrAppend(&html, "<h2>", Heading(name), "</h2>\n", Section(value));
  }
  return html + "</body></html>\n";
}

}  // namespace fireworks::telemetry
