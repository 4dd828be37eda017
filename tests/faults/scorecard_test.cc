// Every row of the scorecard holds, and docs/faults.md says the same.
#include "tests/faults/scorecard.h"

#include <cctype>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/error_details.h"
#include "tests/faults/fault_fixture.h"
#include "tests/faults/process_state.h"
#include "tests/faults/slow_resolver.h"

namespace fireworks::faults {
namespace {

using e2e::CallContext;
using e2e::ErrorDetails;
using e2e::Eventually;
using testing::HasSubstr;

// What a process may hold more after a call than before it: no body and no queue.
constexpr std::size_t kHeapSlack = 8 << 20;

std::vector<Row> AllRows() {
  std::vector<Row> rows;
  for (const Section& section : Scorecard()) {
    rows.insert(rows.end(), section.rows.begin(), section.rows.end());
  }
  return rows;
}

std::string TestName(const testing::TestParamInfo<Row>& info) {
  std::string name;
  for (const char c : absl::StrCat(info.param.fault, "_", NameOf(info.param.call))) {
    const bool word = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (word) name += c;
    if (!word && !name.empty() && name.back() != '_') name += '_';
  }
  return absl::StrCat(info.index, "_", name);
}

class ScorecardTest : public FaultTest, public testing::WithParamInterface<Row> {
 protected:
  void SetUp() override {
    ServiceTest::SetUp();
    SlowResolver::Get().Close();
    if (row().peer) peer_ = std::make_unique<RawPeer>(*row().peer, row().peer_answer);
    StartService([this](server::Options* options) { Configure(options); });
    channel_ = NewChannel();
  }

  void TearDown() override {
    StopService();
    EXPECT_TRUE(SlowResolver::Get().OpenAndAwaitAll());
    EXPECT_EQ(UpstreamSockets().all(), 0u);
  }

  static const Row& row() { return GetParam(); }
  int upstream_port() { return peer_ ? peer_->port() : simulator().port(); }

  // Of the service.
  Sockets UpstreamSockets() {
    Sockets sockets = SocketsTo(upstream_port());
    if (peer_) sockets.open -= peer_->fillers();
    return sockets;
  }

  Connections UpstreamConnections() {
    const Sockets sockets = UpstreamSockets();
    if (sockets.open > 0) return Connections::kKept;
    return sockets.half_closed > 0 ? Connections::kHalfClosed : Connections::kClosed;
  }

  void Configure(server::Options* options) {
    RepeatAtOnce(options);
    if (peer_) {
      options->upstream.base_url =
          absl::StrCat(row().https ? "https" : "http", "://127.0.0.1:", peer_->port());
    }
    if (row().adjust) row().adjust(options);
  }

  // What came of the call, as the scorecard tells it.
  Outcome Observe(const Result& result, const CallContext& context) {
    Outcome seen;
    seen.code = result.status.error_code();
    seen.messages = result.messages;
    if (!absl::SimpleAtoi(context.Trailer("x-upstream-attempts"), &seen.attempts)) {
      seen.attempts = -1;
    }
    seen.requests = peer_ ? peer_->requests() : RequestsSeen(context.request_id());
    seen.pushback = context.Trailer("grpc-retry-pushback-ms");
    const std::string prompt = context.Trailer("x-usage-prompt-tokens");
    if (!prompt.empty()) {
      seen.usage = absl::StrCat(prompt, "+", context.Trailer("x-usage-completion-tokens"));
    }
    if (!result.status.ok()) {
      seen.reason = details_.info ? details_.info->reason() : std::string();
      if (details_.retry) seen.retry_seconds = details_.retry->retry_delay().seconds();
    }
    seen.connections = UpstreamConnections();
    return seen;
  }

  // Whatever the fault, this holds.
  void ExpectCommon(const Result& result, const CallContext& context) {
    EXPECT_EQ(context.Trailer("x-request-id"), context.request_id());
    EXPECT_NE(context.Trailer("x-gateway-overhead-us"), "");
    EXPECT_LE(result.status.error_message().size(), 1024u);
    EXPECT_LE(result.status.error_details().size(), 3072u + 256u);
    if (result.status.ok()) return;
    EXPECT_NE(result.status.error_message(), "");
    ASSERT_TRUE(details_.info);
    EXPECT_EQ(details_.info->domain(), "fireworks.ai");
    ASSERT_TRUE(details_.request);
    EXPECT_EQ(details_.request->request_id(), context.request_id());
  }

