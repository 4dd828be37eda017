#include "client/cpp/output.h"

#include <algorithm>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "client/cpp/json_line.h"
#include "google/protobuf/descriptor.h"
#include "nlohmann/json.hpp"

namespace fireworks::client {
namespace {

using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using Json = nlohmann::ordered_json;

constexpr char kUnset[] = "-";

// Whether a YAML reader takes `text` for a string without quotes. Narrow: in doubt it is
// quoted.
bool IsPlain(absl::string_view text) {
  static constexpr absl::string_view kOtherMeaning[] = {"true", "false", "null", "yes", "no",
                                                        "on",   "off",   "y",    "n"};
  if (text.empty() || !absl::ascii_isalpha(static_cast<unsigned char>(text[0]))) return false;
  const auto has_meaning = [text](absl::string_view word) {
    return absl::EqualsIgnoreCase(text, word);
  };
  return std::none_of(std::begin(kOtherMeaning), std::end(kOtherMeaning), has_meaning) &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' ||
                  c == '.' || c == '/';
         });
}

// JSON's strings are YAML's, but for control characters that JSON leaves alone (DEL and
// C1, U+0080 to U+009F).
std::string Quoted(const Json& value) {
  std::string text;
  const std::string json = value.dump();
  for (std::size_t i = 0; i < json.size(); ++i) {
    const auto byte = static_cast<unsigned char>(json[i]);
    const unsigned char next = i + 1 < json.size() ? static_cast<unsigned char>(json[i + 1]) : 0;
    if (byte == 0x7f) {
      absl::StrAppend(&text, "\\x7f");
    } else if (byte == 0xc2 && next >= 0x80 && next < 0xa0) {
      absl::StrAppend(&text, "\\x", absl::Hex(next, absl::kZeroPad2));
      ++i;
    } else {
      text += json[i];
    }
  }
  return text;
}

std::string Scalar(const Json& value) {
  if (!value.is_string()) return value.dump();
  const auto& text = value.get_ref<const std::string&>();
  return IsPlain(text) ? text : Quoted(value);
}

// Whether the value stands on its key's line.
bool IsInline(const Json& value) { return !value.is_structured() || value.empty(); }

// Appends the lines of `value`, an object or array that is not empty; the first one goes on
// where the text ends. Depth is bounded by that of Protobuf's own JSON.
void AppendYaml(const Json& value, int indent, std::string* out) {
  bool first = true;
  for (const auto& item : value.items()) {
    if (!first) out->append(static_cast<std::size_t>(indent), ' ');
    first = false;
    const bool is_element = value.is_array();
    *out += is_element ? "-" : absl::StrCat(Scalar(item.key()), ":");
    if (IsInline(item.value())) {
      absl::StrAppend(out, " ", Scalar(item.value()), "\n");
    } else if (is_element) {
      *out += ' ';
      AppendYaml(item.value(), indent + 2, out);
    } else {
      const int below = item.value().is_array() ? indent : indent + 2;
      *out += '\n';
      out->append(static_cast<std::size_t>(below), ' ');
      AppendYaml(item.value(), below, out);
    }
  }
}

std::string EnumCell(const EnumDescriptor* type, int number) {
  const auto* value = type->FindValueByNumber(number);
  if (value == nullptr) return absl::StrCat(number);
  // JOB_STATE_RUNNING of JobState is RUNNING.
  std::string prefix;
  for (const char c : type->name()) {
    if (absl::ascii_isupper(static_cast<unsigned char>(c)) && !prefix.empty()) prefix += '_';
    prefix += absl::ascii_toupper(static_cast<unsigned char>(c));
  }
  return std::string(absl::StripPrefix(value->name(), prefix + "_"));
}

std::string ValueCell(const Message& message, const FieldDescriptor* field) {
  const Reflection* reflection = message.GetReflection();
  if (field->is_repeated()) return absl::StrCat(reflection->FieldSize(message, field));
  if (!reflection->HasField(message, field)) return kUnset;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection->GetBool(message, field) ? "yes" : "no";
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection->GetString(message, field);
    case FieldDescriptor::CPPTYPE_ENUM:
      return EnumCell(field->enum_type(), reflection->GetEnumValue(message, field));
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(reflection->GetInt32(message, field));
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(reflection->GetInt64(message, field));
    default: {
      std::string text = JsonLine(reflection->GetMessage(message, field));
      absl::StripTrailingAsciiWhitespace(&text);
      return text;
    }
  }
}

std::string TimeCell(const Message& time) {
  const auto* type = time.GetDescriptor();
  const std::int64_t seconds =
      time.GetReflection()->GetInt64(time, type->FindFieldByName("seconds"));
  return absl::FormatTime("%Y-%m-%d %H:%M:%S", absl::FromUnixSeconds(seconds),
                          absl::UTCTimeZone());
}

absl::Status SetFormat(absl::string_view text, OutputFormat* format) {
  if (text == "table") {
    *format = OutputFormat::kTable;
  } else if (text == "json") {
    *format = OutputFormat::kJson;
  } else if (text == "yaml") {
    *format = OutputFormat::kYaml;
  } else {
    return absl::InvalidArgumentError(absl::StrCat("'", text, "' is none of table, json, yaml"));
  }
  return absl::OkStatus();
}

}  // namespace

void AddOutputFlags(OutputFormat* format, FlagSet* set) {
  set->Add("output", "table|json|yaml",
           "how to print: a table (the default), a line of JSON per resource,\nor YAML",
           [format](absl::string_view text) { return SetFormat(text, format); });
  set->AlsoAs('o');
  set->Add("json", "", "the same as --output json", [format](absl::string_view) {
    *format = OutputFormat::kJson;
    return absl::OkStatus();
  });
}

std::string Yaml(const Message& message, bool as_element) {
  std::string text = as_element ? "- " : "";
  const Json json = Json::parse(JsonLine(message), nullptr, /*allow_exceptions=*/false);
  if (IsInline(json)) return absl::StrCat(text, Scalar(json), "\n");
  AppendYaml(json, as_element ? 2 : 0, &text);
  return text;
}

std::string CellOf(const Message& message, absl::string_view path) {
  const std::size_t dot = path.find('.');
  const FieldDescriptor* field =
      message.GetDescriptor()->FindFieldByName(std::string(path.substr(0, dot)));
  if (field == nullptr) return kUnset;
  const bool is_single_message = !field->is_repeated() && field->message_type() != nullptr;
  if (!is_single_message || !message.GetReflection()->HasField(message, field)) {
    return ValueCell(message, field);
  }
  const Message& inner = message.GetReflection()->GetMessage(message, field);
  if (dot != absl::string_view::npos) return CellOf(inner, path.substr(dot + 1));
  return field->message_type()->full_name() == "google.protobuf.Timestamp"
             ? TimeCell(inner)
             : ValueCell(message, field);
}

std::vector<Table::Column> ColumnsOf(const std::vector<MessageColumn>& columns) {
  std::vector<Table::Column> titles;
  for (const MessageColumn& column : columns) titles.push_back({column.title, column.align});
  return titles;
}

std::vector<std::string> CellsOf(const Message& message,
                                 const std::vector<MessageColumn>& columns) {
  std::vector<std::string> cells;
  for (const MessageColumn& column : columns) {
    absl::string_view path = column.path;
    const bool percent = absl::ConsumeSuffix(&path, "%");
    std::string cell = CellOf(message, path);
    if (percent && cell != kUnset) cell += '%';
    cells.push_back(std::move(cell));
  }
  return cells;
}

}  // namespace fireworks::client
