#include "client/cpp/table.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/cpp/text.h"

namespace fireworks::client {

void Table::AddRow(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  for (std::string& cell : cells) cell = ForTerminalLine(cell);
  rows_.push_back(std::move(cells));
}

std::string Table::Render() const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = CountCharacters(columns_[i].title);
    for (const auto& row : rows_) width = std::max(width, CountCharacters(row[i]));
    widths.push_back(width);
  }

  std::string text;
  const auto add_line = [&](const auto& cell_of) {
    std::string line;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::string& cell = cell_of(i);
      const std::string blanks(widths[i] - CountCharacters(cell), ' ');
      const bool left = columns_[i].align == Align::kLeft;
      absl::StrAppend(&line, i == 0 ? "" : "  ", left ? cell : blanks, left ? blanks : cell);
    }
    absl::StripTrailingAsciiWhitespace(&line);
    absl::StrAppend(&text, line, "\n");
  };
  add_line([this](std::size_t i) -> const std::string& { return columns_[i].title; });
  for (const auto& row : rows_) {
    add_line([&row](std::size_t i) -> const std::string& { return row[i]; });
  }
  return text;
}

}  // namespace fireworks::client
