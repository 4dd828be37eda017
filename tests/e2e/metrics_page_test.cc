// What /metrics serves is what docs/metrics.md says, and the other way round.
#include <filesystem>
#include <fstream>
#include <map>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "gtest/gtest.h"
#include "tests/e2e/raw_connection.h"
#include "tests/e2e/service_fixture.h"

namespace fireworks::e2e {
namespace {

using fireworks::gateway::v1::ListModelsRequest;
using fireworks::gateway::v1::ListModelsResponse;

// What a table of the documentation, or the page, says of a metric.
struct Described {
  std::string type;
  std::set<std::string> labels;

  bool operator==(const Described& other) const {
    return type == other.type && labels == other.labels;
  }
};
std::ostream& operator<<(std::ostream& out, const Described& metric) {
  out << metric.type;
  for (const std::string& label : metric.labels) out << " " << label;
  return out;
}
using Catalog = std::map<std::string, Described>;

std::set<std::string> InBackquotes(absl::string_view cell) {
  std::set<std::string> words;
  const std::vector<std::string> parts = absl::StrSplit(cell, '`');
  for (std::size_t i = 1; i < parts.size(); i += 2) words.insert(parts[i]);
  return words;
}

// Rows are `| name | type | unit | labels | meaning |`.
Catalog Documented() {
  Catalog catalog;
  std::ifstream file("docs/metrics.md");
  std::string line;
  while (std::getline(file, line)) {
    if (!absl::StartsWith(line, "| `")) continue;
    const std::vector<std::string> cells = absl::StrSplit(line, '|');
    EXPECT_EQ(cells.size(), 7u) << line;
    if (cells.size() != 7) continue;
    const std::set<std::string> names = InBackquotes(cells[1]);
    EXPECT_EQ(names.size(), 1u) << line;
    const bool added =
        catalog
            .emplace(*names.begin(), Described{std::string(absl::StripAsciiWhitespace(cells[2])),
                                               InBackquotes(cells[4])})
            .second;
    EXPECT_TRUE(added) << *names.begin() << " is documented twice";
  }
  return catalog;
}

// The labels of a line such as `name{a="x",b="y"} 1`; none of the values that are
// compared here holds a comma or a quote.
std::set<std::string> LabelsOf(absl::string_view line) {
  std::set<std::string> labels;
  const std::size_t open = line.find('{');
  if (open == absl::string_view::npos) return labels;
  const absl::string_view inside = line.substr(open + 1, line.rfind('}') - open - 1);
  for (const absl::string_view pair : absl::StrSplit(inside, ',')) {
    const std::string label(pair.substr(0, pair.find('=')));
    if (label != "le") labels.insert(label);
  }
  return labels;
}

// Of a page in Prometheus's text format.
Catalog Served(absl::string_view page) {
  Catalog catalog;
  std::string family;
  for (const absl::string_view line : absl::StrSplit(page, '\n', absl::SkipEmpty())) {
    const std::vector<absl::string_view> words = absl::StrSplit(line, ' ');
    if (words.size() == 4 && words[0] == "#" && words[1] == "TYPE") {
      family = std::string(words[2]);
      catalog[family].type = std::string(words[3]);
    } else if (!absl::StartsWith(line, "#")) {
      EXPECT_TRUE(absl::StartsWith(line, family)) << line;
      for (const std::string& label : LabelsOf(line)) catalog[family].labels.insert(label);
    }
  }
  return catalog;
}

// Whether `word` of the documentation looks like a metric's name. Not the programs' names.
bool LooksLikeAMetric(absl::string_view word) {
  for (const char* program : {"fireworks_grpc", "fireworks_simulator"}) {
    if (absl::StartsWith(word, program)) return false;
  }
  for (const char* prefix : {"fireworks_", "grpc_server_", "gen_ai_", "process_"}) {
    if (absl::StartsWith(word, prefix)) return true;
  }
  return false;
}

// Of `name{label="x"}`, and of one of the series of a histogram.
std::string FamilyOf(absl::string_view name) {
  absl::string_view family = name.substr(0, name.find_first_of("{[ "));
  for (const char* suffix : {"_bucket", "_sum", "_count"}) absl::ConsumeSuffix(&family, suffix);
  return std::string(family);
}

class MetricsPageTest : public ServiceTest {
 protected:
  static void ServeMetrics(server::Options* options) { options->metrics_listen = "127.0.0.1:0"; }

  std::string Page() {
    RawConnection connection(service().metrics_port());
    connection.Send("GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    const std::string answer = connection.ReadToEnd().value_or("");
    EXPECT_TRUE(absl::StartsWith(answer, "HTTP/1.1 200")) << answer.substr(0, 100);
    const std::vector<std::string> parts =
        absl::StrSplit(answer, absl::MaxSplits("\r\n\r\n", 1));
    return parts.size() == 2 ? parts[1] : "";
  }
};

TEST_F(MetricsPageTest, IsWhatTheDocumentationSaysAndTheOtherWayRound) {
  StartService(&ServeMetrics);
  const Catalog served = Served(Page());
  const Catalog documented = Documented();
  EXPECT_GT(documented.size(), 60u);
  for (const auto& [name, metric] : served) {
    const auto found = documented.find(name);
    if (found == documented.end()) {
      ADD_FAILURE() << name << " is served, but docs/metrics.md does not have it";
    } else {
      EXPECT_EQ(found->second, metric) << name;
    }
  }
  for (const auto& [name, metric] : documented) {
    EXPECT_EQ(served.count(name), 1u) << name << " is documented, but not served from the start";
  }
}

TEST_F(MetricsPageTest, NamesAnywhereInTheDocumentationAreInItsTables) {
  const Catalog documented = Documented();
  std::set<std::string> known;
  for (const auto& [name, metric] : documented) {
    known.insert(name);
    known.insert(metric.labels.begin(), metric.labels.end());
  }
  for (const auto& entry : std::filesystem::directory_iterator("docs")) {
    if (entry.path().extension() != ".md") continue;
    std::ifstream file(entry.path());
    std::string line;
    while (std::getline(file, line)) {
      for (const std::string& word : InBackquotes(line)) {
        if (!LooksLikeAMetric(word)) continue;
        EXPECT_EQ(known.count(FamilyOf(word)), 1u) << entry.path() << ": " << word;
      }
    }
  }
}

TEST_F(MetricsPageTest, CallsBringNoMetricsThatWereNotThere) {
  StartService(&ServeMetrics);
  const Catalog before = Served(Page());
  for (const char* directives : {"", "status=404"}) {
    CallContext context(directives);
    StreamChat(&chat(), &context, MakeChatRequest("hello"));
  }
  CallContext context;
  ListModelsResponse models;
  this->models().ListModels(&context, ListModelsRequest(), &models);
  ExpectAllQuiet();
  EXPECT_EQ(Served(Page()), before);
}

}  // namespace
}  // namespace fireworks::e2e
