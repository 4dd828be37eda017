#include "service/telemetry/tracing.h"

#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpcpp/support/status.h"
#include "service/telemetry/log.h"
#include "tests/support/otlp_receiver.h"
#include "tests/support/test_folder.h"

namespace fireworks::telemetry {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing_support::OtlpReceiver;
using testing_support::ReceivedSpan;

constexpr char kTraceId[] = "5bd66ef5095369c7b0d1f8f4bd33716a";
constexpr char kSpanId[] = "c532cb4098ac3dd2";

TraceContext Caller(bool sampled = true) { return {kTraceId, kSpanId, sampled, "vendor=note"}; }

class TracingTest : public testing::Test {
 protected:
  TracingTest() {
    EXPECT_EQ(pipe(pipe_), 0);
    log_ = std::make_unique<Log>(pipe_[1]);
    options_.endpoint = receiver_.endpoint();
    options_.export_interval = milliseconds(5);
    options_.export_timeout = milliseconds(20'000);
  }
  ~TracingTest() override {
    tracing_.reset();
    log_.reset();
    close(pipe_[0]);
    if (pipe_[1] >= 0) close(pipe_[1]);
  }

  Tracing& tracing() {
    if (tracing_ == nullptr) {
      auto created = Tracing::Create(options_, log_.get());
      EXPECT_TRUE(created.ok()) << created.status();
      tracing_ = *std::move(created);
    }
    return *tracing_;
  }

  // A span that begins and ends.
  void Trace(const char* name, const absl::optional<TraceContext>& parent = {}) {
    tracing().Start(SpanKind::kServer, name, parent).End();
  }

  // All lines so far; no more can be written.
  std::string Logged() {
    tracing_.reset();
    log_.reset();
    close(std::exchange(pipe_[1], -1));
    std::string text;
    char bytes[4096];
    for (ssize_t size; (size = read(pipe_[0], bytes, sizeof(bytes))) > 0;) {
      text.append(bytes, static_cast<std::size_t>(size));
    }
    return text;
  }

  OtlpReceiver receiver_;
  TracingOptions options_;
  int pipe_[2] = {-1, -1};
  std::unique_ptr<Log> log_;
  std::unique_ptr<Tracing> tracing_;
};

TEST_F(TracingTest, ASpanArrivesWithAllThatWasSet) {
  Span span = tracing().Start(SpanKind::kClient, "chat m", {});
  EXPECT_TRUE(span.recording());
  span.Set("text", "value");
  span.Set("number", 1);
  span.Set("big", std::int64_t{1} << 40);
  span.Set("flag", true);
  span.Set("real", 0.5);
  span.Set("list", std::vector<std::string>{"a", "b"});
  span.AddEvent("first");
  const TraceContext context = span.context();
  span.End();
  span.Set("late", "ignored");
  const auto spans = receiver_.AwaitSpans(1);
  ASSERT_EQ(spans.size(), 1u);
  const ReceivedSpan& received = spans[0];
  EXPECT_EQ(received.name, "chat m");
  EXPECT_EQ(received.kind, "CLIENT");
  EXPECT_EQ(received.status, "UNSET");
  EXPECT_EQ(received.trace_id, context.trace_id);
  EXPECT_EQ(received.span_id, context.span_id);
  EXPECT_EQ(received.parent_id, "");
  EXPECT_TRUE(context.sampled);
  EXPECT_GE(received.end_ns, received.start_ns);
  EXPECT_THAT(received.attributes,
              testing::UnorderedElementsAre(
                  testing::Pair("text", "value"), testing::Pair("number", "1"),
                  testing::Pair("big", "1099511627776"), testing::Pair("flag", "true"),
                  testing::Pair("real", "0.5"), testing::Pair("list", "a,b")));
  EXPECT_THAT(received.events, testing::ElementsAre("first"));
  EXPECT_EQ(tracing().dropped(), 0u);
}

TEST_F(TracingTest, TheCallersTraceGoesOn) {
  Span server = tracing().Start(SpanKind::kServer, "server", Caller());
  Span client = tracing().Start(SpanKind::kClient, "client", server.context());
  EXPECT_EQ(client.context().tracestate, "vendor=note");
  client.End();
  server.End();
  const auto spans = receiver_.AwaitSpans(2);
  const ReceivedSpan parent = OnlySpan(spans, "SERVER");
  const ReceivedSpan child = OnlySpan(spans, "CLIENT");
  EXPECT_EQ(parent.trace_id, kTraceId);
  EXPECT_EQ(parent.parent_id, kSpanId);
  EXPECT_EQ(parent.tracestate, "vendor=note");
  EXPECT_EQ(child.trace_id, kTraceId);
  EXPECT_EQ(child.parent_id, parent.span_id);
}

TEST_F(TracingTest, AFailedSpanSaysSo) {
  Span span = tracing().Start(SpanKind::kClient, "x", {});
  span.Fail("503");
  span.End();
  const ReceivedSpan received = OnlySpan(receiver_.AwaitSpans(1), "CLIENT");
  EXPECT_EQ(received.status, "ERROR");
  EXPECT_EQ(received.Attribute("error.type"), "503");
}

TEST_F(TracingTest, WhatTheCallerLeavesOutIsLeftOut) {
  Trace("not sampled", Caller(/*sampled=*/false));
  Span kept = tracing().Start(SpanKind::kServer, "unsampled", Caller(false));
  EXPECT_FALSE(kept.recording());
  EXPECT_EQ(kept.context().trace_id, kTraceId);
  EXPECT_NE(kept.context().span_id, kSpanId);
  EXPECT_FALSE(kept.context().sampled);
  Trace("sampled", Caller());
  tracing().Close();
  EXPECT_EQ(receiver_.spans().size(), 1u);
}

TEST_F(TracingTest, ARatioOfZeroLeavesOutWhatBeginsHere) {
  options_.sampling_ratio = 0;
  for (int i = 0; i < 20; ++i) Trace("root");
  Trace("of a caller", Caller());
  tracing().Close();
  ASSERT_EQ(receiver_.spans().size(), 1u);
  EXPECT_EQ(receiver_.spans()[0].name, "of a caller");
}

TEST_F(TracingTest, TheCallersDecisionCanBeIgnored) {
  options_.sampling_ratio = 0;
  options_.ignore_callers_sampling = true;
  Trace("of a caller", Caller());
  tracing().Close();
  EXPECT_TRUE(receiver_.exports().empty());
  EXPECT_EQ(tracing().dropped(), 0u);
}

TEST_F(TracingTest, ARatioInBetweenTakesSome) {
  options_.sampling_ratio = 0.5;
  for (int i = 0; i < 400; ++i) Trace("root");
  tracing().Close();
  // That it is beyond these has a chance of less than 1 to 10^9.
  EXPECT_GT(receiver_.spans().size(), 130u);
  EXPECT_LT(receiver_.spans().size(), 270u);
}

TEST_F(TracingTest, ResourceAndHeaders) {
  options_.service_name = "team-llm";
  options_.resource_attributes = {{"deployment.environment.name", "test"}};
  options_.headers = {{"authorization", "Bearer a+b/c=%20"}, {"x-tenant", "t"}};
  Trace("x");
  const auto spans = receiver_.AwaitSpans(1);
  ASSERT_EQ(spans.size(), 1u);
  EXPECT_EQ(spans[0].resource.at("service.name"), "team-llm");
  EXPECT_EQ(spans[0].resource.at("deployment.environment.name"), "test");
  const OtlpReceiver::Metadata metadata = receiver_.exports()[0];
  EXPECT_THAT(metadata, testing::Contains(testing::Pair("authorization", "Bearer a+b/c=%20")));
  EXPECT_THAT(metadata, testing::Contains(testing::Pair("x-tenant", "t")));
}

TEST_F(TracingTest, OverTls) {
  const testing_support::TestFolder folder;
  const auto collector = OtlpReceiver::WithTls(folder.Path(""));
  options_.endpoint = collector->endpoint();
  Trace("not trusted");
  tracing().Close();
  EXPECT_EQ(tracing().dropped(), 1u);
  tracing_.reset();
  options_.ca_file = folder.Path("ca.pem");
  Trace("trusted");
  tracing().Close();
  EXPECT_EQ(tracing().dropped(), 0u);
  EXPECT_EQ(collector->spans().size(), 1u);
}

TEST_F(TracingTest, TheEnvironmentSaysNothingOfTheEndpoint) {
  setenv("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "x-stray=1", 1);
  setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip", 1);
  setenv("OTEL_RESOURCE_ATTRIBUTES", "k8s.pod.name=pod-1,team=env", 1);
  options_.resource_attributes = {{"team", "config"}};
  Trace("x");
  const auto spans = receiver_.AwaitSpans(1);
  unsetenv("OTEL_EXPORTER_OTLP_TRACES_HEADERS");
  unsetenv("OTEL_EXPORTER_OTLP_COMPRESSION");
  unsetenv("OTEL_RESOURCE_ATTRIBUTES");
  ASSERT_EQ(spans.size(), 1u);
  EXPECT_EQ(receiver_.exports()[0].count("x-stray"), 0u);
  EXPECT_EQ(spans[0].resource.at("k8s.pod.name"), "pod-1");
  EXPECT_EQ(spans[0].resource.at("team"), "config");
  EXPECT_EQ(spans[0].resource.at("service.name"), "fireworks-grpc");
}

TEST_F(TracingTest, CloseDeliversWhatWaits) {
  options_.export_interval = std::chrono::hours(1);
  for (int i = 0; i < 1'500; ++i) Trace("x");
  tracing().Close();
  EXPECT_EQ(receiver_.spans().size(), 1'500u);
  EXPECT_EQ(tracing().dropped(), 0u);
}

TEST_F(TracingTest, WhatEndsAfterCloseIsDropped) {
  Span late = tracing().Start(SpanKind::kServer, "late", {});
  tracing().Close();
  late.End();
  EXPECT_EQ(tracing().dropped(), 1u);
}

TEST_F(TracingTest, ASpanMayOutliveTheTracing) {
  Span late = tracing().Start(SpanKind::kServer, "late", {});
  tracing_.reset();
  late.Set("key", "value");
  late.End();
  EXPECT_TRUE(receiver_.spans().empty());
}

TEST_F(TracingTest, WhatIsRefusedIsDroppedAndLoggedOnce) {
  for (const auto status :
       {grpc::StatusCode::INVALID_ARGUMENT, grpc::StatusCode::UNAVAILABLE}) {
    receiver_.Answer(status);
    for (int i = 0; i < 3; ++i) {
      const std::uint64_t before = tracing().dropped();
      Trace("x");
      const auto give_up = steady_clock::now() + std::chrono::seconds(30);
      while (tracing().dropped() == before && steady_clock::now() < give_up) {
        usleep(1'000);
      }
      EXPECT_EQ(tracing().dropped(), before + 1) << status;
    }
  }
  receiver_.Answer(grpc::StatusCode::OK);
  Trace("x");
  EXPECT_EQ(receiver_.AwaitSpans(1).size(), 1u);
  const std::string logged = Logged();
  EXPECT_THAT(logged, testing::HasSubstr("spans can't be delivered"));
  EXPECT_THAT(logged, testing::HasSubstr("spans are delivered again"));
  EXPECT_EQ(logged.find("can't be delivered"), logged.rfind("can't be delivered")) << logged;
}

TEST_F(TracingTest, NobodyThere) {
  options_.endpoint = "http://127.0.0.1:1";
  Trace("x");
  tracing().Close();
  EXPECT_EQ(tracing().dropped(), 1u);
}

TEST_F(TracingTest, TooManyAreDroppedAndCounted) {
  options_.max_queued_spans = 10;
  options_.export_interval = std::chrono::hours(1);
  for (int i = 0; i < 25; ++i) Trace("x");
  EXPECT_EQ(tracing().dropped(), 15u);
  tracing().Close();
  EXPECT_EQ(receiver_.spans().size(), 10u);
}

// Each export would take its whole timeout: the first one, which is waited for, ends
// the flush, too.
TEST_F(TracingTest, CloseDoesNotWaitForAnEndpointThatHangs) {
  receiver_.Hang();
  options_.export_interval = std::chrono::hours(1);
  options_.export_timeout = milliseconds(100);
  options_.flush_time = milliseconds(1);
  for (int i = 0; i < 1'500; ++i) Trace("x");
  tracing().Close();
  EXPECT_EQ(tracing().dropped(), 1'500u);
  EXPECT_LE(receiver_.exports().size(), 1u);
}

TEST_F(TracingTest, WhatIsNoEndpoint) {
  for (const char* endpoint :
       {"", "collector:4317", "ftp://collector", "http://", "http://:4317", "http:///v1",
        "http://user:secret@collector", "http://collector?x=1", "http://collector/v1/traces",
        "http://collector:0", "http://collector:65536", "http://collector:x", "http://a b",
        "http://collector:", "http://[::1]:4317"}) {
    options_.endpoint = endpoint;
    const auto created = Tracing::Create(options_, log_.get());
    EXPECT_EQ(created.status().code(), absl::StatusCode::kInvalidArgument) << endpoint;
    EXPECT_FALSE(absl::StrContains(created.status().message(), "secret"));
  }
  options_.endpoint = "http://collector";
  EXPECT_TRUE(CheckTracingOptions(options_).ok());
  options_.endpoint = "https://collector/";
  EXPECT_TRUE(CheckTracingOptions(options_).ok());
  for (const auto& [name, value] : std::vector<std::pair<const char*, const char*>>{
           {"", "v"}, {"Name", "v"}, {"a b", "v"}, {"grpc-timeout", "1"}, {"x-bin", "v"},
           {"x", "secret\n"}, {"x", "\x7f"}, {"x", "\xc3\xa4"}}) {
    options_.headers = {{name, value}};
    const absl::Status status = CheckTracingOptions(options_);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << name;
    EXPECT_FALSE(absl::StrContains(status.message(), "secret"));
  }
  options_.headers.clear();
  options_.ca_file = "/nowhere";
  EXPECT_EQ(CheckTracingOptions(options_).code(), absl::StatusCode::kNotFound);
  options_.ca_file.clear();
  for (const double ratio : {-0.1, 1.1, std::nan("")}) {
    options_.sampling_ratio = ratio;
    EXPECT_FALSE(CheckTracingOptions(options_).ok()) << ratio;
  }
}

TEST(SpanTest, OneThatWasNeverStartedTakesEverything) {
  Span span;
  span.Set("key", "value");
  span.AddEvent("event");
  span.Fail("x");
  span.End();
  EXPECT_FALSE(span.recording());
  EXPECT_EQ(span.context().trace_id, "");
}

}  // namespace
}  // namespace fireworks::telemetry
