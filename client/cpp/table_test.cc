#include "client/cpp/table.h"

#include "gtest/gtest.h"

namespace fireworks::client {
namespace {

TEST(Table, AlignsColumnsToTheirWidestCell) {
  Table table({{"NAME"}, {"SIZE", Table::Align::kRight}, {"STATE"}});
  table.AddRow({"a", "1", "READY"});
  table.AddRow({"longer", "131072", "UPLOADING"});
  EXPECT_EQ(table.Render(),
            "NAME      SIZE  STATE\n"
            "a            1  READY\n"
            "longer  131072  UPLOADING\n");
}

TEST(Table, WithoutRowsIsItsTitles) { EXPECT_EQ(Table({{"A"}, {"B"}}).Render(), "A  B\n"); }

TEST(Table, MeasuresCharactersNotBytes) {
  Table table({{"NAME"}, {"X"}});
  table.AddRow({"h\xC3\xA9llo", "1"});
  EXPECT_EQ(table.Render(), "NAME   X\nh\xC3\xA9llo  1\n");
}

TEST(Table, CellsCannotBreakTheLineOrControlTheTerminal) {
  Table table({{"NAME"}});
  table.AddRow({"a\nb\x1b[31m"});
  EXPECT_EQ(table.Render(), "NAME\na^Jb^[[31m\n");
}

}  // namespace
}  // namespace fireworks::client
