// A table in plain text: aligned columns, two blanks apart, no rules.
#ifndef FIREWORKS_CLIENT_CPP_TABLE_H_
#define FIREWORKS_CLIENT_CPP_TABLE_H_

#include <string>
#include <utility>
#include <vector>

namespace fireworks::client {

class Table {
 public:
  enum class Align { kLeft, kRight };

  struct Column {
    std::string title;
    Align align = Align::kLeft;
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // `cells`: one per column, in UTF-8. Control characters are made visible.
  void AddRow(std::vector<std::string> cells);

  // Titles and rows, each line ended by a newline and without blanks before it.
  std::string Render() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace fireworks::client

#endif  // FIREWORKS_CLIENT_CPP_TABLE_H_
