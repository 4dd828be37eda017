// How commands print messages: as the rows of a table, lines of JSON, or YAML.
#ifndef FIREWORKS_CLIENT_CPP_OUTPUT_H_
#define FIREWORKS_CLIENT_CPP_OUTPUT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "client/cpp/flag_set.h"
#include "client/cpp/table.h"
#include "google/protobuf/message.h"

namespace fireworks::client {

enum class OutputFormat { kTable, kJson, kYaml };

// Adds `--output` (`-o`) and `--json`, which is short for `--output json`.
void AddOutputFlags(OutputFormat* format, FlagSet* set);

// `message` as YAML 1.2, in the names and values of its JSON mapping, ended by a newline. As an
// element of a list its lines are indented behind a `- `.
std::string Yaml(const google::protobuf::Message& message, bool as_element = false);

// A column of a table of messages.
struct MessageColumn {
  std::string title;
  // Names of fields, separated by dots. An `%` at the end stands behind the value.
  std::string path;
  Table::Align align = Table::Align::kLeft;
};

// What stands in the column: `-` for what is unset, `yes` or `no`, a time in UTC, an
// enum's value without the prefix that all its values share.
std::string CellOf(const google::protobuf::Message& message, absl::string_view path);

std::vector<Table::Column> ColumnsOf(const std::vector<MessageColumn>& columns);
std::vector<std::string> CellsOf(const google::protobuf::Message& message,
                                 const std::vector<MessageColumn>& columns);

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_OUTPUT_H_
