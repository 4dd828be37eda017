#include "service/telemetry/metrics.h"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "service/telemetry/local_histogram.h"

namespace fireworks::telemetry {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;
using testing::HasSubstr;

std::string Text(const Metrics& metrics) {
  return metrics.Text();
}

prometheus::MetricFamily Family(const Metrics& metrics, const std::string& name) {
  for (prometheus::MetricFamily& family : metrics.registry()->Collect()) {
    if (family.name == name) return family;
  }
  ADD_FAILURE() << "no metric " << name;
  return {};
}

double Value(const Metrics& metrics, const std::string& name) {
  const prometheus::MetricFamily family = Family(metrics, name);
  if (family.metric.empty()) return -1;
  return family.type == prometheus::MetricType::Counter ? family.metric[0].counter.value
                                                        : family.metric[0].gauge.value;
}

TEST(MetricsTest, CallsAreCountedByMethodAndStatus) {
  Metrics metrics;
  MethodMetrics* method = metrics.AddMethod("a.B/C");
  method->Started();
  method->Started();
  for (const int status : {0, 14, 99}) {  // 99 is no code: UNKNOWN.
    FinishedCall call;
    call.status = status;
    call.seconds = 0.5;
    call.sent_bytes = 3000;
    call.received_bytes = 17;
    method->Finished(call);
  }
  const std::string text = Text(metrics);
  EXPECT_THAT(text, HasSubstr("grpc_server_call_started_total{grpc_method=\"a.B/C\"} 2"));
  for (const char* status : {"OK", "UNAVAILABLE", "UNKNOWN"}) {
    const std::string labels =
        std::string("{grpc_method=\"a.B/C\",grpc_status=\"") + status + "\"";
    const std::string prefix = "grpc_server_call_";
    const std::string sent = prefix + "sent_total_compressed_message_size_bytes";
    const std::string received = prefix + "rcvd_total_compressed_message_size_bytes";
    EXPECT_THAT(text, HasSubstr(prefix + "duration_seconds_count" + labels + "} 1"));
    EXPECT_THAT(text, HasSubstr(sent + "_sum" + labels + "} 3000"));
    EXPECT_THAT(text, HasSubstr(sent + "_bucket" + labels + ",le=\"2048\"} 0"));
    EXPECT_THAT(text, HasSubstr(sent + "_bucket" + labels + ",le=\"4096\"} 1"));
    EXPECT_THAT(text, HasSubstr(received + "_sum" + labels + "} 17"));
  }
}

TEST(MetricsTest, UpstreamIsCountedByKind) {
  Metrics metrics;
  metrics.upstream().CountEnd("complete");
  metrics.upstream().CountTraffic(/*attempts=*/1, 10, 200);
  metrics.upstream().CountEnd("reset");
  metrics.upstream().CountTraffic(/*attempts=*/3, 1, 0);
  metrics.upstream().CountDrift("unknown_key", 0);
  metrics.upstream().CountDrift("type_mismatch", 3);
  for (const int status : {200, 200, 418, 70'000, -1}) metrics.upstream().CountResponse(status);
  const std::string text = Text(metrics);
  EXPECT_THAT(text, HasSubstr("exchanges_total{end=\"complete\"} 1"));
  EXPECT_THAT(text, HasSubstr("attempts_total 4"));
  EXPECT_THAT(text, HasSubstr("retries_total 2"));
  EXPECT_THAT(text, HasSubstr("sent_bytes_total 11"));
  EXPECT_THAT(text, HasSubstr("received_bytes_total 200"));
  EXPECT_THAT(text, HasSubstr("drift_total{kind=\"type_mismatch\"} 3"));
  EXPECT_THAT(text, HasSubstr("drift_total{kind=\"unknown_key\"} 0"));
  EXPECT_THAT(text, HasSubstr("responses_total{http_status=\"200\"} 2"));
  EXPECT_THAT(text, HasSubstr("responses_total{http_status=\"418\"} 1"));
  EXPECT_THAT(text, HasSubstr("responses_total{http_status=\"0\"} 2"));
}

TEST(MetricsTest, LoopsTellBusyFromIdleConnections) {
  Metrics metrics;
  metrics.upstream().SetLoop(1, {/*open=*/5, /*busy=*/2, /*running=*/3, /*opened=*/9});
  // With HTTP/2 more exchanges run than there are connections.
  metrics.upstream().SetLoop(2, {/*open=*/1, /*busy=*/40, /*running=*/40, /*opened=*/1});
  const std::string text = Text(metrics);
  EXPECT_THAT(text, HasSubstr("connections{loop=\"1\",state=\"busy\"} 2"));
  EXPECT_THAT(text, HasSubstr("connections{loop=\"1\",state=\"idle\"} 3"));
  EXPECT_THAT(text, HasSubstr("connections{loop=\"2\",state=\"busy\"} 1"));
  EXPECT_THAT(text, HasSubstr("connections{loop=\"2\",state=\"idle\"} 0"));
  EXPECT_THAT(text, HasSubstr("running_exchanges{loop=\"1\"} 3"));
  EXPECT_THAT(text, HasSubstr("connections_opened_total{loop=\"1\"} 9"));
}

TEST(MetricsTest, AReloadThatFailsKeepsTheTimeOfTheLastGoodOne) {
  Metrics metrics;
  metrics.SetReload("policy", true);
  const double time = Value(metrics, "fireworks_reload_success_timestamp_seconds");
  EXPECT_NEAR(time, static_cast<double>(std::time(nullptr)), 600);
  EXPECT_EQ(Value(metrics, "fireworks_reload_successful"), 1);
  metrics.SetReload("policy", false);
  EXPECT_EQ(Value(metrics, "fireworks_reload_success_timestamp_seconds"), time);
  EXPECT_EQ(Value(metrics, "fireworks_reload_successful"), 0);
}

TEST(LocalHistogramTest, IsAddedBucketByBucketAndThenEmpty) {
  Metrics metrics;
  LocalHistogram local;
  local.Observe(microseconds(0));
  local.Observe(microseconds(1));  // On a bound: belongs below it.
  local.Observe(microseconds(3));
  local.Observe(seconds(2));
  for (int i = 0; i < 2; ++i) local.AddTo(&metrics.event_overhead());
  const auto family = Family(metrics, "fireworks_event_overhead_seconds");
  ASSERT_EQ(family.metric.size(), 1u);
  const auto& histogram = family.metric[0].histogram;
  EXPECT_EQ(histogram.sample_count, 4u);
  EXPECT_NEAR(histogram.sample_sum, 2.000004, 1e-9);
  const auto below = [&](double bound) {
    for (const auto& bucket : histogram.bucket) {
      if (bucket.upper_bound == bound) return bucket.cumulative_count;
    }
    ADD_FAILURE() << "no bucket " << bound;
    return std::uint64_t{0};
  };
  EXPECT_EQ(below(0.000001), 2u);
  EXPECT_EQ(below(0.000002), 2u);
  EXPECT_EQ(below(0.000005), 3u);
  EXPECT_EQ(below(1), 3u);
}

TEST(ProcessMetricsTest, TellsOfThisProcess) {
  Metrics metrics;
  const double open = Value(metrics, "process_open_fds");
  EXPECT_GT(open, 2);
  std::vector<int> more;
  for (int i = 0; i < 10; ++i) more.push_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  metrics.process().Refresh();
  for (const int descriptor : more) ::close(descriptor);
  EXPECT_EQ(Value(metrics, "process_open_fds"), open + 10);
  EXPECT_GE(Value(metrics, "process_max_fds"), open);
  EXPECT_GT(Value(metrics, "process_resident_memory_bytes"), 1 << 20);
  EXPECT_GT(Value(metrics, "process_virtual_memory_bytes"),
            Value(metrics, "process_resident_memory_bytes"));
  const double started = Value(metrics, "process_start_time_seconds");
  EXPECT_LE(started, static_cast<double>(std::time(nullptr)) + 2);
  EXPECT_GT(started, static_cast<double>(std::time(nullptr)) - 24 * 3600);
  EXPECT_GE(Value(metrics, "process_cpu_seconds_total"), 0);
}

}  // namespace
}  // namespace fireworks::telemetry