  void ExpectWords(const Result& result) {
    EXPECT_THAT(result.status.ok() ? result.text : result.status.error_message(),
                HasSubstr(row().words));
    if (row().bad_field.empty()) return;
    ASSERT_TRUE(details_.bad_request);
    EXPECT_EQ(details_.bad_request->field_violations(0).field(), row().bad_field);
  }

  void ExpectNothingGoesOn() {
    ExpectAllQuiet();
    EXPECT_TRUE(
        Eventually([this] { return UpstreamConnections() == row().expected.connections; }));
    EXPECT_LE(UpstreamSockets().all(), 1u);
    if (row().max_bytes_sent > 0) {
      EXPECT_LE(simulator().stats().journal.bytes_sent, row().max_bytes_sent);
    }
  }

  // Without the caller's connection: gRPC 1.51 reads into buffers that it keeps with it,
  // up to twice what once came at one go.
  void ExpectNothingIsKept(std::size_t heap_before) {
    channel_.reset();
    EXPECT_TRUE(Eventually([&] { return HeapInUse() <= heap_before + kHeapSlack; }))
        << HeapInUse() - heap_before << " bytes";
  }

  std::unique_ptr<RawPeer> peer_;
  std::shared_ptr<grpc::Channel> channel_;
  ErrorDetails details_;
};

TEST_P(ScorecardTest, Holds) {
  if (row().on_used_connection) {
    CallContext before;
    ASSERT_TRUE(Make(row().call, channel_, &before).status.ok());
    ExpectAllQuiet();
    ASSERT_EQ(UpstreamSockets().open, 1u);
  }
  const std::size_t heap_before = HeapInUse();
  auto context = std::make_unique<CallContext>(row().directives);
  const Result result = Make(row().call, channel_, context.get());
  details_ = e2e::DetailsOf(result.status);
  ExpectCommon(result, *context);
  ExpectWords(result);
  ExpectNothingGoesOn();
  const std::string line = TableLine(row(), Observe(result, *context));
  std::cout << line << std::flush;
  EXPECT_EQ(line, TableLine(row(), row().expected)) << result.status.error_message();
  context.reset();  // It holds the channel.
  ExpectNothingIsKept(heap_before);
}

INSTANTIATE_TEST_SUITE_P(Rows, ScorecardTest, testing::ValuesIn(AllRows()), TestName);

// ---------------------------------------------------------------- the page

constexpr char kPage[] = "docs/faults.md";
constexpr char kBegin[] = "<!-- scorecard: made by //tests/faults:scorecard_test -->\n";

std::string RenderedTables() {
  std::string text;
  for (const Section& section : Scorecard()) {
    absl::StrAppend(&text, "\n## ", section.title, "\n\n", TableHeading());
    for (const Row& row : section.rows) text += TableLine(row, row.expected);
  }
  return text;
}

std::string Read(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Names the file to be rewritten with today's tables.
constexpr char kRewrite[] = "REWRITE_FAULTS_PAGE";

TEST(FaultsPageTest, HoldsTheScorecard) {
  const char* const rewrite = std::getenv(kRewrite);
  const std::string path = rewrite != nullptr ? rewrite : kPage;
  const std::string page = Read(path);
  const std::size_t begin = page.find(kBegin);
  ASSERT_NE(begin, std::string::npos) << path << " lacks the line " << kBegin;
  const std::string prose = page.substr(0, begin + sizeof(kBegin) - 1);
  if (rewrite != nullptr) std::ofstream(path) << prose << RenderedTables();
  // Not EXPECT_EQ, which would print both.
  EXPECT_TRUE(Read(path) == prose + RenderedTables())
      << path << " is out of date. To rewrite it:\n  " << kRewrite
      << "=$PWD/docs/faults.md bazel run //tests/faults:scorecard_test -- "
         "--gtest_filter='FaultsPageTest.*'";
}

}  // namespace
}  // namespace fireworks::faults
